"""An adapter is trained on a tiny model from a small corpus, cut off, gone on with and tried."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.domain.training_errors import RunError
from core.models.torchvision_guard import ensure_torchvision
from core.training.finetuning.checkpoints import seal
from core.training.finetuning.recipe import FineTuning, open_recipe
from core.training.finetuning.run_writer import RunWriter
from core.training.finetuning.runs import CHECKPOINTS, RunState, Step, ask_to_cancel, read_run
from tests import tiny_models
from tests.small_corpus import small_corpus

ensure_torchvision()

SMALL = open_recipe(
    "small", steps=6, warmup_steps=1, save_steps=2, accumulation=2, learning_rate=0.01
)


class CutOffError(BaseException):
    """Stands for a machine that goes down: nothing after it is carried out."""


@pytest.fixture(scope="module")
def base(tiny_checkpoint: Callable[[str], Path]) -> Any:
    return replace(tiny_models.checkpoint("qwen2_vl", tiny_checkpoint("qwen2_vl")))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return small_corpus(tmp_path_factory.mktemp("corpora") / "small")


def run(
    folder: Path, base: Any, corpus: Any, recipe: FineTuning = SMALL, resume: bool = False
) -> Any:
    from core.training.finetuning.adapting import Adapting
    from core.training.finetuning.loop import train

    named = str(base.folder)
    plan = Adapting(base, corpus, recipe, "peft", folder, named).plan(
        "python -m core.training lora"
    )
    return train(plan, resume)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, base: Any, corpus: Any) -> Any:
    """A run that nothing interrupted."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    assert run(folder, base, corpus) is RunState.DONE
    return read_run(folder)


def test_a_run_learns_and_is_tried(whole: Any) -> None:
    assert whole.state is RunState.DONE and (whole.step, whole.steps) == (6, 6)
    losses = [step.loss for step in whole.history]
    assert len(losses) == 6 and losses[-1] < losses[0]
    assert all(step.tokens_per_second > 0 and step.memory_bytes for step in whole.history)
    assert whole.parameters.trained == 32768 and whole.parameters.total > whole.parameters.trained
    assert {name: entry["passed"] for name, entry in whole.checks.items()} == {
        "changes_output": True,
        "reload_exact": True,
        "merged_agrees": True,
    }
    assert whole.checks["reload_exact"]["difference"] == 0.0
    assert whole.checks["changes_output"]["difference"] > 1e-3
    assert not (whole.folder / CHECKPOINTS).exists()


def test_a_machine_that_goes_down_at_the_end_loses_nothing(
    tmp_path: Path, base: Any, corpus: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: Any, **__: Any) -> None:
        raise CutOffError

    with monkeypatch.context() as patch, pytest.raises(CutOffError):
        patch.setattr(RunWriter, "end", cut)
        run(tmp_path / "run", base, corpus)
    assert read_run(tmp_path / "run").state is RunState.INTERRUPTED
    assert list((tmp_path / "run" / CHECKPOINTS).glob("checkpoint-*"))


def test_its_adapter_drafts(whole: Any, base: Any) -> None:
    import numpy as np

    from core.models.drafter import Prompt, Sampling, Speaker, Turn
    from core.models.language.digests import folder_digest
    from core.models.language.precision import Precision

    adapter = whole.folder / "adapter"
    assert whole.weights_sha256 == folder_digest(adapter).digest
    drafter = tiny_models.loaded("qwen2_vl", base.folder, Precision.FP32, adapter)
    film = np.linspace(0, 1, 60 * 80, dtype=np.float32).reshape(60, 80)
    prompt = Prompt((Turn(Speaker.READER, "Describe the chest radiograph."),))
    sampling = Sampling(max_new_tokens=4)
    assert drafter.write(film, prompt, sampling, lambda _text: None, lambda: False).text


def same(one: tuple[Step, ...], other: tuple[Step, ...]) -> bool:
    return [step.step for step in one] == [step.step for step in other] and all(
        a.loss == pytest.approx(b.loss, abs=1e-6)
        and a.learning_rate == pytest.approx(b.learning_rate)
        for a, b in zip(one, other, strict=True)
    )


def cut_off_at(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    add = RunWriter.add

    def cut(writer: RunWriter, each: Step) -> None:
        add(writer, each)
        if each.step == step:
            raise CutOffError

    monkeypatch.setattr(RunWriter, "add", cut)


def test_what_was_cut_off_goes_on_along_the_same_curve(
    tmp_path: Path,
    base: Any,
    corpus: Any,
    whole: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch, pytest.raises(CutOffError):
        cut_off_at(5, patch)
        run(tmp_path / "cut", base, corpus)
    before = read_run(tmp_path / "cut")
    assert before.state is RunState.INTERRUPTED and before.step == 5
    # The machine went down while the last checkpoint was written: the one before it counts.
    (tmp_path / "cut" / CHECKPOINTS / "checkpoint-4" / "optimizer.pt").write_bytes(b"")
    refuses_what_would_run(tmp_path, base, corpus)
    assert run(tmp_path / "cut", base, corpus, resume=True) is RunState.DONE
    after = read_run(tmp_path / "cut")
    assert same(after.history, whole.history)
    assert after.weights_sha256 == whole.weights_sha256
    (resumed,) = json.loads((after.folder / "run.json").read_text())["resumed"]
    assert resumed["step"] == 2 and resumed["environment"] == dict(after.environment)


class Payload:
    """What a pickle could do: here it only leaves a mark."""

    def __init__(self, mark: Path) -> None:
        self._mark = mark

    def __reduce__(self) -> Any:
        return Path.touch, (self._mark,)


def refuses_what_would_run(place: Path, base: Any, corpus: Any) -> None:
    """A state of the optimizer that somebody put there is read without running anything."""
    folder, mark = place / "tampered", place / "mark"
    shutil.copytree(place / "cut", folder)
    checkpoint = folder / CHECKPOINTS / "checkpoint-2"
    (checkpoint / "optimizer.pt").write_bytes(pickle.dumps(Payload(mark)))
    seal(checkpoint)
    with pytest.raises(RunError):
        run(folder, base, corpus, resume=True)
    assert not mark.exists() and read_run(folder).state is RunState.FAILED


def test_a_run_that_is_cancelled_stops_after_its_step_and_goes_on(
    tmp_path: Path, base: Any, corpus: Any, whole: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = RunWriter.add

    def cancel(writer: RunWriter, each: Step) -> None:
        add(writer, each)
        if each.step == 2:
            ask_to_cancel(writer.folder)

    with monkeypatch.context() as patch:
        patch.setattr(RunWriter, "add", cancel)
        assert run(tmp_path / "run", base, corpus) is RunState.CANCELLED
    assert read_run(tmp_path / "run").step == 3
    assert run(tmp_path / "run", base, corpus, resume=True) is RunState.DONE
    assert same(read_run(tmp_path / "run").history, whole.history)


def test_another_corpus_recipe_or_a_run_that_is_done_is_refused(
    tmp_path: Path, base: Any, corpus: Any, whole: Any
) -> None:
    with pytest.raises(RunError, match="done already"):
        run(whole.folder, base, corpus, resume=True)
    with pytest.raises(RunError, match="holds a run already"):
        run(whole.folder, base, corpus)
    folder = tmp_path / "run"
    with RunWriter(folder) as writer:
        asked = json.loads((whole.folder / "run.json").read_text())
        writer.begin(asked, 6)
    with pytest.raises(RunError, match="corpus has changed"):
        run(folder, base, small_corpus(tmp_path / "other", 9), resume=True)
    with pytest.raises(RunError, match="recipe has changed"):
        run(folder, base, corpus, replace(SMALL, seed=1), resume=True)
    elsewhere = asked | {"environment": asked["environment"] | {"devices": "2"}}
    (folder / "run.json").write_text(json.dumps(elsewhere))
    with pytest.raises(RunError, match="began on 2 devices, and here it would go on on 1"):
        run(folder, base, corpus, resume=True)
    elsewhere = asked | {"environment": asked["environment"] | {"compute": "bf16"}}
    (folder / "run.json").write_text(json.dumps(elsewhere))
    with pytest.raises(RunError, match="began in bf16 arithmetic"):
        run(folder, base, corpus, resume=True)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RuntimeError("CUDA out of memory. Tried to allocate"), "memory ran out"),
        (OSError(28, "No space left on device"), "disk is full"),
        (ValueError("anything"), "ValueError"),
        (IndexError("anything"), "IndexError"),
        (AssertionError("anything"), "AssertionError"),
        (ImportError("anything"), "ImportError"),
    ],
)
def test_errors_of_the_libraries_end_in_a_sentence(
    error: Exception,
    said: str,
    tmp_path: Path,
    base: Any,
    corpus: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from core.training.finetuning.backends import peft

    def fail(*_: Any) -> Any:
        raise error

    monkeypatch.setattr(peft, "load_base", fail)
    with pytest.raises(RunError, match=said):
        run(tmp_path / "run", base, corpus)
    failed = read_run(tmp_path / "run")
    assert failed.state is RunState.FAILED and failed.error is not None
    assert said in failed.error["message"] and "anything" not in failed.error["message"]


def test_a_run_whose_adapter_changes_nothing_fails(tmp_path: Path, base: Any, corpus: Any) -> None:
    # The first step of a warm-up has a learning rate of zero.
    with pytest.raises(RunError, match="changes nothing"):
        run(tmp_path / "run", base, corpus, replace(SMALL, steps=1))
    failed = read_run(tmp_path / "run")
    assert failed.state is RunState.FAILED and failed.error is not None
    assert not failed.checks["changes_output"]["passed"]
    assert len(failed.history) == 1
