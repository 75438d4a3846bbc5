"""Alembic's entry: runs on the engine that `storage.migrate` hands over."""

from alembic import context

from storage.import_tables import ImportRow

engine = context.config.attributes["engine"]
with engine.connect() as connection:
    context.configure(
        connection=connection,
        # Of all tables: this module is the last that adds some.
        target_metadata=ImportRow.metadata,
        # SQLite cannot alter a column: Alembic rebuilds the table, which drops its triggers, so a
        # migration that touches a signed table must call storage.immutability.guard again.
        render_as_batch=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
