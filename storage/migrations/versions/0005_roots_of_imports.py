"""The root of each import, and one open import of a folder at most."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("imports", sa.Column("root", sa.LargeBinary(), nullable=True))
    op.add_column("imports", sa.Column("target", sa.String(length=64), nullable=True))
    # Earlier rows have no target, and nothing is unique among them.
    is_open = sa.text("state IN ('queued', 'running')")
    op.create_index(
        "ix_imports_open_target",
        "imports",
        ["target"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )


def downgrade() -> None:
    raise NotImplementedError("signed reports are never thrown away by a migration")
