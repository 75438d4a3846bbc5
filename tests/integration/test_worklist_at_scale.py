"""The worklist finds and counts the same with tallies and a search index as by reading it all."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Engine, event, func, select, text, update

from benchmarks.many_studies import NEWEST, fill, name_of
from core.domain.study import StudyStatus
from dashboard.services.worklist import next_study, worklist
from dashboard.workspace import Workspace
from storage.engine import open_engine
from storage.migrate import alembic_config, migrate
from storage.tables import StudyRow
from storage.unit_of_work import UnitOfWork
from storage.worklist_upkeep import FOLD_EVERY, StudyTallyRow, keep_up

STUDIES = 700


@pytest.fixture
def full(either: Workspace) -> Workspace:
    fill(either.engine, STUDIES)
    return either


def counted(place: Workspace) -> dict[StudyStatus, int]:
    """Studies per status as the table itself has them."""
    with place.look() as look:
        rows = look.session.execute(
            select(StudyRow.status, func.count()).group_by(StudyRow.status)
        ).all()
    found = {StudyStatus(status): number for status, number in rows}
    return {status: found.get(status, 0) for status in StudyStatus}


def tallies(place: Workspace) -> int:
    with place.look() as look:
        return look.session.scalar(select(func.count(StudyTallyRow.id))) or 0


def named(place: Workspace, number: int, name: str) -> None:
    """Give a study another patient name."""
    with place.work() as work:
        work.session.execute(
            update(StudyRow).where(StudyRow.id == number).values(search_text=name.casefold())
        )


def found(place: Workspace, query: str, status: StudyStatus | None = None) -> list[int]:
    page = worklist(place, query=query, status=status, size=STUDIES).page
    assert page.total == len(page.items)
    return [item.study.id for item in page.items]


def test_an_empty_worklist_has_nothing(either: Workspace) -> None:
    shown = worklist(either, page=7)
    assert shown.page.items == () and shown.page.total == 0
    assert shown.counts == dict.fromkeys(StudyStatus, 0)
    assert next_study(either, 1) is None


def test_counts_are_those_of_the_table_after_every_change(full: Workspace) -> None:
    assert worklist(full).counts == counted(full)
    with full.work() as work:
        for number in range(1, 20):
            work.studies.set_status(number, StudyStatus.IN_PROGRESS)
    assert worklist(full).counts == counted(full)
    with full.work() as work:
        work.session.execute(text("DELETE FROM job_events"))
        work.session.execute(text("DELETE FROM jobs"))
        work.session.execute(text("DELETE FROM studies WHERE id > 500"))
    shown = worklist(full)
    assert shown.counts == counted(full) and shown.page.total == 500


def test_what_is_rolled_back_is_not_counted(full: Workspace) -> None:
    before = worklist(full).counts
    with pytest.raises(RuntimeError), full.work() as work:
        work.session.execute(update(StudyRow).values(status=StudyStatus.SIGNED.value))
        raise RuntimeError
    assert worklist(full).counts == before == counted(full)


def test_tallies_stay_few(full: Workspace) -> None:
    for status in (StudyStatus.WAITING, StudyStatus.DRAFTED) * 2:
        with full.work() as work:
            for number in range(1, 200):
                work.studies.set_status(number, status)
    assert tallies(full) < 2 * FOLD_EVERY
    assert worklist(full).counts == counted(full)


def test_many_writers_at_once_are_all_counted(full: Workspace) -> None:
    """Eight threads change studies of their own; none of them waits for a row of another."""

    def change(first: int) -> None:
        for number in range(first, STUDIES + 1, 8):
            for status in (StudyStatus.WAITING, StudyStatus.SIGNED):
                with full.work() as work:
                    work.studies.set_status(number, status)

    threads = [threading.Thread(target=change, args=(first,)) for first in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counted(full)[StudyStatus.SIGNED] == STUDIES
    assert worklist(full).counts == counted(full)


def test_pages_from_both_ends_are_the_list(full: Workspace) -> None:
    for status in (None, *StudyStatus):
        with full.look() as look:
            rows = select(StudyRow.id).order_by(StudyRow.received_at.desc(), StudyRow.id.desc())
            if status is not None:
                rows = rows.where(StudyRow.status == status.value)
            expected = list(look.session.scalars(rows))
        pages = [
            worklist(full, status=status, page=number, size=9).page
            for number in range(1, (len(expected) + 8) // 9 + 1)
        ]
        assert [item.study.id for page in pages for item in page.items] == expected
        assert {page.total for page in pages} == {len(expected)}


def test_a_page_past_the_end_is_the_last_one(full: Workspace) -> None:
    shown = worklist(full, page=10_000, size=50).page
    assert shown.page == STUDIES // 50
    assert [item.study.id for item in shown.items] == list(range(50, 0, -1))


def test_a_page_before_the_first_is_the_first(full: Workspace) -> None:
    for page in (0, -3):
        shown = worklist(full, page=page, size=50).page
        assert shown.page == 1 and shown.items[0].study.id == STUDIES


def test_studies_received_at_one_moment_keep_their_order(full: Workspace) -> None:
    with full.work() as work:
        work.session.execute(update(StudyRow).values(received_at=NEWEST))
    pages = [worklist(full, page=page, size=50).page.items for page in range(1, 15)]
    assert [item.study.id for page in pages for item in page] == list(range(STUDIES, 0, -1))


NAMES = [
    ("MÜLLER^ÄNNE", "üll"),
    ("MÜLLER^ÄNNE", "Müller"),
    ("STRAßE^Anna", "strasse"),
    ("குமார்^யாழினி", "மார்"),
    ("王小明", "小"),
    ("王小明", "王小明"),
    ("Ωμέγα", "ΩΜΈΓΑ"),
    ("O'BRIEN^PAT", "o'brien"),
    ('quoted"name', 'd"n'),
    ("100%_sure\\", "%_s"),
    ("100%_sure\\", "re\\"),
    ("a* OR b", "a*"),
    ("NEAR(x y)", "near("),
    ("Ng^Li", "ng"),
    ("Ng^Li", "g^l li"),
]


def test_search_finds_any_part_of_a_name_in_any_script(full: Workspace) -> None:
    for name, query in NAMES:
        named(full, 42, name)
        expected = holding(full, query)
        assert 42 in expected and found(full, query) == expected, name


def holding(place: Workspace, query: str) -> list[int]:
    """Studies whose texts hold every word, by reading them all."""
    words = query.replace("\0", " ").casefold().split()
    kept = [number for number, said in texts(place).items() if all(word in said for word in words)]
    return sorted(kept, reverse=True)


def texts(place: Workspace) -> dict[int, str]:
    with place.look() as look:
        rows = look.session.execute(select(StudyRow.id, StudyRow.search_text)).all()
    return {row.id: row.search_text for row in rows}


def test_search_finds_what_reading_every_study_finds(full: Workspace) -> None:
    with full.look() as look:
        rows = select(StudyRow.id).where(StudyRow.status == StudyStatus.SIGNED.value)
        signed = set(look.session.scalars(rows))
    for query in ("fever", "fever smoker", "zzz", "é", "P7", "cough ana", "\0", "fe\0ver"):
        expected = holding(full, query)
        assert found(full, query) == expected, query
        among_signed = [number for number in expected if number in signed]
        assert found(full, query, StudyStatus.SIGNED) == among_signed, query


def test_a_long_query_is_one_more_search(full: Workspace) -> None:
    words = " ".join(f"word{number}" for number in range(300))
    assert found(full, words) == []
    named(full, 42, words)
    assert found(full, words) == [42]


def test_a_common_word_pages_to_its_end(full: Workspace) -> None:
    """Words that many studies hold are looked for another way than rare ones."""
    pages = [worklist(full, query="fever", page=page, size=2).page for page in range(1, 89)]
    shown = [item.study.id for page in pages for item in page.items]
    expected = [number for number, said in texts(full).items() if "fever" in said]
    assert pages[0].total == len(expected) > 40 * 2
    assert shown == sorted(expected, reverse=True)[: len(shown)] and len(set(shown)) == len(shown)


def test_a_new_name_is_found_and_the_old_one_is_not(full: Workspace) -> None:
    assert found(full, name_of(42)) == [42]
    named(full, 42, "Newname^Nora")
    assert found(full, name_of(42)) == [] and found(full, "newname") == [42]


def test_the_next_study_is_the_one_below_in_the_list(full: Workspace) -> None:
    with full.look() as look:
        signed = StudyStatus.SIGNED.value
        rows = select(StudyRow.id).where(StudyRow.status != signed)
        unsigned = list(look.session.scalars(rows.order_by(StudyRow.id.desc())))
    for place, number in enumerate(unsigned[:-1]):
        assert next_study(full, number) == unsigned[place + 1]
    assert next_study(full, unsigned[-1]) == unsigned[0]
    assert next_study(full, STUDIES + 1) == unsigned[0]


def test_a_film_that_came_late_has_its_place_in_the_list(full: Workspace) -> None:
    """Numbers need not follow time: the list is sorted by arrival, and so is what comes next."""
    with full.work() as work:
        work.session.execute(update(StudyRow).values(status=StudyStatus.DRAFTED.value))
        late = NEWEST + dt.timedelta(hours=1)
        work.session.execute(update(StudyRow).where(StudyRow.id == 5).values(received_at=late))
    assert worklist(full).page.items[0].study.id == 5
    assert next_study(full, 5) == STUDIES and next_study(full, 6) == 4


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
