"""The file of a decision: read back as written, and refused where it says what it cannot."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.domain.training_errors import EvaluationError
from core.evaluation.promotion.decision import (
    CLASSIFIER,
    Decision,
    Frozen,
    Side,
    filed,
    read_decision,
    write_decision,
)
from core.evaluation.promotion.rule import Outcome, Rule
from tests.unit.evaluation.promotion.test_rule import judged


def decision(rule: Rule | None = None, **made: int) -> Decision:
    rule = rule or Rule()
    return Decision(
        kind=CLASSIFIER,
        made="2026-11-27T08:00:00+00:00",
        command="python -m core.evaluation promotion",
        old=Side("old", "aa" * 32),
        new=Side("new", "bb" * 32),
        frozen=Frozen(290, 290, "cc" * 32, {"ledger": 290}),
        rule=rule,
        findings={"pneumothorax": judged(rule=rule, **made), "hernia": judged("hernia")},
    )


def test_a_decision_is_read_back(tmp_path: Path) -> None:
    for made in (decision(), decision(missed=30), decision(positives=40)):
        write_decision(made, tmp_path)
        assert read_decision(tmp_path) == made
    assert decision().accepts and not decision(missed=30).accepts
    assert decision(missed=30).of(Outcome.LOST) == ("pneumothorax",)
    assert read_decision(tmp_path / "none") is None


def test_a_decision_is_never_replaced_and_the_newest_counts(tmp_path: Path) -> None:
    write_decision(decision(missed=30), tmp_path)
    first = (tmp_path / "decision-1.json").read_bytes()
    write_decision(decision(), tmp_path)
    newest = filed(tmp_path)
    assert newest is not None and newest.tries == 2 and newest.decision == decision()
    assert newest.digest == hashlib.sha256((tmp_path / "decision-2.json").read_bytes()).hexdigest()
    assert (tmp_path / "decision-1.json").read_bytes() == first
    (tmp_path / "decision-3.json").touch()
    with pytest.raises(EvaluationError, match="decision is damaged"):
        read_decision(tmp_path)


def test_a_lax_rule_accepts_nothing() -> None:
    lax = decision(Rule(0.5), missed=30)
    assert lax.outcome is Outcome.ACCEPTED and not lax.accepts


CHANGES: tuple[Callable[[dict[str, Any]], object], ...] = (
    lambda file: file.update(outcome="accepted"),
    lambda file: file["findings"]["pneumothorax"].update(outcome="accepted"),
    lambda file: file["findings"]["pneumothorax"].update(outcome=None),
    lambda file: file["findings"]["hernia"].update(outcome="accepted"),
    lambda file: file.update(schema=2),
    lambda file: file.update(kind="oracle"),
    lambda file: file.pop("old"),
    lambda file: file.update(findings=[]),
)


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_file_decides_nothing(
    change: Callable[[dict[str, Any]], object], tmp_path: Path
) -> None:
    write_decision(decision(missed=30), tmp_path)
    path = tmp_path / "decision-1.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document)
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(EvaluationError, match="decision is damaged"):
        read_decision(tmp_path)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"schema": NaN}'])
def test_a_damaged_file_decides_nothing(content: str, tmp_path: Path) -> None:
    (tmp_path / "decision-1.json").write_text(content, encoding="utf-8")
    with pytest.raises(EvaluationError, match="decision is damaged"):
        read_decision(tmp_path)
