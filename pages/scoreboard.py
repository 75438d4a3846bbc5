"""Scoreboard: models that write, measured on the same films."""

from dashboard.components.scoreboard import view
from dashboard.workspace import workspace

view.show(workspace())
