"""The ledger: what readers changed between the draft and what they signed."""

from dashboard.components import ledger_view
from dashboard.workspace import workspace

ledger_view.show(workspace())
