"""The language of reports, drafts and corrections; all that was there before is English."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Added, not rebuilt: the triggers on these tables stay.
    for table in ("reports", "drafts", "corrections"):
        op.add_column(
            table,
            sa.Column("language", sa.String(length=16), nullable=False, server_default="en"),
        )


def downgrade() -> None:
    raise NotImplementedError("signed reports are never thrown away by a migration")
