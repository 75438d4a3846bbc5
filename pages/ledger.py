"""The ledger: what readers changed between the draft and what they signed."""

from dashboard.components.ledger import view
from dashboard.workspace import workspace

view.show(workspace())
