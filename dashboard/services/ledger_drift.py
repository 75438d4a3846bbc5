"""Whether a model's scores, or the agreement of drafts and signed texts, moved with time."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.evaluation.drift.change_points import LEAST, Change, changes
from core.evaluation.drift.weeks import Part, Week, monday, pooled, shares, spread, step_of
from core.models.base import Interval
from dashboard.workspace import Workspace
from storage.repositories.ledger_figures import SignedEdits

MOST_STUDIES = 20_000
"""Studies that are looked at, the newest: some years of a department."""


@dataclass(frozen=True)
class ModelVersion:
    """A model that drafted, and the one whose scores its drafts carry: itself, or a classifier."""

    name: str
    digest: str
    scorer: str
    scorer_digest: str
    studies: int


@dataclass(frozen=True)
class Mark:
    """A change of level, from the study of a day on."""

    day: dt.date
    change: Change


@dataclass(frozen=True)
class Series:
    """Numbers of studies in time order: by week, and where their level changes.

    ``points`` are numbers that were tested: of a patient with several studies in a week one.
    ``mean`` has its 95 % interval. One point of ``weeks`` is ``step`` weeks.
    """

    name: str
    points: int
    mean: Interval
    step: int
    weeks: tuple[Week, ...]
    marks: tuple[Mark, ...]

    @property
    def enough(self) -> bool:
        """Whether there are numbers enough to look for a change."""
        return self.points >= LEAST


@dataclass(frozen=True)
class Drift:
    """``scores`` has one series a finding, those with marks first, ``agreement`` one or none."""

    version: ModelVersion
    scores: tuple[Series, ...]
    agreement: Series | None


def drafted_kinds(place: Workspace) -> tuple[bool, bool]:
    """Return whether real studies were drafted, and whether phantoms were."""
    with place.look() as look:
        phantoms = [each.phantom for each in look.ledger_figures.drafting_models()]
    return False in phantoms, True in phantoms


def model_versions(place: Workspace, *, phantoms: bool) -> tuple[ModelVersion, ...]:
    """Return the versions that drafted studies, the one that drafted last first."""
    counted: dict[tuple[str, str, str, str], int] = defaultdict(int)
    with place.look() as look:
        for each in look.ledger_figures.drafting_models():
            key = (each.name, each.digest, each.scorer, each.scorer_digest)
            counted[key] += each.studies if phantoms or not each.phantom else 0
    return tuple(ModelVersion(*key, studies) for key, studies in counted.items() if studies)


def drift(place: Workspace, version: ModelVersion, *, phantoms: bool) -> Drift:
    """Return how scores and agreement of one version of a model went.

    A version stands alone: another one gives other scores of the same films, which is no drift.
    Scores are those of the model that scored, of whatever it scored; agreement is the drafting
    model's. Scores are looked at as they left the model: probabilities come and go with a
    calibration.
    """
    with place.look() as look:
        scored = look.ledger_figures.scored(
            version.scorer, version.scorer_digest, phantoms=phantoms, most=MOST_STUDIES
        )
        scores_of: dict[str, list[tuple[dt.date, str, float]]] = defaultdict(list)
        for at, patient, findings in scored:
            day = at.astimezone().date()
            for finding in findings:
                if finding["score"] is not None:
                    scores_of[finding["name"]].append((day, patient, float(finding["score"])))
        signed = [
            each
            for each in look.ledger_figures.signed()
            if (each.model, each.digest) == (version.name, version.digest)
            and (phantoms or not each.phantom)
        ]
    scores = [_scores(name, rows, len(scores_of)) for name, rows in scores_of.items()]
    scores.sort(key=lambda each: min((mark.change.p for mark in each.marks), default=1.0))
    return Drift(version, tuple(scores), _agreement(signed[-MOST_STUDIES:]))


def _scores(name: str, rows: Sequence[tuple[dt.date, str, float]], tests: int) -> Series:
    days, values = _one_a_patient(rows)
    found = changes(values, tests=tests)
    step = step_of([day for day, _patient, _value in rows])
    return Series(
        name,
        len(values),
        _mean(values, [1.0] * len(values)),
        step,
        spread([day for day, _patient, _value in rows], [value for *_rest, value in rows], step),
        _marks(days, found),
    )


def _one_a_patient(
    rows: Sequence[tuple[dt.date, str, float]],
) -> tuple[list[dt.date], list[float]]:
    """Films of one patient in a week resemble each other: their mean counts once, at the first."""
    grouped: dict[tuple[dt.date, str], list[tuple[dt.date, float]]] = defaultdict(list)
    for day, patient, value in rows:
        grouped[(monday(day), patient)].append((day, value))
    days = [some[0][0] for some in grouped.values()]
    return days, [sum(value for _day, value in some) / len(some) for some in grouped.values()]


def _agreement(signed: Sequence[SignedEdits]) -> Series | None:
    """The share of findings that stand in the signed text as they were drafted."""
    told = [each for each in signed if each.findings]
    if not told:
        return None
    days = [each.at.astimezone().date() for each in told]
    values = [each.findings_kept / each.findings for each in told]
    parts = [
        Part(day, each.findings_kept, each.findings) for day, each in zip(days, told, strict=True)
    ]
    mean = _mean([part.hit for part in parts], [part.of for part in parts])
    step = step_of(days)
    marks = _marks(days, changes(values))
    return Series("", len(values), mean, step, shares(parts, step), marks)


def _mean(hits: Sequence[float], of: Sequence[float]) -> Interval:
    value, low, high = pooled(hits, of) or (0.0, 0.0, 0.0)
    return Interval(value, low, high, len(of))


def _marks(days: Sequence[dt.date], found: Iterable[Change]) -> tuple[Mark, ...]:
    return tuple(Mark(days[change.place], change) for change in found)
