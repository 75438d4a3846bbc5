"""Whether patient and projection are the file's own word or the reader's."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Added, not rebuilt: the triggers on these tables stay.
    for table, column in (("studies", "patient_from_file"), ("instances", "projection_from_file")):
        op.add_column(
            table, sa.Column(column, sa.Boolean(), nullable=False, server_default=sa.true())
        )
    # Until now nothing but the identifier could be stated by a sender, so that an empty name
    # and an unknown projection are what no file said.
    op.execute("UPDATE studies SET patient_from_file = FALSE WHERE patient_name = ''")
    op.execute("UPDATE instances SET projection_from_file = FALSE WHERE projection = 'UNKNOWN'")


def downgrade() -> None:
    raise NotImplementedError("signed reports are never thrown away by a migration")
