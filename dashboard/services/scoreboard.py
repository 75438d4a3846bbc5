"""Evaluations of drafts with the training runs that their systems come from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from core.domain.training_errors import EvaluationError
from core.evaluation.drafts import shipped
from core.evaluation.drafts.measured import (
    MEASURED,
    Difference,
    Measured,
    Role,
    System,
    evaluations,
    read_measured,
)
from core.models.base import Interval
from core.training.finetuning.runs import Run, RunState, runs
from dashboard.workspace import Workspace

SHIPPED = Path(str(shipped.__file__)).parent
RUNS = "runs"
"""Folder beside the figures of a shipped evaluation, with the records of its training runs."""


@dataclass(frozen=True)
class Board:
    """One evaluation.

    Attributes
    ----------
    key : str
        Its name in an address.
    trained : mapping of str to Run
        By the name of a system: the run whose weights wrote.
    others : tuple of Run
        Finished runs that no system of the evaluation comes from.
    """

    key: str
    measured: Measured
    trained: Mapping[str, Run]
    others: tuple[Run, ...]

    @property
    def systems(self) -> tuple[System, ...]:
        """Models first, baselines after them, each in the order of the evaluation."""
        return tuple(sorted(self.measured.systems, key=lambda each: each.role is Role.BASELINE))

    def system(self, name: str) -> System:
        return next(each for each in self.measured.systems if each.name == name)

    def between(self, system: str, against: str, figure: str) -> Interval | None:
        """Return how much a system differs from another; ``None`` where it was not compared."""
        for each in self.measured.differences:
            if each.figure != figure:
                continue
            if (each.system, each.against) == (system, against):
                return each.interval
            if (each.system, each.against) == (against, system):
                return turned(each.interval)
        return None

    def compared(self) -> tuple[Difference, ...]:
        return self.measured.differences


@dataclass(frozen=True)
class Unread:
    """An evaluation that cannot be read, and the error that says why."""

    name: str
    error: EvaluationError


@dataclass(frozen=True)
class Boards:
    found: tuple[Board, ...]
    unread: tuple[Unread, ...]
    unread_runs: tuple[str, ...]


def boards(place: Workspace) -> Boards:
    """Return every evaluation, newest first: the user's own, and those that are shipped."""
    own, own_damaged = evaluations(place.settings.evaluations)
    given, given_damaged = evaluations(SHIPPED)
    finished, damaged_runs = runs(place.settings.runs)
    finished = (*finished, *_shipped_runs())
    keyed = [
        *((each.name, each) for each in own),
        *((f"shipped-{each.name}", each) for each in given),
    ]
    keyed.sort(key=lambda item: item[1].made, reverse=True)
    unread = [
        *_unread(place.settings.evaluations, own_damaged),
        *_unread(SHIPPED, given_damaged),
    ]
    done = tuple(run for run in finished if run.state is RunState.DONE and run.weights_sha256)
    found = tuple(_board(key, measured, done) for key, measured in keyed)
    return Boards(found, tuple(unread), damaged_runs)


def turned(interval: Interval) -> Interval:
    """A difference seen from the other system."""
    # Taken from zero, not negated: a zero stays one without a sign.
    return Interval(0 - interval.value, 0 - interval.high, 0 - interval.low, interval.cases)


def significant(interval: Interval) -> bool:
    """Whether the 95 % interval of a difference leaves zero out."""
    return interval.low > 0 or interval.high < 0


def _board(key: str, measured: Measured, done: tuple[Run, ...]) -> Board:
    by_digest: dict[str, Run] = {}
    for run in done:  # newest first
        for digest in _digests(run):
            by_digest.setdefault(digest, run)
    trained = {
        system.name: by_digest[system.digest]
        for system in measured.systems
        if system.digest in by_digest
    }
    used = {run.weights_sha256 for run in trained.values()}
    return Board(key, measured, trained, tuple(r for r in done if r.weights_sha256 not in used))


def _digests(run: Run) -> tuple[str, ...]:
    """Return what its weights are told by: alone, and as an entry of the shelf with their base.

    The second is that of `core.models.language.digests.FolderDigest.joined`.
    """
    own, base = run.weights_sha256, str(run.model.get("digest", ""))
    joined = hashlib.sha256(f"{base}\n{own}\n".encode()).hexdigest()
    return (own, joined) if base else (own,)


def _unread(folder: Path, names: tuple[str, ...]) -> Iterator[Unread]:
    for name in names:
        try:
            read_measured(folder / name)
        except EvaluationError as error:
            yield Unread(name, error)


@lru_cache(maxsize=1)
def _shipped_runs() -> tuple[Run, ...]:
    """The records of runs beside shipped evaluations; they change with the program alone."""
    folders = sorted(path.parent / RUNS for path in SHIPPED.glob(f"*/{MEASURED}"))
    return tuple(run for folder in folders for run in runs(folder)[0])
