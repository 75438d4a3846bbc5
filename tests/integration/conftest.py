"""Studies in a workspace, drafted by the fake model without a worker process."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from core.domain.job import JobState
from core.domain.reader import Reader
from core.models import registry
from dashboard.services.draft_study import draft_study
from dashboard.services.receive_study import Received, receive_file
from dashboard.workspace import Workspace
from tests.factories import dicom_bytes


def take_in(place: Workspace, reader: Reader, **tags: object) -> Received:
    return receive_file(place, "film.dcm", dicom_bytes(**tags), reader=reader)


def draft_next(place: Workspace) -> None:
    """Run the next job here, as a worker would."""
    with place.work() as work:
        job = work.jobs.claim(dt.datetime.now(dt.UTC))
    assert job is not None and job.state is JobState.RUNNING
    draft_study(place, job, registry.load(job.model), lambda _fraction, _stage: None)


@pytest.fixture
def drafted(either: Workspace, reader: Reader) -> Callable[..., int]:
    """Take a study in, draft it, and return its number."""

    def make(**tags: object) -> int:
        received = take_in(either, reader, **tags)
        draft_next(either)
        return received.study_id

    return make
