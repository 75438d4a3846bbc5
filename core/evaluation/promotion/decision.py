"""``decision-<n>.json``: what was compared, by which rule, every figure, and the outcome.

They lie beside the weights of the new version, one for each time that it was compared; those of
adapters, whose folders take no other file, by their digest (`of_writer`). The newest counts, and
nothing else promotes. Imports no torch.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.domain.errors import N_
from core.domain.training_errors import EvaluationError
from core.evaluation.promotion.rule import (
    CRITICAL,
    FindingFigures,
    Outcome,
    Pair,
    Rule,
    judged,
    overall,
)
from core.models import versions
from core.models.base import Interval
from core.models.language.record import replace_json

SCHEMA = 1
MOST_BYTES = 10_000_000
CLASSIFIER, WRITER = "classifier", "writer"
DECISION = "decision-{}.json"
WRITERS = "_writers"
"""Folder beside those of versions; a version cannot have its name."""
_NUMBERED = re.compile(r"decision-([1-9][0-9]{0,5})\.json")


@dataclass(frozen=True)
class Side:
    """One of the two: its name and the SHA-256 of its weights."""

    name: str
    digest: str


@dataclass(frozen=True)
class Frozen:
    """On what both were read. ``digest`` is of films and labels; ``sources`` counts films."""

    films: int
    patients: int
    digest: str
    sources: Mapping[str, int]


@dataclass(frozen=True)
class Decision:
    """``settings`` are those that both texts were written under; classifiers have none."""

    kind: str
    made: str
    command: str
    old: Side
    new: Side
    frozen: Frozen
    rule: Rule
    findings: Mapping[str, FindingFigures]
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def outcome(self) -> Outcome:
        return overall(self.findings)

    def of(self, outcome: Outcome) -> tuple[str, ...]:
        """The critical findings with this outcome."""
        return tuple(name for name, found in self.findings.items() if found.outcome is outcome)

    @property
    def accepts(self) -> bool:
        """Whether it lets the new version take the place of the old one."""
        return self.outcome is Outcome.ACCEPTED and self.rule.strict


@dataclass(frozen=True)
class Filed:
    """The newest decision on a version: the SHA-256 of its file, and the tries up to it."""

    decision: Decision
    digest: str
    tries: int


def of_writer(models: Path, digest: str) -> Path:
    """Return where the decisions on a model that writes lie: every try on these very weights."""
    return models / versions.VERSIONS / WRITERS / digest


def write_decision(decision: Decision, folder: Path) -> None:
    """Write the next ``decision-<n>.json`` into the folder of the new version.

    An earlier one is never replaced: how often a version was tried stays visible.

    Raises
    ------
    OSError
    """
    path = folder / DECISION.format(tries_of(folder) + 1)
    # Taken first, so that two comparisons at once do not write the same one; an empty file that a
    # crash leaves decides nothing.
    path.touch(exist_ok=False)
    replace_json(path, _json(decision))


def tries_of(folder: Path) -> int:
    """Return how many decisions were made on a version: the number of the newest one.

    Raises
    ------
    OSError
    """
    if not folder.is_dir():
        return 0
    found = (_NUMBERED.fullmatch(each.name) for each in folder.iterdir())
    return max((int(each[1]) for each in found if each), default=0)


def read_decision(folder: Path) -> Decision | None:
    """Return the newest decision on a version; ``None`` where there is none. Raises as `filed`."""
    newest = filed(folder)
    return newest.decision if newest else None


def filed(folder: Path) -> Filed | None:
    """Return the newest decision on a version with its digest; ``None`` where there is none.

    Raises
    ------
    EvaluationError
        If its file is damaged or too large, or states another outcome than its figures give.
    """
    try:
        tries = tries_of(folder)
        path = folder / DECISION.format(tries)
        if path.stat().st_size > MOST_BYTES:
            raise EvaluationError(reason=N_("the file of its decision is too large"))
        content = path.read_bytes()
        decision = _read(json.loads(content, parse_constant=_no_number))
        return Filed(decision, hashlib.sha256(content).hexdigest(), tries)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise EvaluationError(reason=N_("the file of its decision is damaged")) from error


def _json(decision: Decision) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "kind": decision.kind,
        "made": decision.made,
        "command": decision.command,
        "old": vars(decision.old),
        "new": vars(decision.new),
        "frozen": {**vars(decision.frozen), "sources": dict(decision.frozen.sources)},
        "rule": {**vars(decision.rule), "critical": list(CRITICAL)},
        "findings": {name: _finding_json(found) for name, found in decision.findings.items()},
        "settings": dict(decision.settings),
        "outcome": decision.outcome.value,
    }


def _finding_json(found: FindingFigures) -> dict[str, Any]:
    return {
        "positives": found.positives,
        "negatives": found.negatives,
        "patients": found.patients,
        "patients_without": found.patients_without,
        "outcome": found.outcome.value if found.outcome else None,
        "figures": {
            name: {key: _interval_json(each) for key, each in vars(pair).items()}
            for name, pair in found.figures.items()
        },
    }


def _interval_json(found: Interval | None) -> dict[str, float | int] | None:
    if found is None:
        return None
    return {**vars(found)}


def _read(document: Mapping[str, Any]) -> Decision:
    if document["schema"] != SCHEMA or document["kind"] not in (CLASSIFIER, WRITER):
        raise ValueError("a decision of another version")
    frozen, rule = document["frozen"], document["rule"]
    decision = Decision(
        kind=document["kind"],
        made=str(document["made"]),
        command=str(document["command"]),
        old=_side(document["old"]),
        new=_side(document["new"]),
        frozen=Frozen(
            int(frozen["films"]),
            int(frozen["patients"]),
            str(frozen["digest"]),
            {str(source): int(films) for source, films in frozen["sources"].items()},
        ),
        rule=Rule(float(rule["margin"]), int(rule["least"])),
        findings={str(name): _finding(each) for name, each in document["findings"].items()},
        # Decisions of before do not name them.
        settings={str(name): str(each) for name, each in document.get("settings", {}).items()},
    )
    told = all(
        judged(name, found, decision.rule) is found.outcome
        for name, found in decision.findings.items()
    )
    if not told or decision.outcome.value != document["outcome"]:
        raise ValueError("the outcome is not that of the figures")
    return decision


def _side(entry: Mapping[str, Any]) -> Side:
    return Side(str(entry["name"]), str(entry["digest"]))


def _finding(entry: Mapping[str, Any]) -> FindingFigures:
    return FindingFigures(
        positives=int(entry["positives"]),
        negatives=int(entry["negatives"]),
        patients=int(entry["patients"]),
        patients_without=int(entry["patients_without"]),
        figures={
            str(name): Pair(
                _interval(pair["old"]), _interval(pair["new"]), _interval(pair["difference"])
            )
            for name, pair in entry["figures"].items()
        },
        outcome=Outcome(entry["outcome"]) if entry["outcome"] else None,
    )


def _interval(entry: Mapping[str, Any] | None) -> Interval | None:
    if entry is None:
        return None
    value, low, high = (float(entry[key]) for key in ("value", "low", "high"))
    if not all(math.isfinite(number) for number in (value, low, high)):
        raise ValueError("a figure that is no number")
    return Interval(value, low, high, int(entry["cases"]))


def _no_number(constant: str) -> float:
    raise ValueError(constant)
