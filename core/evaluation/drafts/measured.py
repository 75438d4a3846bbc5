"""What an evaluation of drafts measured: ``measured.json`` of its folder. Imports no torch.

An evaluation is a folder (by default in OVERREAD_HOME/evaluations): ``measured.json``, and
``texts.jsonl`` with every text that was written, a line a sample and system, from which the figures
can be made again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from core.models.base import Interval

MEASURED, TEXTS = "measured.json", "texts.jsonl"
SCHEMA = 1


class Role(StrEnum):
    MODEL = "model"
    BASELINE = "baseline"


@dataclass(frozen=True)
class System:
    """One column of the scoreboard.

    Attributes
    ----------
    name, title : str
    digest : str
        Of the weights; of an adapter its own, equal to `Run.weights_sha256` of its run.
    versions : mapping
        Precision, device and libraries.
    figures : mapping of str to Interval or None
        By the names in `core.evaluation.drafts.figures`; ``None`` where it is undefined. Intervals
        are bootstrapped by patient or group.
    findings : mapping of str to mapping
        By finding ``precision``, ``recall``, ``f1`` (Interval or None) and ``positives`` (int).
    """

    name: str
    title: str
    role: Role
    digest: str
    versions: Mapping[str, str]
    figures: Mapping[str, Interval | None]
    findings: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Difference:
    """``system`` less ``against`` on the same samples; paired by group."""

    system: str
    against: str
    figure: str
    interval: Interval

    @property
    def significant(self) -> bool:
        """Whether the 95 % interval leaves zero out."""
        return self.interval.low > 0 or self.interval.high < 0


@dataclass(frozen=True)
class Measured:
    """``corpus`` has ``name, source, digest, split, samples, groups``; ``machine`` what it ran on.

    ``not_measured`` names figures that this machine could not give, with the reason.
    """

    folder: Path
    made: str
    command: str
    corpus: Mapping[str, Any]
    machine: Mapping[str, str]
    systems: tuple[System, ...]
    differences: tuple[Difference, ...]
    not_measured: Mapping[str, str]
    schema: int = SCHEMA

    @property
    def name(self) -> str:
        return self.folder.name


def read_measured(folder: Path) -> Measured:
    """Return what an evaluation measured.

    Raises
    ------
    EvaluationError
        If there is no such file, or it cannot be read.
    """
    raise NotImplementedError


def write_measured(measured: Measured) -> None:
    """Write ``measured.json`` whole or not at all."""
    raise NotImplementedError


def evaluations(folder: Path) -> tuple[tuple[Measured, ...], tuple[str, ...]]:
    """Return the evaluations of a folder, newest first, and names of those that cannot be read."""
    raise NotImplementedError
