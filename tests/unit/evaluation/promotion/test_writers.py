"""Two models that write, by the texts that an evaluation kept of both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.domain.training_errors import EvaluationError
from core.evaluation.__main__ import main
from core.evaluation.drafts.candidates import Place
from core.evaluation.drafts.measured import Role
from core.evaluation.drafts.texts import Journal, Writer
from core.evaluation.promotion import writers
from core.evaluation.promotion.decision import WRITER, filed, of_writer, read_decision
from core.evaluation.promotion.rule import CRITICAL, Outcome, Rule
from core.models.language.shelf import Shelf
from tests.judged_writers import ENOUGH, SETTINGS, caption, forgetful, silent, write_texts

HOME = Place(Shelf(Path("/nowhere")), Path("/nowhere"))


@pytest.fixture
def evaluation(tmp_path: Path) -> Path:
    """``same`` writes what must be written; ``forgetful`` forgets a third of what is there."""
    systems = {"old": caption, "same": caption, "forgetful": forgetful}
    named = {name: (f"{place:064d}", write) for place, (name, write) in enumerate(systems.items())}
    write_texts(tmp_path, named)
    with Journal(tmp_path) as journal:
        journal.add(Writer("begun", "begun", Role.MODEL, "f" * 64, {}))
    return tmp_path


def test_what_states_the_same_is_accepted(evaluation: Path) -> None:
    decision = writers.compare(evaluation, "old", "same", Rule(), HOME)
    assert decision.kind == WRITER and decision.outcome is Outcome.ACCEPTED
    found = decision.findings["pneumothorax"]
    assert found.positives == ENOUGH // 2 and found.patients == ENOUGH // 2
    assert decision.frozen.films == ENOUGH and decision.frozen.sources == {
        "made validation": ENOUGH
    }
    assert decision.settings == SETTINGS


def test_two_that_say_nothing_show_nothing(tmp_path: Path) -> None:
    write_texts(tmp_path, {"old": ("a" * 64, silent), "new": ("b" * 64, silent)})
    decision = writers.compare(tmp_path, "old", "new", Rule(), HOME)
    assert set(decision.of(Outcome.UNDERPOWERED)) == set(CRITICAL) and not decision.accepts


@pytest.mark.parametrize("name", ["old", "new"])
def test_a_text_that_was_never_written_is_no_text(name: str, tmp_path: Path) -> None:
    systems = {"old": ("a" * 64, caption), "new": ("b" * 64, caption)}
    write_texts(tmp_path, systems, failed=name)
    with pytest.raises(EvaluationError, match=f"{name} failed on some samples"):
        writers.compare(tmp_path, "old", "new", Rule(), HOME)


def test_what_forgets_is_refused(evaluation: Path) -> None:
    decision = writers.compare(evaluation, "old", "forgetful", Rule(), HOME)
    assert decision.outcome is Outcome.LOST and set(decision.of(Outcome.LOST)) == set(CRITICAL)
    recall = decision.findings["pneumothorax"].figures["sensitivity"]
    assert recall.old is not None and recall.new is not None and recall.difference is not None
    assert recall.old.value == 1 and recall.new.value == pytest.approx(2 / 3, abs=0.01)
    assert recall.difference.high < -0.2


def test_a_critical_finding_that_nobody_states_is_not_passed_over(
    evaluation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writers.stated, "compare", without("mass", writers.stated.compare))
    decision = writers.compare(evaluation, "old", "same", Rule(), HOME)
    assert decision.of(Outcome.UNDERPOWERED) == ("mass",) and not decision.accepts


def without(name: str, compare: Any) -> Any:
    """The labeller on samples of which none states a finding."""

    def changed(*arguments: Any) -> Any:
        found = compare(*arguments)
        for table in (found.truth, found.told):
            table[:, writers.stated.NAMES.index(name)] = False
        return found

    return changed


def test_the_command_writes_the_decision_by_the_digest_of_the_new_weights(
    evaluation: Path, home: Path
) -> None:
    command = ["promotion", "--evaluation", str(evaluation), "--old", "old", "--new"]
    assert main([*command, "same"]) == 0 and main([*command, "forgetful"]) == 1
    lies = of_writer(home / "models", f"{2:064d}")
    kept = read_decision(lies)
    assert kept is not None and kept.outcome is Outcome.LOST and kept.settings == SETTINGS
    assert str(evaluation.parent) not in kept.command
    assert main([*command, "forgetful"]) == 1
    newest = filed(lies)
    assert newest is not None and newest.tries == 2


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("old", "begun", "begun has not written"),
        ("nobody", "same", "nobody has not written"),
        ("old", "old", "the same weights"),
    ],
)
def test_what_cannot_be_compared_says_so(old: str, new: str, reason: str, evaluation: Path) -> None:
    with pytest.raises(EvaluationError, match=reason):
        writers.compare(evaluation, old, new, Rule(), HOME)


def test_a_folder_without_texts_says_so(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="holds no texts"):
        writers.compare(tmp_path, "old", "new", Rule(), HOME)


@pytest.mark.parametrize("lax", [["--margin", "0.2"], ["--margin", "0"], ["--least", "5"]])
def test_the_rule_is_not_made_lax(lax: list[str], evaluation: Path) -> None:
    command = ["promotion", "--evaluation", str(evaluation), "--old", "old", "--new", "forgetful"]
    with pytest.raises(SystemExit):
        main([*command, *lax])
