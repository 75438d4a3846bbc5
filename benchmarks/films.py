"""Films of benchmarks: thorax phantoms as DICOM files, and studies made of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from pydantic import SecretStr

from core.domain.job import Job, JobPriority
from core.domain.reader import Reader
from core.imaging.phantom.dicom_film import phantom_uid, to_dicom
from core.imaging.phantom.film import PhantomFilm, make_film
from core.imaging.phantom.lesions import PleuralEffusion
from core.models.base import FindingClassifier
from core.models.film_standing import AnyFilm
from core.settings import Settings
from dashboard.services.draft_study import draft_study
from dashboard.services.receive_study import receive_file
from dashboard.workspace import Workspace, open_workspace, prepare

READER = Reader(1, "Dr. Bench", confirmed=True)
SIDE = 2048
BORN = dt.date(1957, 3, 5)
TAKEN = dt.datetime(2026, 11, 1, 9, 14)


def phantom(seed: int = 1, side: int = SIDE) -> PhantomFilm:
    """A PA film with an effusion, 12 bits, square: (side, side)."""
    film = make_film(seed, "PA", (PleuralEffusion("left", 600),), side)
    pixels = cv2.resize(film.pixels, (side, side), interpolation=cv2.INTER_LINEAR)
    return replace(film, pixels=np.asarray(pixels, np.uint16))


def noisy_films(count: int, side: int) -> Iterator[bytes]:
    """DICOM files of the same phantom, each a study of its own with noise of its own."""
    film = phantom(side=side)
    noise = np.random.default_rng(0).normal(0, 30, film.pixels.shape)
    for number in range(1, count + 1):
        own = np.roll(noise, (number, 7 * number), (0, 1))
        pixels = np.clip(film.pixels + own, 0, 4095).astype(np.uint16)
        yield as_dicom(replace(film, pixels=pixels), number)


def as_dicom(film: PhantomFilm, number: int = 1) -> bytes:
    """The film as study ``number``: the same pixels under other identifiers."""
    return to_dicom(
        film,
        patient_name=f"Phantom^Number {number}",
        patient_id=f"B{number}",
        birth_date=BORN,
        sex="F",
        study_instance_uid=phantom_uid("benchmark", number),
        series_instance_uid=phantom_uid("benchmark", number, "series"),
        sop_instance_uid=phantom_uid("benchmark", number, "film"),
        study_datetime=TAKEN,
        accession_number=f"A{number}",
        indication="Cough and fever.",
    )


def eight_bits(pixels: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint8]:
    """A 12-bit film through its whole range."""
    return np.asarray(pixels >> 4, np.uint8)


def new_place(home: Path, model: str, database_url: str = "") -> Workspace:
    """A prepared workspace of its own."""
    settings = Settings(
        home=home, model=model, reader=READER.name, database_url=SecretStr(database_url)
    )
    place = open_workspace(settings)
    prepare(place)
    return place


def drafted_study(
    place: Workspace, film: PhantomFilm, number: int, classifier: FindingClassifier
) -> int:
    """Take a film in as study ``number`` and draft it here; returns the study's number."""
    content = as_dicom(film, number)
    received = receive_file(place, f"{number}.dcm", content, reader=READER)
    draft_study(place, claimed(place), classifier, silent, AnyFilm())
    return received.study_id


def claimed(place: Workspace) -> Job:
    """The next queued job, marked as running."""
    with place.work() as work:
        job = work.jobs.claim(dt.datetime.now(dt.UTC))
    assert job is not None
    return job


def another_draft(place: Workspace, study_id: int, key: str) -> Job:
    """A job for a study that was drafted before, marked as running; see `request`."""
    request(place, study_id, key)
    return claimed(place)


def request(place: Workspace, study_id: int, key: str) -> Job:
    """Queue a draft; ``key`` is one that no other job has.

    The gate looks at the film, and the draft is made whatever it says: a film that it turned away
    would cost less than a draft.
    """
    with place.work() as work:
        return work.jobs.request(
            study_id, key.zfill(64), place.settings.model, JobPriority.READER, override_gate=True
        )


silent: Callable[[float, str], None] = lambda _fraction, _stage: None  # noqa: E731
