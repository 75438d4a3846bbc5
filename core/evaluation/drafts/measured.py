"""What an evaluation of drafts measured: ``measured.json`` of its folder. Imports no torch.

An evaluation is a folder (by default in OVERREAD_HOME/evaluations): ``measured.json``, and
``texts.jsonl`` with every text that was written, a line a sample and system, from which the figures
can be made again.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from core.domain.errors import N_
from core.domain.training_errors import EvaluationError
from core.models.base import Interval
from core.models.language.record import replace_json

MEASURED, TEXTS = "measured.json", "texts.jsonl"
SCHEMA = 1
MOST_BYTES = 20_000_000
DIGITS = 6
"""Decimals of a figure in the file: more than any bootstrap carries."""

MEMORY = "memory"
"""Among the versions of a system: whether ``gpu`` or ``resident`` memory was counted."""
DRAFTING, TEMPLATE = "drafting", "template"
"""Says of a system that its readings are put into sentences by the template of drafts."""

_RATES = ("precision", "recall", "f1")
_NUMBERS = ("value", "low", "high")


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
    path = folder / MEASURED
    try:
        if path.stat().st_size > MOST_BYTES:
            raise EvaluationError(reason=N_("its file of figures is too large"))
        document = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_number)
        if document["schema"] != SCHEMA:
            raise EvaluationError(reason=N_("its file of figures is of another version"))
        return _read(folder, document)
    except FileNotFoundError:
        raise EvaluationError(reason=N_("the folder holds no figures")) from None
    except OSError as error:
        raise EvaluationError(reason=N_("its file of figures cannot be read")) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise EvaluationError(reason=N_("its file of figures is damaged")) from error


def write_measured(measured: Measured) -> None:
    """Write ``measured.json`` whole or not at all.

    Raises
    ------
    OSError
    """
    document = {
        "schema": measured.schema,
        "made": measured.made,
        "command": measured.command,
        "corpus": dict(measured.corpus),
        "machine": dict(measured.machine),
        "systems": [_system_json(system) for system in measured.systems],
        "differences": [
            {
                "system": each.system,
                "against": each.against,
                "figure": each.figure,
                "interval": _interval_json(each.interval),
            }
            for each in measured.differences
        ],
        "not_measured": dict(measured.not_measured),
    }
    measured.folder.mkdir(parents=True, exist_ok=True)
    replace_json(measured.folder / MEASURED, document)


def evaluations(folder: Path) -> tuple[tuple[Measured, ...], tuple[str, ...]]:
    """Return the evaluations of a folder, newest first, and names of those that cannot be read.

    A folder without ``measured.json`` is one that has not ended; it is left out.
    """
    if not folder.is_dir():
        return (), ()
    found: list[Measured] = []
    damaged: list[str] = []
    for path in sorted(each for each in folder.iterdir() if (each / MEASURED).is_file()):
        try:
            found.append(read_measured(path))
        except EvaluationError:
            damaged.append(path.name)
    found.sort(key=lambda each: each.made, reverse=True)
    return tuple(found), tuple(damaged)


# --- parts --------------------------------------------------------------------------------------


def _read(folder: Path, document: Mapping[str, Any]) -> Measured:
    return Measured(
        folder=folder,
        made=_words(document["made"]),
        command=_words(document["command"]),
        corpus=dict(document["corpus"].items()),
        machine=_by_name(document["machine"]),
        systems=tuple(_system(each) for each in document["systems"]),
        differences=tuple(_difference(each) for each in document["differences"]),
        not_measured=_by_name(document["not_measured"]),
    )


def _system(entry: Mapping[str, Any]) -> System:
    return System(
        name=_words(entry["name"]),
        title=_words(entry["title"]),
        role=Role(entry["role"]),
        digest=_words(entry["digest"]),
        versions=_by_name(entry["versions"]),
        figures={name: _interval(each) for name, each in entry["figures"].items()},
        findings={
            name: {
                **{rate: _interval(each[rate]) for rate in _RATES},
                "positives": int(each["positives"]),
            }
            for name, each in entry["findings"].items()
        },
    )


def _difference(entry: Mapping[str, Any]) -> Difference:
    interval = _interval(entry["interval"])
    if interval is None:
        raise ValueError("a difference without an interval is none")
    system, against, figure = (_words(entry[key]) for key in ("system", "against", "figure"))
    return Difference(system, against, figure, interval)


def _system_json(system: System) -> dict[str, Any]:
    return {
        "name": system.name,
        "title": system.title,
        "role": system.role.value,
        "digest": system.digest,
        "versions": dict(system.versions),
        "figures": {name: _interval_json(each) for name, each in system.figures.items()},
        "findings": {
            name: {
                **{rate: _interval_json(each[rate]) for rate in _RATES},
                "positives": each["positives"],
            }
            for name, each in system.findings.items()
        },
    }


def _interval(entry: Mapping[str, Any] | None) -> Interval | None:
    if entry is None:
        return None
    value, low, high = (float(entry[key]) for key in _NUMBERS)
    if not all(math.isfinite(each) for each in (value, low, high)):
        raise ValueError("a figure that is no number")
    return Interval(value, low, high, int(entry["cases"]))


def _interval_json(interval: Interval | None) -> dict[str, float | int] | None:
    if interval is None:
        return None
    numbers = {key: round(float(getattr(interval, key)), DIGITS) for key in _NUMBERS}
    return {**numbers, "cases": interval.cases}


def _words(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("words are expected here")
    return value


def _by_name(value: Mapping[str, Any]) -> dict[str, str]:
    return {name: _words(each) for name, each in value.items()}


def _no_number(constant: str) -> float:
    raise ValueError(constant)
