"""Teaching cases: made from signed studies, without identity; kept, retired, handed out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.domain.reader import Reader
from core.domain.report import Sections
from core.domain.study import Instance, Study
from core.domain.teaching import (
    CaseFilm,
    Level,
    Reference,
    Region,
    TeachingCase,
    Trainee,
    TrueFinding,
)
from dashboard.workspace import Workspace


@dataclass(frozen=True)
class BurnedIn:
    """Text that was found in a film's pixels: (x, y, width, height) in pixels, and what it reads.

    ``marker`` is true for a side marker alone ("L", "R", "PA"), which may stay.
    """

    box: tuple[int, int, int, int]
    text: str
    confidence: float
    marker: bool = False


@dataclass(frozen=True)
class CaseProposal:
    """What a signed study would become: shown to the teacher before anything is made.

    ``report`` and ``history`` are the signed words as far as they may be shown; ``identity_left``
    names the sections in which the patient, a reader, a date or a contact was recognised: those
    must be rewritten first. ``preview`` is an 8-bit PNG of the film as it lies, of at most 1,024
    pixels a side, with ``scale`` film pixels to one of its own.
    """

    study: Study
    film: Instance
    preview: bytes
    scale: float
    burned_in: tuple[BurnedIn, ...]
    report: Sections
    history: str
    identity_left: tuple[str, ...]
    findings: tuple[TrueFinding, ...]
    reference: Reference


@dataclass(frozen=True)
class CaseWish:
    """What the teacher chose. ``masked`` are boxes of the film that are painted over."""

    title: str
    level: Level
    reference: Reference
    reference_note: str
    findings: tuple[TrueFinding, ...]
    regions: tuple[Region, ...]
    masked: tuple[tuple[int, int, int, int], ...]
    history: str
    learning_points: str
    report: Sections


def propose_case(place: Workspace, study_id: int, *, film_id: int | None = None) -> CaseProposal:
    """Look through a signed study: its film, what is burned in, its words, its findings.

    Raises
    ------
    CaseRefusedError
        If the study is not signed or has no frontal film.
    NotFoundError
    """
    raise NotImplementedError


def make_case(place: Workspace, study_id: int, wish: CaseWish, *, reader: Reader) -> TeachingCase:
    """Make the case: a de-identified DICOM object and masked pixels, stored anew, and its row.

    Raises
    ------
    CaseRefusedError
        If words of the wish still name somebody, or boxes or regions lie outside the film.
    StorageFullError, StorageUnavailableError
    """
    raise NotImplementedError


def cases(
    place: Workspace, *, retired: bool = False, drills: bool = False
) -> tuple[TeachingCase, ...]:
    """Every case, newest first; retired ones and drills only where asked for."""
    raise NotImplementedError


def retire_case(place: Workspace, case_id: int, *, reader: Reader, retired: bool = True) -> None:
    """Take a case out of what sessions offer, or put it back; reads of it stay."""
    raise NotImplementedError


def case_of_study(place: Workspace, study_id: int) -> TeachingCase | None:
    """The case that was made of a study last, for the review page."""
    raise NotImplementedError


def film_of(place: Workspace, key: str, trainee: Trainee | None) -> tuple[CaseFilm, bytes]:
    """A case's film and its encoded pixels; ``None`` as trainee is the teacher.

    Raises
    ------
    NotFoundError
        Also where the trainee has not been given the case.
    """
    raise NotImplementedError


def map_of(place: Workspace, key: str, trainee: Trainee | None) -> bytes:
    """The PNG of a case's map.

    Raises
    ------
    NotFoundError
        Also where the trainee has not been given the case.
    NotCommittedError
    """
    raise NotImplementedError


def deidentified_dicom(place: Workspace, case_id: int) -> bytes:
    """The case's film as a DICOM object after the basic profile, for the teacher's own files."""
    raise NotImplementedError


def findings_offered() -> Mapping[str, bool]:
    """Findings that a trainee may pick, and whether each has a side; every case offers the same."""
    raise NotImplementedError
