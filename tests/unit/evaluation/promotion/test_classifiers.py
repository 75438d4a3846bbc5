"""Two classifiers that do not read the same findings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.domain.training_errors import EvaluationError
from core.evaluation.promotion import classifiers
from core.evaluation.promotion.decision import Side
from core.evaluation.promotion.rule import Outcome, Rule
from core.training.films import FilmRow

BOTH, ONE = ("pneumothorax", "mass"), ("pneumothorax",)


def rows(number: int) -> tuple[FilmRow, ...]:
    return tuple(
        FilmRow(
            Path(f"{n}.png"), "made", f"p{n}", "val", "", "", None,
            frozenset(BOTH if n % 2 else ()), frozenset(BOTH),
        )
        for n in range(number)
    )  # fmt: skip


def reads(names: tuple[str, ...], number: int) -> classifiers._Read:
    """A version that is always right."""
    calls = {name: np.arange(number) % 2 == 1 for name in names}
    logits = {name: called.astype(np.float32) for name, called in calls.items()}
    return classifiers._Read(Side("made", "aa" * 32), logits, calls)


def test_what_only_the_new_version_reads_is_not_passed_over() -> None:
    films = rows(160)
    found = classifiers._findings(reads(ONE, 160), reads(BOTH, 160), films, Rule())
    assert found["pneumothorax"].outcome is Outcome.ACCEPTED
    assert found["mass"].outcome is Outcome.UNDERPOWERED


def test_what_the_new_version_no_longer_reads_is_refused() -> None:
    with pytest.raises(EvaluationError, match="does not read mass"):
        classifiers._findings(reads(BOTH, 160), reads(ONE, 160), rows(160), Rule())
