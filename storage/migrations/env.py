"""Alembic's entry: runs on the engine that `storage.migrate` hands over."""

from alembic import context

from storage.conversation_tables import MessageRow
from storage.gate_tables import GateOverrideRow
from storage.import_tables import ImportRow
from storage.ledger_tables import CorrectionRow
from storage.teaching_tables import AttemptRow

# One for all tables: these modules are the last that add some.
[metadata] = {
    table.metadata for table in (AttemptRow, CorrectionRow, GateOverrideRow, ImportRow, MessageRow)
}

engine = context.config.attributes["engine"]
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        # SQLite cannot alter a column: Alembic rebuilds the table, which drops its triggers, so a
        # migration that touches a signed table must call storage.immutability.guard again.
        render_as_batch=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
