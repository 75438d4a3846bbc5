"""The classroom as a trainee sees it; part of the classroom's own server alone."""

from dashboard.classroom import view
from dashboard.workspace import workspace

view.show(workspace())
