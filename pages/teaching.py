"""The teaching room as the teacher sees it."""

from dashboard.components.teaching import view
from dashboard.workspace import workspace

view.show(workspace())
