"""Conversations beside studies: messages, the maps of answers, and jobs that write answers."""

import sqlalchemy as sa
from alembic import op

from storage.immutability import guard

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Added, not rebuilt: the triggers on these tables stay.
    op.add_column(
        "jobs", sa.Column("kind", sa.String(length=16), nullable=False, server_default="draft")
    )
    op.add_column("job_events", sa.Column("text", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("audience", sa.String(length=16), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("whole_report", sa.Boolean(), nullable=False),
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=True),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("model_name", sa.String(length=128), nullable=False),
        sa.Column("model_digest", sa.String(length=64), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("ending", sa.String(length=16), nullable=False),
        sa.Column("error_code", sa.String(length=64), nullable=False),
        sa.Column("error_facts", sa.JSON(), nullable=False),
        sa.Column("prompt_digest", sa.String(length=64), nullable=False),
        sa.Column("versions", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id"], ["studies.id"], name=op.f("fk_messages_study_id_studies")
        ),
        sa.ForeignKeyConstraint(
            ["question_id"], ["messages.id"], name=op.f("fk_messages_question_id_messages")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_messages_job_id_jobs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("question_id", name=op.f("uq_messages_question_id")),
        sa.UniqueConstraint("job_id", name=op.f("uq_messages_job_id")),
    )
    op.create_index(op.f("ix_messages_study_id"), "messages", ["study_id"])
    op.create_table(
        "answer_maps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("blob_digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_answer_maps_message_id_messages")
        ),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instances.id"], name=op.f("fk_answer_maps_instance_id_instances")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_maps")),
    )
    op.create_index(op.f("ix_answer_maps_message_id"), "answer_maps", ["message_id"])
    guard(op.get_bind())


def downgrade() -> None:
    raise NotImplementedError("signed reports are never thrown away by a migration")
