"""Studies in a workspace, drafted by the fake model without a worker process."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from core.domain.job import JobState
from core.domain.reader import Reader
from core.models import registry
from core.models.film_standing import AnyFilm, FilmGate
from dashboard.api.application import api
from dashboard.guard import LoopbackGuard
from dashboard.services.draft_study import draft_study
from dashboard.services.receive_study import Received, receive_file
from dashboard.workspace import Workspace
from tests.factories import dicom_bytes


def take_in(place: Workspace, reader: Reader, **tags: object) -> Received:
    return receive_file(place, "film.dcm", dicom_bytes(**tags), reader=reader)


def draft_next(place: Workspace, gate: FilmGate | None = None) -> None:
    """Run the next job here, as a worker would; without a gate, drawn test films pass."""
    with place.work() as work:
        job = work.jobs.claim(dt.datetime.now(dt.UTC))
    assert job is not None and job.state is JobState.RUNNING
    gate = gate or AnyFilm()
    draft_study(place, job, registry.load(job.model), lambda _fraction, _stage: None, gate)


@pytest.fixture
def drafted(either: Workspace, reader: Reader) -> Callable[..., int]:
    """Take a study in, draft it, and return its number."""

    def make(**tags: object) -> int:
        received = take_in(either, reader, **tags)
        draft_next(either)
        return received.study_id

    return make


@pytest.fixture
def client(place: Workspace) -> TestClient:
    return TestClient(LoopbackGuard(api), base_url="http://127.0.0.1:8501")


def send(client: TestClient, *files: tuple[str, bytes], **form: str) -> Any:
    return client.post("/studies", files=[("files", file) for file in files], data=form)


@pytest.fixture
def study(client: TestClient, place: Workspace) -> int:
    """A drafted study."""
    answer = send(client, ("film.dcm", dicom_bytes()))
    draft_next(place)
    return int(answer.json()["studies"][0]["id"])
