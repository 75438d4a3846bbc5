"""The teaching room: cases, sessions, trainees and their reads."""

import sqlalchemy as sa
from alembic import op

from storage.immutability import guard

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "teaching_sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cohort", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("pace", sa.String(length=8), nullable=False),
        sa.Column("history_allowed", sa.Boolean(), nullable=False),
        sa.Column("case_ids", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("revealed", sa.Boolean(), nullable=False),
        sa.Column("opened", sa.JSON(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teaching_sessions")),
        sa.UniqueConstraint("code", name=op.f("uq_teaching_sessions_code")),
    )
    op.create_index(op.f("ix_teaching_sessions_cohort"), "teaching_sessions", ["cohort"])
    op.create_table(
        "teaching_cases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("reference_note", sa.Text(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("regions", sa.JSON(), nullable=False),
        sa.Column("film", sa.JSON(), nullable=False),
        sa.Column("film_key", sa.String(length=43), nullable=False),
        sa.Column("pixel_blob_digest", sa.String(length=64), nullable=False),
        sa.Column("dicom_blob_digest", sa.String(length=64), nullable=False),
        sa.Column("history", sa.Text(), nullable=False),
        sa.Column("learning_points", sa.Text(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("draft", sa.JSON(), nullable=True),
        sa.Column("drill", sa.JSON(), nullable=True),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id"], ["studies.id"], name=op.f("fk_teaching_cases_study_id_studies")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teaching_cases")),
        sa.UniqueConstraint("film_key", name=op.f("uq_teaching_cases_film_key")),
    )
    op.create_index(op.f("ix_teaching_cases_study_id"), "teaching_cases", ["study_id"])
    op.create_table(
        "trainees",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cohort", sa.Text(), nullable=False),
        sa.Column("nickname", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("return_digest", sa.String(length=64), nullable=False),
        sa.Column("reader_id", sa.Integer(), nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["reader_id"], ["readers.id"], name=op.f("fk_trainees_reader_id_readers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trainees")),
        sa.UniqueConstraint("cohort", "folded", name=op.f("uq_trainees_cohort_folded")),
        sa.UniqueConstraint("reader_id", name=op.f("uq_trainees_reader_id")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_trainees_token_digest")),
    )
    op.create_table(
        "attempts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("trainee_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=True),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("score", sa.JSON(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["teaching_cases.id"], name=op.f("fk_attempts_case_id_teaching_cases")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["teaching_sessions.id"],
            name=op.f("fk_attempts_session_id_teaching_sessions"),
        ),
        sa.ForeignKeyConstraint(
            ["trainee_id"], ["trainees.id"], name=op.f("fk_attempts_trainee_id_trainees")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
    )
    op.create_index(op.f("ix_attempts_case_id"), "attempts", ["case_id"])
    op.create_index("ix_attempts_session_case", "attempts", ["session_id", "case_id"])
    op.create_index(op.f("ix_attempts_trainee_id"), "attempts", ["trainee_id"])
    op.create_table(
        "open_reads",
        sa.Column("trainee_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kept_by", sa.String(length=36), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["teaching_cases.id"], name=op.f("fk_open_reads_case_id_teaching_cases")
        ),
        sa.ForeignKeyConstraint(
            ["trainee_id"], ["trainees.id"], name=op.f("fk_open_reads_trainee_id_trainees")
        ),
        sa.PrimaryKeyConstraint("trainee_id", "case_id", "session_id", name=op.f("pk_open_reads")),
    )
    op.create_table(
        "repetitions",
        sa.Column("trainee_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("card", sa.JSON(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["teaching_cases.id"], name=op.f("fk_repetitions_case_id_teaching_cases")
        ),
        sa.ForeignKeyConstraint(
            ["trainee_id"], ["trainees.id"], name=op.f("fk_repetitions_trainee_id_trainees")
        ),
        sa.PrimaryKeyConstraint("trainee_id", "case_id", name=op.f("pk_repetitions")),
    )
    op.create_index("ix_repetitions_due", "repetitions", ["trainee_id", "due_at"])
    op.create_table(
        "session_trainees",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("trainee_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["teaching_sessions.id"],
            name=op.f("fk_session_trainees_session_id_teaching_sessions"),
        ),
        sa.ForeignKeyConstraint(
            ["trainee_id"], ["trainees.id"], name=op.f("fk_session_trainees_trainee_id_trainees")
        ),
        sa.PrimaryKeyConstraint("session_id", "trainee_id", name=op.f("pk_session_trainees")),
    )
    op.create_index(op.f("ix_session_trainees_trainee_id"), "session_trainees", ["trainee_id"])
    op.create_table(
        "teaching_case_maps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=43), nullable=False),
        sa.Column("finding", sa.String(length=64), nullable=False),
        sa.Column("validated", sa.Boolean(), nullable=False),
        sa.Column("blob_digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["teaching_cases.id"],
            name=op.f("fk_teaching_case_maps_case_id_teaching_cases"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teaching_case_maps")),
        sa.UniqueConstraint("key", name=op.f("uq_teaching_case_maps_key")),
    )
    op.create_index(op.f("ix_teaching_case_maps_case_id"), "teaching_case_maps", ["case_id"])
    guard(op.get_bind())


def downgrade() -> None:
    raise NotImplementedError("what was committed is never thrown away by a migration")
