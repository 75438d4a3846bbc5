"""Tallies, indexes and search that keep the worklist fast at 100,000 studies."""

import sqlalchemy as sa
from alembic import op

from storage.worklist_upkeep import keep_up

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "study_tallies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("studies", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study_tallies")),
    )
    for index in ("ix_studies_received_at", "ix_studies_status", "ix_studies_status_received"):
        op.drop_index(index, "studies")
    op.create_index("ix_studies_received", "studies", ["received_at", "id"])
    op.create_index("ix_studies_status_received", "studies", ["status", "received_at", "id"])
    unsigned = sa.text("status <> 'signed'")
    op.create_index(
        "ix_studies_unsigned",
        "studies",
        ["received_at", "id"],
        sqlite_where=unsigned,
        postgresql_where=unsigned,
    )
    op.create_index("ix_studies_patient_id", "studies", ["patient_id"])
    op.drop_index("ix_jobs_state", "jobs")
    op.create_index("ix_jobs_due", "jobs", ["state", "priority", "id"])
    keep_up(op.get_bind())


def downgrade() -> None:
    raise NotImplementedError("signed reports are never thrown away by a migration")
