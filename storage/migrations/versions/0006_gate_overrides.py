"""The gate before a draft: what it withheld, and who had it drafted all the same."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Added, not rebuilt: the triggers on these tables stay.
    op.add_column(
        "studies",
        sa.Column("withheld", sa.String(length=64), nullable=False, server_default=""),
    )
    op.add_column(
        "jobs",
        sa.Column("override_gate", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "gate_overrides",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("reader_id", sa.Integer(), nullable=False),
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id"], ["studies.id"], name=op.f("fk_gate_overrides_study_id_studies")
        ),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_gate_overrides_job_id_jobs")
        ),
        sa.ForeignKeyConstraint(
            ["reader_id"], ["readers.id"], name=op.f("fk_gate_overrides_reader_id_readers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_overrides")),
        sa.UniqueConstraint("job_id", "reader_id", name=op.f("uq_gate_overrides_job_id_reader_id")),
    )
    op.create_index(op.f("ix_gate_overrides_study_id"), "gate_overrides", ["study_id"])


def downgrade() -> None:
    raise NotImplementedError("signed reports are never thrown away by a migration")
