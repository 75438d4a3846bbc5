"""Why a draft names nothing, as a code; and no study is called drafted by such a draft."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# The sentences that stood for the reason, as they were stored until now.
_SENTENCES = {
    "film": "The film does not look like a frontal chest film; nothing was drafted.",
    "no_frontal": "There is no frontal chest film in this study; the model reads frontal films",
    "under_16": "The patient is under 16 years old; the model drafts for adults only.",
}


def upgrade() -> None:
    # Added, not rebuilt: the triggers on these tables stay.
    op.add_column(
        "drafts", sa.Column("refusal", sa.String(length=16), nullable=False, server_default="")
    )
    for refusal, sentence in _SENTENCES.items():
        stored = sa.text(
            "UPDATE drafts SET refusal = :refusal WHERE CAST(warnings AS TEXT) LIKE :sentence"
        )
        op.execute(stored.bindparams(refusal=refusal, sentence=f"%{sentence}%"))
    # Nobody has typed into a study that is called drafted: its report is empty.
    op.execute("UPDATE studies SET status = 'waiting' WHERE status = 'drafted' AND withheld <> ''")


def downgrade() -> None:
    raise NotImplementedError("signed reports are never thrown away by a migration")
