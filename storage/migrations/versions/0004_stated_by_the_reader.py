"""Which words of patient and projection are a person's, and not the file's."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Added, not rebuilt: the triggers on these tables stay.
    op.add_column(
        "studies", sa.Column("patient_stated", sa.JSON(), nullable=False, server_default="[]")
    )
    op.add_column(
        "instances",
        sa.Column("projection_from_file", sa.Boolean(), nullable=False, server_default=sa.true()),
    )
    # Nobody wrote down until now what a sender stated: what is there counts as the file's own
    # word, and stays; what is missing may be stated.
    op.execute("UPDATE instances SET projection_from_file = FALSE WHERE projection = 'UNKNOWN'")


def downgrade() -> None:
    raise NotImplementedError("signed reports are never thrown away by a migration")
