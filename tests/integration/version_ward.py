"""A ward whose models that write have versions, with its worker in this process."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.domain.draft import Draft, ModelIdentity
from core.domain.job import Job, JobState
from core.domain.reader import Reader
from core.models import registry
from core.models.language.checkpoint import Checkpoint
from core.models.language.precision import Memory
from core.settings import load_settings
from dashboard import workspace as workspaces
from dashboard.jobs import worker
from dashboard.services import writers
from dashboard.services.request_draft import request_draft
from dashboard.workspace import Workspace, prepare
from tests.integration.conftest import take_in
from tests.integration.test_written_draft import TEXT, Scripted
from tests.judged_writers import BASE, adapter, base, judge

Loads = list[Path | None]


@pytest.fixture
def ward(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """A workspace whose worker is this process."""
    monkeypatch.setenv("OVERREAD_MODEL", registry.FAKE_ANY_FILM)
    load_settings.cache_clear()
    place = workspaces.workspace()
    prepare(place)
    for name, value in (("_place", place), ("_held", None), ("_read", {})):
        monkeypatch.setattr(worker, name, value)
    monkeypatch.setattr(writers, "memory_at_hand", lambda: Memory(64 * 10**9))
    yield place
    place.engine.dispose()


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> Loads:
    """The folders of the adapters that were loaded; a script writes in their place."""
    seen: Loads = []

    def load(checkpoint: Checkpoint, *_how: object) -> Scripted:
        seen.append(checkpoint.adapter)
        written = Scripted(TEXT)
        written.identity = ModelIdentity(checkpoint.source.name, checkpoint.digest)
        return written

    monkeypatch.setattr("core.models.language.loading.load_drafter", load)
    return seen


@pytest.fixture
def accepted(ward: Workspace, reader: Reader, tmp_path: Path) -> Path:
    """An adapter that may be made active; returns its folder."""
    base(ward)
    folder = adapter(ward, "first", reader)
    assert judge(ward, tmp_path / "evaluation", BASE, "first") == 0
    return folder


@pytest.fixture
def study(ward: Workspace, reader: Reader) -> int:
    study_id = take_in(ward, reader).study_id
    work_off(ward)
    return study_id


def work_off(place: Workspace) -> list[Job]:
    """Do every job that waits, as the worker does; returns them as they ended."""
    done: list[Job] = []
    while True:
        with place.work() as work:
            job = work.jobs.claim(dt.datetime.now(dt.UTC))
        if job is None:
            return done
        worker.run(job)
        with place.look() as look:
            done.append(look.jobs.get(job.id))
        assert done[-1].state is JobState.DONE, done[-1].error_reason


def asked(place: Workspace, study: int, reader: Reader, model: str = BASE) -> tuple[Draft, int]:
    """The draft that a request ends with, and how many jobs it took."""
    job = request_draft(place, study, reader=reader, model=model)
    ran = work_off(place)
    with place.look() as look:
        draft = look.drafts.of_job(job.id)
    assert draft is not None
    return draft, len(ran)


def written_by(draft: Draft) -> str:
    return draft.versions.get("writer_version", "")


def codes(draft: Draft) -> set[str]:
    return {warning.code for warning in draft.warnings}


def other(place: Workspace, reader: Reader) -> int:
    """Another study, with the draft that it gets when it comes."""
    study_id = take_in(place, reader, AccessionNumber="other").study_id
    work_off(place)
    return study_id
