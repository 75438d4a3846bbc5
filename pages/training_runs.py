"""Training runs: start, watch, compare, register."""

from dashboard.components.training import view
from dashboard.workspace import workspace

view.show(workspace())
