"""A run's folder as it is written and read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.domain.training_errors import RunError
from core.training.finetuning import run_writer, runs
from core.training.finetuning.run_writer import RunWriter
from core.training.finetuning.runs import RunState, Step, ask_to_cancel, read_run

ASKED: dict[str, Any] = {
    "model": {"name": "tiny", "digest": "0" * 64, "architecture": "Qwen2VL"},
    "corpus": {"name": "made", "digest": "1" * 64, "samples": 8},
    "recipe": {"name": "original", "steps": 3},
    "backend": "peft",
    "parameters": None,
    "environment": {"torch": "2.13.0"},
    "command": "python -m core.training lora",
}
HOLD = """
import sys
from pathlib import Path
from core.training.finetuning.run_writer import RunWriter
with RunWriter(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


def step(number: int, loss: float = 1.0) -> Step:
    return Step(number, loss, 2e-4, 0.5, 100.0, 10**6, 0.3)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "a-run"


def written(folder: Path, state: RunState = RunState.DONE, steps: int = 3) -> None:
    with RunWriter(folder) as writer:
        writer.begin(ASKED, steps)
        writer.counted(5, 100)
        for number in range(1, steps + 1):
            writer.add(step(number, 4.0 / number))
        writer.end(state, "2" * 64)


def test_a_run_is_read_as_it_was_written(folder: Path) -> None:
    written(folder)
    run = read_run(folder)
    assert (run.name, run.state, run.step, run.steps) == ("a-run", RunState.DONE, 3, 3)
    assert run.parameters is not None and run.parameters.share == 0.05
    assert run.history[1] == step(2, 2.0)
    assert run.weights_sha256 == "2" * 64 and run.error is None
    assert run.started <= run.updated


def test_a_run_that_nobody_holds_was_interrupted(folder: Path) -> None:
    with RunWriter(folder) as writer:
        writer.begin(ASKED, 3)
        assert read_run(folder).state is RunState.RUNNING
        assert not writer.cancel_asked()
        ask_to_cancel(folder)
        assert writer.cancel_asked()
    assert read_run(folder).state is RunState.INTERRUPTED


def test_the_lock_of_another_process_holds_until_it_ends(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_writer, "PATIENCE_S", 0.1)
    command = [sys.executable, "-c", HOLD, str(folder)]
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as other:
        assert other.stdout is not None and other.stdout.readline() == "held\n"
        assert runs.is_held(folder)
        with pytest.raises(RunError, match="another process"), RunWriter(folder):
            pass
        other.kill()
    assert not runs.is_held(folder)


def test_a_line_cut_short_is_left_out(folder: Path) -> None:
    written(folder)
    with (folder / runs.HISTORY).open("a", encoding="utf-8") as file:
        file.write('{"step": 4, "loss": 0.')
    assert [each.step for each in read_run(folder).history] == [1, 2, 3]


def test_what_came_after_the_checkpoint_is_taken_back(folder: Path) -> None:
    written(folder, RunState.CANCELLED)
    ask_to_cancel(folder)
    with RunWriter(folder) as writer:
        writer.resume(1, 3)
        assert not writer.cancel_asked()
        writer.add(step(2, 9.0))
    assert [(each.step, each.loss) for each in read_run(folder).history] == [(1, 4.0), (2, 9.0)]


def test_an_error_stands_with_its_sentence_and_remedy(folder: Path) -> None:
    with RunWriter(folder) as writer:
        writer.begin(ASKED, 3)
        writer.end(RunState.FAILED, error=RunError(reason="memory ran out"))
    error = read_run(folder).error
    assert error is not None and error["code"] == "run_failed"
    assert "memory ran out" in error["message"] and error["remedy"]
    assert error["templates"] == [RunError.sentence, RunError.remedy]
    assert error["facts"] == {"reason": "memory ran out"}


def test_a_history_is_parsed_once_until_it_changes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(folder)
    first = read_run(folder).history
    assert read_run(folder).history is first
    with monkeypatch.context() as patched:
        patched.setattr(runs, "_step", None)
        assert read_run(folder, history=False).history == ()
    with (folder / runs.HISTORY).open("a", encoding="utf-8") as file:
        file.write(run_writer._line(step(4)))
    assert [each.step for each in read_run(folder).history] == [1, 2, 3, 4]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"model": 1}', "[" * 100_000])
def test_damaged_runs_are_refused_in_a_sentence(folder: Path, text: str) -> None:
    written(folder)
    (folder / runs.RUN).write_text(text)
    with pytest.raises(RunError):
        read_run(folder)


def test_files_that_are_too_large_are_not_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(folder)
    monkeypatch.setattr(runs, "MOST_HISTORY", 10)
    with pytest.raises(RunError, match="too large"):
        read_run(folder)


def test_runs_come_newest_first_and_failing_folders_by_name(tmp_path: Path) -> None:
    for name, started in (("a", "2026-01-01"), ("b", "2026-01-02")):
        written(tmp_path / name)
        asked = json.loads((tmp_path / name / runs.RUN).read_text())
        (tmp_path / name / runs.RUN).write_text(json.dumps(asked | {"started": started}))
    (tmp_path / "c").mkdir()
    found, failed = runs.runs(tmp_path)
    assert [run.name for run in found] == ["b", "a"] and failed == ("c",)
    assert runs.runs(tmp_path / "nowhere") == ((), ())
