"""The ledger in depth: natures, readings, consents, and reading before the draft."""

import sqlalchemy as sa
from alembic import op

from storage.immutability import guard

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Added, not rebuilt: the triggers on these tables stay.
    op.add_column(
        "corrections", sa.Column("natures", sa.String(length=96), nullable=False, server_default="")
    )
    op.add_column(
        "reports", sa.Column("seconds_editing", sa.Float(), nullable=False, server_default="0")
    )
    op.add_column("reports", sa.Column("first_typed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "reports", sa.Column("read_first", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("reports", sa.Column("revealed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("reports", sa.Column("before_reveal", sa.JSON(), nullable=True))
    op.add_column(
        "reports",
        sa.Column("before_language", sa.String(length=16), nullable=False, server_default="en"),
    )
    op.create_table(
        "training_consents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id"], ["studies.id"], name=op.f("fk_training_consents_study_id_studies")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_consents")),
    )
    op.create_index(op.f("ix_training_consents_study_id"), "training_consents", ["study_id"])
    op.create_table(
        "readings",
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("model", sa.String(length=128), nullable=False),
        sa.Column("model_digest", sa.String(length=64), nullable=False),
        sa.Column("seconds_reading", sa.Float(), nullable=True),
        sa.Column("seconds_editing", sa.Float(), nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("reason_text", sa.Text(), nullable=False),
        sa.Column("before_reveal", sa.JSON(), nullable=True),
        sa.Column("before_language", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["sequence"],
            ["signed_versions.sequence"],
            name=op.f("fk_readings_sequence_signed_versions"),
        ),
        sa.ForeignKeyConstraint(
            ["study_id"], ["studies.id"], name=op.f("fk_readings_study_id_studies")
        ),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_readings")),
    )
    op.create_index(op.f("ix_readings_study_id"), "readings", ["study_id"])
    guard(op.get_bind())


def downgrade() -> None:
    raise NotImplementedError("what was signed is never thrown away by a migration")
