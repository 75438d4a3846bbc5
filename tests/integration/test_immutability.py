"""Each guard of a signed version, by itself: taking any one away must turn a test here red."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import json
from collections.abc import Callable

import pytest
from pypdf import PdfReader
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.domain.errors import SignedRecordBrokenError
from core.domain.reader import Reader
from core.domain.teaching import Answer
from dashboard.services.addendum import add_addendum
from dashboard.services.edit_report import open_review
from dashboard.services.report_document import report_document
from dashboard.services.verify_chain import verify_chain
from dashboard.workspace import Workspace, prepare
from storage.immutability import GUARDED
from storage.migrate import migrate
from storage.repositories.teaching_reads import ReadKey
from storage.seal import Head
from storage.teaching_tables import TraineeRow
from tests.integration.test_conversation_storage import answer, question
from tests.integration.test_report_life_cycle import write_and_sign
from tests.teaching_cases import made_case


@pytest.fixture
def signed(either: Workspace, reader: Reader, drafted: Callable[..., int]) -> Workspace:
    """Three links: two reports and an addendum; and a row at least of every guarded table."""
    first, second = drafted(PatientID="1"), drafted(PatientID="2")
    write_and_sign(either, first, reader)
    write_and_sign(either, second, reader)
    add_addendum(either, first, "Late note.", reader=reader)
    with either.work() as work:
        asked = work.conversations.add(question(first))
        work.conversations.add(answer(asked), ["f" * 64])
        work.consents.add([first], given=True, reader=reader.name)
    commit_a_read(either)
    return either


def commit_a_read(place: Workspace) -> None:
    """A trainee's answer to a case, as it is kept."""
    case = made_case(place)
    now = dt.datetime.now(dt.UTC)
    with place.work() as work:
        trainee = TraineeRow(
            cohort="2026",
            nickname="Heron",
            folded="heron",
            token_digest="a" * 64,
            return_digest="b" * 64,
            joined_at=now,
        )
        work.session.add(trainee)
        work.session.flush()
        key = ReadKey(trainee.id, case.id, None)
        work.reads.add(key, Answer(), None, started_at=now, committed_at=now)


COLUMNS = {"answer_maps": "instance_id", "attempts": "case_id"}
"""A column that each guarded table has; ``study_id`` where none is named."""


def execute(place: Workspace, statement: str) -> None:
    with place.engine.begin() as connection:
        connection.execute(text(statement))


def unguard(place: Workspace) -> None:
    """Take the triggers off, as somebody with the database in their hands could."""
    for table in GUARDED:
        for action in ("update", "delete"):
            on = f" ON {table}" if place.engine.dialect.name == "postgresql" else ""
            execute(place, f"DROP TRIGGER {table}_no_{action}{on}")


@pytest.mark.parametrize("table", GUARDED)
def test_the_back_doors_of_each_database_are_shut(signed: Workspace, table: str) -> None:
    """REPLACE fires no delete trigger on SQLite; TRUNCATE no row trigger on PostgreSQL."""
    back_door = {
        "sqlite": f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1",
        "postgresql": f"TRUNCATE {table} CASCADE",
    }[signed.engine.dialect.name]
    with pytest.raises(DBAPIError, match="immutable"):
        execute(signed, back_door)
    assert verify_chain(signed) == 3


def test_the_domain_object_is_frozen(signed: Workspace) -> None:
    version = open_review(signed, 1).signed[0]
    with pytest.raises(dataclasses.FrozenInstanceError):
        version.addendum = "changed"  # type: ignore[misc]


@pytest.mark.parametrize("table", GUARDED)
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = 2", "DELETE FROM {}"])
def test_the_database_refuses_to_change_or_delete(
    signed: Workspace, table: str, statement: str
) -> None:
    with pytest.raises(DBAPIError, match="immutable"):
        execute(signed, statement.format(table, COLUMNS.get(table, "study_id")))
    assert verify_chain(signed) == 3


def test_the_triggers_are_there_after_every_migration(signed: Workspace) -> None:
    migrate(signed.engine)
    catalogue = (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
        if signed.engine.dialect.name == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with signed.engine.begin() as connection:
        names = set(connection.execute(text(catalogue)).scalars())
    assert {f"{t}_no_{a}" for t in GUARDED for a in ("update", "delete")} <= names


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE signed_versions SET content = replace(content, 'clear', 'dense') WHERE sequence=1",
        "UPDATE signed_versions SET signed_by = 'Somebody Else' WHERE sequence = 1",
        "UPDATE signed_versions SET signed_at = '2020-01-01 00:00:00' WHERE sequence = 1",
        "UPDATE signed_versions SET status = 'corrected' WHERE sequence = 1",
    ],
)
def test_verify_names_the_first_changed_version(signed: Workspace, change: str) -> None:
    unguard(signed)
    execute(signed, change)
    with pytest.raises(SignedRecordBrokenError, match="signed version 1 "):
        verify_chain(signed)


def test_verify_finds_a_version_taken_out_of_the_middle(signed: Workspace) -> None:
    unguard(signed)
    execute(signed, "DELETE FROM corrections WHERE sequence = 2")
    execute(signed, "DELETE FROM readings WHERE sequence = 2")
    execute(signed, "DELETE FROM signed_versions WHERE sequence = 2")
    with pytest.raises(SignedRecordBrokenError, match="signed version 2 is missing"):
        verify_chain(signed)


def test_verify_finds_the_newest_version_gone(signed: Workspace) -> None:
    unguard(signed)
    execute(signed, "DELETE FROM signed_versions WHERE sequence = 3")
    with pytest.raises(SignedRecordBrokenError, match="signed version 3"):
        verify_chain(signed)


def test_verify_refuses_a_chain_made_anew_without_the_key(signed: Workspace) -> None:
    """Whoever rewrites content and digests alike still lacks the key."""
    import hashlib

    unguard(signed)
    with signed.engine.begin() as connection:
        content = connection.execute(
            text("SELECT content FROM signed_versions WHERE sequence = 3")
        ).scalar_one()
        forged = json.dumps(json.loads(content) | {"addendum": "Forged."}, sort_keys=True)
        connection.execute(
            text("UPDATE signed_versions SET content = :c, digest = :d WHERE sequence = 3"),
            {"c": forged, "d": hashlib.sha256(forged.encode()).hexdigest()},
        )
    with pytest.raises(SignedRecordBrokenError, match="does not match its digest"):
        verify_chain(signed)


def test_verify_finds_a_changed_film(signed: Workspace) -> None:
    digest = open_review(signed, 1).study.instances[0].blob_digest
    path = signed.blobs.folder / digest[:2] / digest
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(SignedRecordBrokenError, match="film of signed version 1"):
        verify_chain(signed)


def test_verify_finds_a_changed_picture_of_a_film(signed: Workspace) -> None:
    """The viewer and the PDF draw the decoded pixels, not the file."""
    digest = open_review(signed, 1).study.instances[0].pixel_blob_digest
    (signed.blobs.folder / digest[:2] / digest).write_bytes(b"other")
    with pytest.raises(SignedRecordBrokenError, match="film of signed version 1"):
        verify_chain(signed)


def test_verify_finds_a_film_exchanged_for_another(signed: Workspace) -> None:
    execute(
        signed,
        "UPDATE instances SET pixel_blob_digest = "
        "(SELECT blob_digest FROM instances WHERE id = 2) WHERE id = 1",
    )
    with pytest.raises(SignedRecordBrokenError, match="film of signed version 1"):
        verify_chain(signed)


def test_verify_finds_a_study_given_to_another_patient_and_the_sheet_keeps_the_signed_one(
    signed: Workspace,
) -> None:
    execute(signed, "UPDATE studies SET patient_name = 'MALLORY' WHERE id = 1")
    with pytest.raises(SignedRecordBrokenError, match="another patient"):
        verify_chain(signed)
    sheet = PdfReader(io.BytesIO(report_document(signed, 1))).pages[0].extract_text()
    assert "DOE, JANE" in sheet.replace("Jane Doe", "DOE, JANE") and "MALLORY" not in sheet


def test_verify_finds_a_missing_key(signed: Workspace) -> None:
    (signed.seal.folder / "key").unlink()
    # A start in between must not make a new one in silence.
    prepare(signed)
    with pytest.raises(SignedRecordBrokenError, match="key"):
        verify_chain(signed)


def test_a_head_left_behind_by_a_stop_is_caught_up(signed: Workspace) -> None:
    newest = signed.seal.head()
    (signed.seal.folder / "head.json").unlink()
    assert verify_chain(signed) == 3
    assert signed.seal.head() == newest


def test_the_head_never_goes_back(signed: Workspace) -> None:
    newest = signed.seal.head()
    signed.seal.advance(Head(1, "0" * 64))
    assert signed.seal.head() == newest


def test_the_key_is_for_its_owner_alone(signed: Workspace) -> None:
    assert (signed.seal.folder / "key").stat().st_mode & 0o077 == 0
    key = signed.seal.key()
    signed.seal.create()
    assert signed.seal.key() == key
