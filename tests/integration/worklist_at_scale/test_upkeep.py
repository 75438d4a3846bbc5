"""Tallies and search index in the database: made, made again, and used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from sqlalchemy import Engine, event, text

from benchmarks.many_studies import NEWEST, fill, name_of
from core.domain.study import StudyStatus
from dashboard.services.worklist import next_study, worklist
from dashboard.workspace import Workspace
from storage.engine import open_engine
from storage.migrate import alembic_config, migrate
from storage.unit_of_work import UnitOfWork
from storage.worklist_upkeep import keep_up
from tests.integration.worklist_at_scale.conftest import STUDIES, counted, found, tallies


def test_upkeep_can_be_made_again(full: Workspace) -> None:
    """As a migration must that rebuilds the table of studies, which drops SQLite's triggers."""
    with full.engine.begin() as connection:
        keep_up(connection)
    assert worklist(full).counts == counted(full)
    assert found(full, name_of(42)) == [42]


def test_studies_that_were_there_before_are_counted_and_found(full: Workspace) -> None:
    with full.work() as work:
        work.session.execute(text("DELETE FROM study_tallies"))
    with full.engine.begin() as connection:
        keep_up(connection)
    assert worklist(full).counts == counted(full) and tallies(full) <= len(StudyStatus)


def test_postgresql_searches_by_an_index_or_without_one(postgres_url: str) -> None:
    """The index needs an extension that not every account may create."""
    with fresh(open_engine(postgres_url)) as owner:
        migrate(owner)
        assert has_search_index(owner)
    with fresh(open_engine(postgres_url)) as owner:
        with owner.begin() as connection:
            connection.exec_driver_sql("CREATE ROLE plain LOGIN")
            connection.exec_driver_sql("GRANT ALL ON SCHEMA public TO plain")
        plain = open_engine(postgres_url.replace("overread@", "plain@"))
        migrate(plain)
        fill(plain, 60)
        with UnitOfWork(plain, read_only=True) as look:
            page = look.worklist.page(query=name_of(42))
        assert [item.study.id for item in page.items] == [42] and not has_search_index(plain)
        plain.dispose()
        with owner.begin() as connection:
            connection.exec_driver_sql("DROP OWNED BY plain; DROP ROLE plain")


@contextmanager
def fresh(engine: Engine) -> Iterator[Engine]:
    """A PostgreSQL database with nothing in it."""
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    yield engine
    engine.dispose()


def has_search_index(engine: Engine) -> bool:
    named = text("SELECT 1 FROM pg_indexes WHERE indexname = 'ix_studies_search_text'")
    with engine.connect() as connection:
        return connection.execute(named).first() is not None


def test_a_database_from_before_is_counted_and_searched(either: Workspace, tmp_path: Path) -> None:
    engine = either.engine
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    else:
        engine = open_engine(f"sqlite:///{tmp_path / 'old.db'}")
    command.upgrade(alembic_config(engine), "0002")
    with engine.begin() as connection:
        for number, status in enumerate(("signed", "drafted", "drafted"), start=1):
            values = {"id": number, "uid": f"1.{number}", "name": f"name{number}", "status": status}
            connection.execute(text(OLD_STUDY), values)
    migrate(engine)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT status, studies FROM study_tallies")).all()
        assert sorted(map(tuple, rows)) == [("drafted", 2), ("signed", 1)]
        if engine.dialect.name == "sqlite":
            found = text("SELECT rowid FROM study_search WHERE study_search MATCH '\"ame2\"'")
            assert connection.execute(found).all() == [(2,)]


OLD_STUDY = """
INSERT INTO studies (
    id, study_instance_uid, patient_id, patient_name, patient_sex, patient_age, accession_number,
    description, indication, received_at, source, status, projections, search_text, top_finding,
    top_laterality, top_certainty, signed_by
) VALUES (
    :id, :uid, '', '', '', '', '', '', '', '2026-01-01 10:00:00', 'upload', :status, '', :name, '',
    '', '', ''
)
"""


@contextmanager
def statements(engine: Engine) -> Iterator[list[tuple[str, object]]]:
    """Every query that is sent meanwhile, with its parameters."""
    sent: list[tuple[str, object]] = []

    def note(_connection, _cursor, statement, parameters, _context, _many):  # type: ignore[no-untyped-def]
        if statement.lstrip().startswith("SELECT"):
            sent.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_what_a_rerun_asks_reads_no_table_of_studies_from_end_to_end(place: Workspace) -> None:
    fill(place.engine, STUDIES)
    with statements(place.engine) as sent:
        worklist(place)
        worklist(place, page=7)
        worklist(place, status=StudyStatus.DRAFTED)
        worklist(place, query=name_of(42))
        next_study(place, 42)
        with place.look() as look:
            look.studies.prior(look.studies.get(42))
            look.jobs.waiting()
        with place.work() as work:
            work.jobs.claim(NEWEST)
    assert len(sent) > 10
    with place.engine.connect() as connection:
        for statement, parameters in sent:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)  # type: ignore[arg-type]
            steps = [str(step[-1]) for step in plan]
            assert "SCAN studies" not in steps and "SCAN jobs" not in steps, statement
            if "ORDER BY jobs.priority" in statement:
                assert "USE TEMP B-TREE FOR ORDER BY" not in steps, statement
