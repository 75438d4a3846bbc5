"""Bring a database to the present schema; safe to call at every start."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from storage.failures import in_one_sentence

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(engine: Engine) -> None:
    """Apply every migration that is not there yet, in one transaction each."""
    with in_one_sentence():
        command.upgrade(alembic_config(engine), "head")


def schema_of(engine: Engine) -> str:
    """The revision of a database; empty where no migration was ever applied."""
    with in_one_sentence(), engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() or ""


def known_schemas() -> frozenset[str]:
    """The revisions that this version of the program can bring up to date."""
    scripts = ScriptDirectory(str(MIGRATIONS))
    return frozenset(script.revision for script in scripts.walk_revisions())


def alembic_config(engine: Engine) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["engine"] = engine
    return config
