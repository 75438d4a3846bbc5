"""The teaching room: cases without identity, sessions, trainees, blind reads and their scores.

A case holds all that a trainee may ever see of it. Nothing here names the study that it came from;
only the teacher's side keeps that link.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from core.domain.finding import Laterality
from core.domain.report import ENGLISH, Sections
from core.domain.study import Window


class Reference(StrEnum):
    """What the truth of a case rests on. A signed report alone is an opinion, not a reference."""

    CT = "ct"
    CONSENSUS = "consensus"
    FOLLOW_UP = "follow_up"
    PHANTOM = "phantom"
    SIGNED = "signed"

    @property
    def firm(self) -> bool:
        """Whether reads may be scored against it."""
        return self is not Reference.SIGNED


class Level(StrEnum):
    BASIC = "basic"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"


class Pace(StrEnum):
    """``OWN``: each trainee goes on alone. ``STEP``: the teacher opens case after case for all."""

    OWN = "own"
    STEP = "step"


# --- the case -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Region:
    """Where a finding lies: a closed polygon of (x, y) in pixels of the case's film."""

    finding: str
    outline: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class TrueFinding:
    """A finding as the reference states it, present or absent; what it leaves open is not here."""

    name: str
    present: bool
    laterality: Laterality | None = None


@dataclass(frozen=True)
class CaseFilm:
    """The film of a case: masked and stored anew, with nothing of its source but its pixels.

    ``key`` is random and names the film in addresses; the digest never leaves the server.
    """

    key: str
    rows: int
    columns: int
    window: Window
    monochrome1: bool
    spacing_mm: tuple[float, float] | None
    projection: str
    pixel_blob_digest: str


@dataclass(frozen=True)
class CaseMap:
    """A map of the model's draft over the case's film; shown after the commit alone."""

    key: str
    finding: str
    validated: bool
    blob_digest: str


@dataclass(frozen=True)
class CaseDraft:
    """What the model drafted, kept with the case: ``findings`` hold name, certainty, laterality,
    value and whether that is a probability, as plain JSON values."""

    model: str = ""
    findings: tuple[Mapping[str, Any], ...] = ()
    sections: Sections = field(default_factory=Sections)
    maps: tuple[CaseMap, ...] = ()


@dataclass(frozen=True)
class Drill:
    """How a generated film was made; its reference is what was drawn.

    ``contrast`` is the share of the lesion's full attenuation contrast, 0 to 1; ``finding`` is
    empty in a film into which nothing was drawn.
    """

    finding: str
    size_mm: float
    contrast: float
    behind_heart: bool
    background: str  # "phantom" or "film"
    seed: int


@dataclass(frozen=True)
class TeachingCase:
    """One case. ``scored`` says whether reads are scored, which asks for a firm reference.

    ``study_id`` leads back to the source and is for the teacher alone; ``title`` may name the
    answer, so that it is shown to trainees after the commit only.
    """

    id: int
    title: str
    level: Level
    reference: Reference
    reference_note: str
    findings: tuple[TrueFinding, ...]
    regions: tuple[Region, ...]
    film: CaseFilm
    history: str
    learning_points: str
    report: Sections
    draft: CaseDraft | None
    made_by: str
    made_at: dt.datetime
    study_id: int | None = None
    drill: Drill | None = None
    retired: bool = False
    language: str = ENGLISH

    @property
    def scored(self) -> bool:
        return self.reference.firm

    @property
    def normal(self) -> bool:
        """Whether the reference says that nothing is there."""
        return not any(finding.present for finding in self.findings)

    @property
    def generated(self) -> bool:
        """Whether the film is no patient's alone: a phantom's, or with a lesion drawn into it."""
        return self.drill is not None or self.reference is Reference.PHANTOM

    @property
    def phantom(self) -> bool:
        """Whether nobody is on the film; a drill drawn into a patient's film is none."""
        return self.generated if self.drill is None else self.drill.background == "phantom"


# --- who reads ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trainee:
    """Somebody who reads blind, under a nickname within a cohort; no account, no name."""

    id: int
    cohort: str
    nickname: str


@dataclass(frozen=True)
class TeachingSession:
    """Cases for a cohort. ``code`` lets trainees in as long as the session is open.

    ``position`` is the case that all are at when the pace is the teacher's; ``revealed`` whether
    that case's answer is open to those who committed; ``opened`` are the positions at which it ever
    was, from where on a read comes too late.
    """

    id: int
    cohort: str
    title: str
    code: str
    pace: Pace
    history_allowed: bool
    case_ids: tuple[int, ...]
    position: int
    revealed: bool
    open: bool
    made_by: str
    made_at: dt.datetime
    opened: tuple[int, ...] = ()


# --- the read -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class AnsweredFinding:
    """A finding that the trainee picked; ``certainty`` is a probability in [0, 1].

    What was not picked was read as absent, with a probability of 0, where the reference states it.
    """

    name: str
    certainty: float
    laterality: Laterality | None = None


@dataclass(frozen=True)
class Mark:
    """A click (width and height 0) or a box, in pixels of the film; x and y are its top left."""

    finding: str
    x: float
    y: float
    width: float = 0.0
    height: float = 0.0


@dataclass(frozen=True)
class Answer:
    findings: tuple[AnsweredFinding, ...] = ()
    marks: tuple[Mark, ...] = ()
    impression: str = ""


@dataclass(frozen=True)
class FindingScore:
    """One finding of answer or reference; ``brier`` is the squared error of the certainty, and
    ``outcome`` ``hit``, ``missed``, ``false`` or ``rejected`` (rightly left out), with 0.5 as
    the line between present and absent; or ``open``, with no ``brier``: picked, but the reference
    says nothing of it. ``side_right`` is ``None`` where no side is asked.
    """

    name: str
    outcome: str
    brier: float | None
    side_right: bool | None = None


@dataclass(frozen=True)
class MarkScore:
    """One mark. ``distance`` to the nearest region of its finding is 0 inside it, in mm where the
    film's spacing is known, else in pixels; ``None`` where there is no such region."""

    mark: Mark
    hit: bool
    distance: float | None
    in_mm: bool


@dataclass(frozen=True)
class ReadScore:
    """What a read is worth, part by part; no sum, which would weigh what nobody weighed.

    ``brier`` is the mean over the findings that the reference states, whatever was picked.
    ``located`` counts regions that a mark hit, of ``locatable``; ``false_marks`` those that hit
    none. ``worded`` are findings of the reference that the impression states, ``unworded`` those
    that it leaves out, ``misworded`` those that it states wrongly; read by the labeller.
    """

    findings: tuple[FindingScore, ...]
    brier: float | None
    marks: tuple[MarkScore, ...]
    located: int
    locatable: int
    false_marks: int
    worded: tuple[str, ...]
    unworded: tuple[str, ...]
    misworded: tuple[str, ...]


@dataclass(frozen=True)
class Attempt:
    """A committed read: it never changes. ``score`` is ``None`` where the case is not scored."""

    id: int
    trainee_id: int
    session_id: int | None
    case_id: int
    answer: Answer
    score: ReadScore | None
    started_at: dt.datetime
    committed_at: dt.datetime

    @property
    def seconds(self) -> float:
        return (self.committed_at - self.started_at).total_seconds()
