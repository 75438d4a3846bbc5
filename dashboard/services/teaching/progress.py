"""How a session and a cohort are doing: distributions without names, progress, what is due, CSV."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from core.domain.teaching import Trainee
from core.models.base import Interval
from dashboard.workspace import Workspace


@dataclass(frozen=True)
class Distribution:
    """Answers to one case of one session, without names.

    ``picked`` maps a finding to the certainties that were given; ``sides`` to how often which side
    was named; ``marks`` are (finding, x, y) of clicks and centres of boxes, in film pixels.
    Nothing is shown below ``least`` committed reads, from which single answers could be told.
    """

    case_id: int
    joined: int
    committed: int
    picked: Mapping[str, tuple[float, ...]]
    sides: Mapping[str, Mapping[str, int]]
    marks: tuple[tuple[str, float, float], ...]
    least: int = 2


@dataclass(frozen=True)
class WeekOfFinding:
    """A cohort's reads of one finding in one ISO week: reference present or absent, called or not.

    ``sensitivity`` and ``specificity`` carry Wilson intervals and the number of reads behind them.
    """

    week: dt.date
    finding: str
    reads: int
    sensitivity: Interval | None
    specificity: Interval | None
    brier: Interval | None


@dataclass(frozen=True)
class DetectionCurve:
    """Detection of drawn lesions of one finding against their contrast, for one trainee.

    ``points`` are (contrast, detected, shown) of bins; ``threshold`` the contrast detected half of
    the time by a logistic curve, with its bootstrap interval; ``None`` where too few were read.
    ``false_rate`` is how often a film without a lesion was called.
    """

    finding: str
    points: tuple[tuple[float, int, int], ...]
    slope: float | None
    threshold: Interval | None
    false_rate: Interval | None


@dataclass(frozen=True)
class Due:
    case_id: int
    due_at: dt.datetime
    missed: tuple[str, ...]


def distribution(place: Workspace, session_id: int, case_id: int) -> Distribution:
    """Raises NotFoundError."""
    raise NotImplementedError


def cohorts(place: Workspace) -> tuple[str, ...]:
    raise NotImplementedError


def cohort_progress(place: Workspace, cohort: str) -> tuple[WeekOfFinding, ...]:
    """Scored reads of a cohort by week and finding, drills left out; oldest first."""
    raise NotImplementedError


def trainee_progress(place: Workspace, trainee: Trainee) -> tuple[WeekOfFinding, ...]:
    raise NotImplementedError


def due(place: Workspace, trainee: Trainee, *, now: dt.datetime | None = None) -> tuple[Due, ...]:
    """Cases that a trainee missed something of and should see again, most overdue first."""
    raise NotImplementedError


def detection_curves(place: Workspace, trainee: Trainee) -> tuple[DetectionCurve, ...]:
    raise NotImplementedError


def session_csv(place: Workspace, session_id: int) -> str:
    """Every committed read of a session, one line a read: nickname, case number, answer, score."""
    raise NotImplementedError


def cohort_csv(place: Workspace, cohort: str) -> str:
    raise NotImplementedError
