"""Reports that were signed before a report had a language: English, and untouched."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.domain.reader import Reader
from core.domain.report import SignedVersion
from dashboard.services.addendum import add_addendum
from dashboard.services.edit_report import open_review
from dashboard.services.report_document import report_document
from dashboard.services.verify_chain import verify_chain
from dashboard.workspace import Workspace
from storage.migrate import alembic_config, migrate
from tests.integration.test_report_life_cycle import write_and_sign

BEFORE = "0008"
# What later migrations added, children first.
LATER_TABLES = (
    *("teaching_case_maps", "session_trainees", "open_reads", "attempts", "repetitions"),
    *("teaching_sessions", "teaching_cases", "trainees", "readings", "training_consents"),
)
LATER_COLUMNS = {
    "corrections": ("natures", "language"),
    "drafts": ("language",),
    "reports": (
        *("seconds_editing", "first_typed_at", "read_first", "revealed_at"),
        *("before_reveal", "before_language", "language"),
    ),
}


def first_form(version: SignedVersion) -> dict[str, Any]:
    """The canonical content as it was before it named a language."""
    content = version_content(version)
    del content["form"], content["language"]
    return content


version_content = SignedVersion.content


@pytest.fixture
def old(
    either: Workspace,
    reader: Reader,
    drafted: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
) -> tuple[Workspace, int]:
    """A signed report with its ledger, in the tables and the form of the version before."""
    study_id = drafted()
    with monkeypatch.context() as earlier:
        earlier.setattr(SignedVersion, "content", first_form)
        write_and_sign(either, study_id, reader)
    with either.engine.begin() as connection:
        for table in LATER_TABLES:
            connection.execute(text(f"DROP TABLE {table}"))
        for table, columns in LATER_COLUMNS.items():
            for column in columns:
                connection.execute(text(f"ALTER TABLE {table} DROP COLUMN {column}"))
    command.stamp(alembic_config(either.engine), BEFORE)
    return either, study_id


def stored(place: Workspace) -> list[tuple[str, str]]:
    with place.engine.connect() as connection:
        rows = connection.execute(text("SELECT content, digest FROM signed_versions"))
        return [(row.content, row.digest) for row in rows]


def test_what_was_signed_is_english_and_verifies_unchanged(old: tuple[Workspace, int]) -> None:
    place, study_id = old
    before = stored(place)
    migrate(place.engine)
    assert stored(place) == before and "language" not in json.loads(before[0][0])
    assert verify_chain(place) == 1
    review = open_review(place, study_id)
    assert review.draft is not None
    assert {review.signed[0].language, review.report.language, review.draft.language} == {"en"}
    assert report_document(place, study_id).startswith(b"%PDF")


def test_the_chain_goes_on_in_the_new_form(old: tuple[Workspace, int], reader: Reader) -> None:
    place, study_id = old
    migrate(place.engine)
    add_addendum(place, study_id, "Late note.", reader=reader)
    assert verify_chain(place) == 2
    content = json.loads(stored(place)[1][0])
    assert (content["form"], content["language"]) == (2, "en")


def test_the_ledger_of_before_is_english_and_stays_immutable(old: tuple[Workspace, int]) -> None:
    place, study_id = old
    migrate(place.engine)
    with place.look() as look:
        entries = look.ledger.entries(study_id=study_id)
    assert entries and {entry.language for entry in entries} == {"en"}
    with pytest.raises(DBAPIError, match="immutable"), place.engine.begin() as connection:
        connection.execute(text("UPDATE corrections SET language = 'ta'"))
