"""The command itself, killed midway, goes on along the same curve."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from core.training.finetuning.runs import RunState, read_history, read_run
from tests.small_corpus import small_corpus

PATIENCE_S = 600
pytestmark = [pytest.mark.slow, pytest.mark.timeout(3 * PATIENCE_S)]


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "core.training", "lora", *map(str, arguments)]


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "OVERREAD_HOME": str(home), "OMP_NUM_THREADS": "1"}


def test_a_process_that_was_killed_is_gone_on_with(
    tmp_path: Path, tiny_checkpoint: Callable[[str], Path]
) -> None:
    corpus, base = small_corpus(tmp_path / "corpus").folder, tiny_checkpoint("qwen2_vl")
    asked = ["--model", str(base), "--corpus", str(corpus), "--steps", "8", "--save-steps", "2"]
    asked += ["--warmup-steps", "1", "--learning-rate", "0.01"]
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    env = environment(tmp_path)
    subprocess.run(command(*asked, "--out", whole), env=env, timeout=PATIENCE_S, check=True)
    with subprocess.Popen(command(*asked, "--out", cut), env=env) as process:
        until = time.monotonic() + PATIENCE_S
        while len(read_history(cut)) < 5 and time.monotonic() < until:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    assert read_run(cut).state is RunState.INTERRUPTED
    subprocess.run(command("--resume", "--out", cut), env=env, timeout=PATIENCE_S, check=True)
    one, other = read_run(whole), read_run(cut)
    assert other.state is RunState.DONE
    assert [step.step for step in other.history] == list(range(1, 9))
    for a, b in zip(one.history, other.history, strict=True):
        assert b.loss == pytest.approx(a.loss, abs=1e-6)
        assert b.learning_rate == pytest.approx(a.learning_rate)
