"""Runs as a service: a process of its own, found again, cancelled, resumed, one at a time."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from core.domain.errors import OverreadError
from core.domain.model_errors import CheckpointRefusedError
from core.domain.reader import Reader
from core.domain.training_errors import CorpusError, RecipeError, RunError
from dashboard.services import training_runs_start as starting
from dashboard.services.training_runs import (
    Stage,
    TrainingRun,
    cancel_run,
    read_request,
    training_run,
    training_runs,
)
from dashboard.services.training_runs_export import histories_csv
from dashboard.services.training_runs_start import dismiss_run, resume_run, start_run
from dashboard.services.training_runs_wish import Wish, refused_before_start
from dashboard.workspace import Workspace
from tests.checkpoints import change_json, write_checkpoint
from tests.run_folders import held, write_run
from tests.small_corpus import small_corpus

# Trains nothing: writes a run as the real command does, one step in 50 ms, until it is cancelled.
STAND_IN = """
import json, os, sys, time
from pathlib import Path
sys.path.insert(0, {root!r})
from core.training.finetuning.run_writer import RunWriter
from core.training.finetuning.runs import RunState, Step, read_run

given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
folder = Path(given["--out"])
(folder / "seen.json").write_text(json.dumps([sys.argv[1:], dict(os.environ), os.getsid(0)]))
if {ends_at_once!r}:
    sys.exit(1)
with RunWriter(folder) as writer:
    if "--resume" in sys.argv:
        first = read_run(folder).step
        writer.resume(first, 400)
    else:
        first = 0
        writer.begin({{
            "model": {{"name": given["--model"]}}, "corpus": {{"name": "small"}},
            "recipe": {{"name": given["--recipe"], "method": "lora"}}, "backend": "peft",
            "parameters": None, "environment": {{}}, "command": "lora",
        }}, 400)
    for step in range(first + 1, 401):
        writer.add(Step(step, 1 / step, 1e-4, 0.05, 100.0))
        if writer.cancel_asked():
            writer.end(RunState.CANCELLED)
            break
        time.sleep(0.05)
"""
WISH = Wish("qwen2-vl-2b", "small", "small", 400)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_corpus(tmp_path_factory.mktemp("corpora") / "small").folder


@pytest.fixture
def at_hand(place: Workspace, corpus: Path) -> Workspace:
    """A home with a model that could be trained, and a corpus."""
    write_checkpoint(place.settings.models / "qwen2-vl-2b")
    shutil.copytree(corpus, place.settings.corpora / "small")
    return place


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    def use(ends_at_once: bool = False) -> None:
        script = tmp_path / "stand_in.py"
        root = str(starting.ROOT)
        script.write_text(STAND_IN.format(root=root, ends_at_once=ends_at_once), encoding="utf-8")
        monkeypatch.setattr(starting, "COMMAND", (sys.executable, str(script)))

    use()
    yield use
    for child in starting._children:
        child.kill()
        child.wait()
    starting._children.clear()


def until(place: Workspace, name: str, fits: Callable[[TrainingRun], bool]) -> TrainingRun:
    end = time.monotonic() + 30
    while not fits(found := training_run(place, name)):
        assert time.monotonic() < end, found
        time.sleep(0.05)
    return found


def test_a_run_outlives_what_started_it_and_is_cancelled_and_resumed(
    at_hand: Workspace, stand_in: Callable[..., None], reader: Reader
) -> None:
    name = start_run(at_hand, WISH, reader=reader)
    first = training_run(at_hand, name)
    assert first.active and first.request is not None and first.request.reader == "Dr. Test"
    working = until(at_hand, name, lambda run: run.stage is Stage.RUNNING and run.run.step > 2)
    with pytest.raises(RunError, match="another run is under way"):
        start_run(at_hand, WISH, reader=reader)
    assert [row.name for row in training_runs(at_hand).active] == [name]
    process = psutil.Process(working.request.process if working.request else 0)
    assert process.nice() == 10 and os.getsid(process.pid) == process.pid != os.getsid(0)

    cancel_run(at_hand, name, reader=reader)
    ended = until(at_hand, name, lambda run: run.stage is Stage.CANCELLED)
    assert ended.run is not None and ended.run.step < 400
    with pytest.raises(RunError, match="not running"):
        cancel_run(at_hand, name, reader=reader)

    resume_run(at_hand, name, reader=reader)
    again = until(at_hand, name, lambda run: run.stage is Stage.RUNNING)
    assert again.run is not None and again.run.step >= ended.run.step
    # A power cut: nobody holds the lock any more.
    starting._children[-1].kill()
    starting._children[-1].wait()
    assert training_run(at_hand, name).stage is Stage.INTERRUPTED


def test_a_run_gets_its_arguments_and_no_secret(
    at_hand: Workspace,
    stand_in: Callable[..., None],
    reader: Reader,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import json

    for secret in ("HF_TOKEN", "OVERREAD_REMOTE_MODEL_KEY", "OVERREAD_DATABASE_URL"):
        monkeypatch.setenv(secret, "hidden-word")
    name = start_run(at_hand, WISH, reader=reader)
    folder = at_hand.settings.runs / name
    until(at_hand, name, lambda run: run.run is not None)
    arguments, environment, _session = json.loads((folder / "seen.json").read_text())
    corpus = str(at_hand.settings.corpora / "small")
    assert arguments == [
        "--model", "qwen2-vl-2b", "--corpus", corpus, "--recipe", "small", "--steps", "400",
        "--out", str(folder),
    ]  # fmt: skip
    assert "hidden-word" not in str(environment)
    assert environment["OVERREAD_HOME"] == str(at_hand.settings.home)
    assert int(environment["OMP_NUM_THREADS"]) >= 1
    request = read_request(folder)
    assert request is not None and "hidden-word" not in str(request)


def test_a_process_that_ends_at_once_is_told_and_its_folder_dismissed(
    at_hand: Workspace, stand_in: Callable[..., None], reader: Reader
) -> None:
    stand_in(ends_at_once=True)
    name = start_run(at_hand, WISH, reader=reader)
    until(at_hand, name, lambda run: run.stage is Stage.NOT_BEGUN)
    dismiss_run(at_hand, name, reader=reader)
    assert not (at_hand.settings.runs / name).exists()
    assert training_runs(at_hand).rows == ()


def test_a_resume_that_ends_at_once_is_told(
    at_hand: Workspace, stand_in: Callable[..., None], reader: Reader
) -> None:
    write_run(at_hand.settings.runs / "first", "cancelled", step=2, steps=9)
    stand_in(ends_at_once=True)
    resume_run(at_hand, "first", reader=reader)
    assert until(at_hand, "first", lambda run: not run.active).stopped_at_once


def test_a_run_of_a_shell_keeps_others_out_too(
    at_hand: Workspace, stand_in: Callable[..., None], reader: Reader
) -> None:
    folder = write_run(at_hand.settings.runs / "shell", "running", step=1, steps=9)
    with held(folder), pytest.raises(RunError, match="another run is under way"):
        start_run(at_hand, WISH, reader=reader)
    assert training_run(at_hand, "shell").stage is Stage.INTERRUPTED


def test_a_command_that_is_not_there_is_one_sentence(
    at_hand: Workspace, monkeypatch: pytest.MonkeyPatch, reader: Reader
) -> None:
    monkeypatch.setattr(starting, "COMMAND", ("/nowhere/python",))
    with pytest.raises(RunError, match="cannot be started"):
        start_run(at_hand, WISH, reader=reader)


REFUSED: tuple[tuple[Wish, type[OverreadError], str], ...] = (
    (replace(WISH, steps=3), RecipeError, "warm-up"),
    (replace(WISH, corpus="absent"), CorpusError, "none of this name"),
    (replace(WISH, corpus="../corpora/small"), CorpusError, "none of this name"),
    (replace(WISH, model="absent"), RunError, "whole path"),
    (replace(WISH, model="/absent"), CheckpointRefusedError, "not there"),
    (replace(WISH, recipe="absent"), RecipeError, "no recipe"),
)


def test_what_cannot_run_is_refused_before_it_starts(at_hand: Workspace) -> None:
    for wish, error, words in REFUSED:
        with pytest.raises(error, match=words):
            refused_before_start(at_hand, wish)
    refused_before_start(at_hand, WISH)


def test_files_of_4_bits_and_too_small_a_corpus_are_refused(at_hand: Workspace) -> None:
    quantized = {"load_in_4bit": True, "quant_method": "bitsandbytes"}
    config = at_hand.settings.models / "qwen2-vl-2b" / "config.json"
    change_json(config, quantization_config=quantized)
    with pytest.raises(RecipeError, match="4-bit already"):
        refused_before_start(at_hand, WISH)
    small_corpus(at_hand.settings.corpora / "one", samples=1)
    with pytest.raises(RunError, match="larger than the corpus"):
        refused_before_start(at_hand, replace(WISH, corpus="one", recipe="original"))


def test_a_history_is_a_table_that_no_spreadsheet_runs(place: Workspace) -> None:
    write_run(place.settings.runs / "=1+1", step=2, steps=2)
    found = training_run(place, "=1+1").run
    assert found is not None
    lines = histories_csv([found]).decode().split("\r\n")
    assert lines[0].startswith("run,model,corpus,step,loss,")
    assert lines[1].startswith("'=1+1,qwen2-vl-2b,roco,1,") and len(lines) == 4
