"""Which draft a request gets when another version of the same model became active since."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.domain.errors import ModelUnavailableError
from core.domain.job import JobKind, JobState
from core.domain.reader import Reader
from core.models import registry
from core.models.language.digests import KEPT
from dashboard.services import judged, writers
from dashboard.services.compare import compared, request_comparison
from dashboard.services.judged import Mark
from dashboard.services.request_draft import request_draft
from dashboard.services.writer_versions import make_active, roll_back
from dashboard.workspace import Workspace
from tests.checkpoints import change_json
from tests.integration.version_ward import (
    Loads,
    asked,
    work_off,
    written_by,
)
from tests.integration.version_ward import accepted as accepted
from tests.integration.version_ward import loads as loads
from tests.integration.version_ward import study as study
from tests.integration.version_ward import ward as ward
from tests.judged_writers import BASE

# --- asked again --------------------------------------------------------------------------------


def test_after_a_roll_back_a_request_gets_a_draft_of_what_writes_now(
    ward: Workspace, reader: Reader, accepted: Path, loads: Loads, study: int
) -> None:
    before, _ran = asked(ward, study, reader)
    make_active(ward, "first", reader=reader)
    between, ran = asked(ward, study, reader)
    assert ran == 1 and written_by(between) == "first" and between.model != before.model
    roll_back(ward, BASE, reader=reader)
    after, ran = asked(ward, study, reader)
    assert ran == 1 and written_by(after) == "" and after.model == before.model
    same, ran = asked(ward, study, reader)
    assert ran == 0 and same.id == after.id, "what was drafted last is not drafted again"


def test_after_a_roll_back_of_a_classifier_its_draft_is_made_anew(
    ward: Workspace, reader: Reader, study: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry, digest = registry.entry, ""

    def as_stands(name: str) -> registry.Entry:
        return replace(entry(name), digest=digest) if digest else entry(name)

    monkeypatch.setattr(registry, "entry", as_stands)
    first, ran = asked(ward, study, reader, registry.FAKE_ANY_FILM)
    assert ran == 0, "it was drafted when it came"
    digest = "b" * 64
    second, ran = asked(ward, study, reader, registry.FAKE_ANY_FILM)
    assert ran == 1 and second.id != first.id
    digest = ""
    third, ran = asked(ward, study, reader, registry.FAKE_ANY_FILM)
    assert ran == 1 and third.id not in (first.id, second.id)
    assert asked(ward, study, reader, registry.FAKE_ANY_FILM) == (third, 0)


def test_a_comparison_is_made_anew_after_a_roll_back(
    ward: Workspace, reader: Reader, accepted: Path, loads: Loads, study: int
) -> None:
    def column() -> tuple[str, bool]:
        request_comparison(ward, study, [BASE], reader=reader)
        work_off(ward)
        [found] = compared(ward, study, [BASE]).columns
        assert found.draft is not None
        return written_by(found.draft), found.outdated

    assert column() == ("", False)
    make_active(ward, "first", reader=reader)
    assert column() == ("first", False)
    roll_back(ward, BASE, reader=reader)
    assert compared(ward, study, [BASE]).columns[0].outdated
    assert column() == ("", False) == column()


# --- what ran -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(JobKind)[:2])
def test_a_job_is_filed_under_the_version_that_wrote(
    ward: Workspace, reader: Reader, accepted: Path, loads: Loads, study: int, kind: JobKind
) -> None:
    if kind is JobKind.DRAFT:
        job = request_draft(ward, study, reader=reader, model=BASE)
    else:
        request_comparison(ward, study, [BASE], reader=reader)
        with ward.look() as look:
            found = look.jobs.latest(study, BASE, comparisons=True)
        assert found is not None
        job = found
    make_active(ward, "first", reader=reader)
    [ran] = work_off(ward)
    assert ran.id == job.id and ran.key != job.key
    [column] = compared(ward, study, [BASE]).columns
    assert column.draft is not None and written_by(column.draft) == "first"
    assert not column.outdated
    roll_back(ward, BASE, reader=reader)
    assert compared(ward, study, [BASE]).columns[0].outdated
    draft, ran_again = asked(ward, study, reader)
    assert ran_again == 1 and written_by(draft) == ""


def test_two_jobs_that_the_same_version_ends_up_writing_do_not_collide(
    ward: Workspace, reader: Reader, accepted: Path, loads: Loads, study: int
) -> None:
    asked(ward, study, reader)
    make_active(ward, "first", reader=reader)
    request_draft(ward, study, reader=reader, model=BASE)
    roll_back(ward, BASE, reader=reader)
    request_draft(ward, study, reader=reader, model=BASE)
    assert [each.state for each in work_off(ward)] == [JobState.DONE, JobState.DONE]
    draft, ran = asked(ward, study, reader)
    assert ran == 0 and written_by(draft) == ""


def test_the_worker_holds_what_it_loaded_and_not_what_was_asked_for(
    ward: Workspace,
    reader: Reader,
    accepted: Path,
    loads: Loads,
    study: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    load = writers.load_writer

    def promoted_meanwhile(place: Workspace, name: str) -> writers.Loaded:
        make_active(place, "first", reader=reader)
        monkeypatch.setattr(writers, "load_writer", load)
        return load(place, name)

    monkeypatch.setattr(writers, "load_writer", promoted_meanwhile)
    first, _ran = asked(ward, study, reader)
    assert written_by(first) == "first"
    roll_back(ward, BASE, reader=reader)
    second, ran = asked(ward, study, reader)
    assert ran == 1 and written_by(second) == "" and [bool(each) for each in loads] == [True, False]


def test_a_draft_keeps_the_name_of_what_wrote_it_through_a_roll_back(
    ward: Workspace, reader: Reader, accepted: Path, loads: Loads, study: int
) -> None:
    make_active(ward, "first", reader=reader)
    loaded = writers.load_writer(ward, BASE)
    roll_back(ward, BASE, reader=reader)
    assert loaded.versions == {"writer_version": "first"}
    assert loaded.told != writers.loaded_from(ward, BASE)


def test_weights_that_change_while_they_are_opened_do_not_write(
    ward: Workspace,
    reader: Reader,
    accepted: Path,
    loads: Loads,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_active(ward, "first", reader=reader)
    told = writers._told

    def changed(place: Workspace, name: str, now: object) -> str:
        change_json(accepted / "adapter_config.json", note="changed since")
        return told(place, name, now)  # type: ignore[arg-type]

    monkeypatch.setattr(writers, "_told", changed)
    with pytest.raises(ModelUnavailableError, match="not the ones that were judged"):
        writers.load_writer(ward, BASE)
    assert loads == []


def test_a_request_reads_no_weights(
    ward: Workspace,
    reader: Reader,
    accepted: Path,
    study: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_active(ward, "first", reader=reader)
    for folder in (accepted, ward.settings.models / BASE):
        (folder / KEPT).unlink()

    def never(*_arguments: object) -> None:
        raise AssertionError("weights were read")

    monkeypatch.setattr("core.models.language.digests.file_digest", never)
    assert request_draft(ward, study, reader=reader, model=BASE).state is JobState.QUEUED
    assert judged.marks(ward)[BASE] == Mark(version="first")
