"""``python -m core.evaluation drafts`` from end to end, with tiny models and a made corpus."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from core.evaluation.__main__ import main
from core.evaluation.drafts import writing
from core.evaluation.drafts.baselines import NEAREST, NORMAL
from core.evaluation.drafts.measured import TEXTS, Role, evaluations, read_measured
from core.evaluation.drafts.report import REPORT
from core.evaluation.drafts.texts import read_texts
from core.training.finetuning.runs import ADAPTER
from tests import tiny_models
from tests.run_folders import write_run
from tests.unit.evaluation.drafts.made_split import CAPTIONS, corpus

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture(autouse=True)
def _nothing_to_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tiny models leave little behind, and to look for it through the whole heap takes seconds."""
    monkeypatch.setattr(writing, "free_memory", lambda: None)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return corpus(tmp_path_factory.mktemp("corpora") / "made").folder


def test_models_are_measured_beside_both_baselines(
    made: Path, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    assert main(["drafts", "--models", "fake-writer, fake", "--corpus", str(made)]) == 0
    (found,), damaged = evaluations(home / "evaluations")
    assert damaged == ()
    assert [system.name for system in found.systems] == ["fake-writer", "fake", NEAREST, NORMAL]
    assert [system.role for system in found.systems].count(Role.BASELINE) == 2
    assert (found.folder / REPORT).is_file()
    assert found.corpus["samples"] == len(CAPTIONS)
    assert str(made.parent) not in found.command
    assert "macro F1" in caplog.text
    assert not any(caption in caplog.text for caption in CAPTIONS)
    assert main(["drafts", "--again", str(found.folder)]) == 0
    assert "all figures agree" in caplog.text


def test_checkpoints_runs_and_adapters_write(
    made: Path, tiny_checkpoint: Callable[[str], Path], tmp_path: Path
) -> None:
    base = tiny_checkpoint("qwen2_vl")
    run = write_run(tmp_path / "taught", weights_sha256="c" * 64)
    tiny_models.save_adapter(base, run / ADAPTER)
    captioner, out = tiny_checkpoint("vit_gpt2"), tmp_path / "evaluation"
    arguments = ["drafts", "--corpus", str(made), "--limit", "2", "--tokens", "6"]
    arguments += ["--precision", "fp32", "--out", str(out)]
    assert main([*arguments, "--models", f"{base},{run},{captioner}"]) == 0
    texts = read_texts(out)
    assert texts is not None
    names = [name for name, each in texts.writers.items() if each.role is Role.MODEL]
    assert len(names) == 3
    assert texts.writers["taught"].digest == "c" * 64
    assert "peft" in texts.writers["taught"].versions
    assert texts.writers["taught"].versions["precision"] == "fp32"
    plain, adapted = (
        [each.text for each in texts.written[name].values()] for name in (names[0], "taught")
    )
    assert all(plain) and plain != adapted
    tokens = [each.tokens for each in texts.written[names[0]].values()]
    assert all(count is not None and 0 < count <= 6 for count in tokens)


def test_an_evaluation_does_not_go_on_under_other_settings(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["drafts", "--models", "fake-writer", "--corpus", str(made), "--limit", "2"]
    arguments += ["--out", str(tmp_path / "evaluation")]
    assert main([*arguments, "--tokens", "8"]) == 0
    assert main([*arguments, "--tokens", "8"]) == 0
    assert main([*arguments, "--tokens", "9"]) == 1
    assert "other settings (precision by memory, tokens 8" in capsys.readouterr().err


@pytest.mark.slow
def test_a_killed_evaluation_goes_on_to_the_same_figures(made: Path, tmp_path: Path) -> None:
    whole, cut = tmp_path / "a" / "whole", tmp_path / "b" / "cut"
    arguments = ["drafts", "--models", "fake", "--corpus", str(made), "--limit", "4", "--out"]
    assert main([*arguments, str(whole)]) == 0
    command = [sys.executable, "-m", "core.evaluation", *arguments, str(cut)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        while not _texts(cut):
            assert process.poll() is None, "it ended before it wrote"
            time.sleep(0.02)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    before = _texts(cut)
    assert main([*arguments, str(cut)]) == 0
    lines = _texts(cut)
    assert lines[: len(before)] == before
    keys = [(line["system"], line["sample"]) for line in lines]
    assert len(keys) == len(set(keys)) == 4 * 3
    assert [_of_words(each) for each in read_measured(whole).systems] == [
        _of_words(each) for each in read_measured(cut).systems
    ]


def _texts(folder: Path) -> list[dict[str, str]]:
    path = folder / TEXTS
    if not path.is_file():
        return []
    whole = path.read_bytes().rpartition(b"\n")[0].splitlines()
    return [row for row in map(json.loads, whole) if row["row"] == "text"]


def _of_words(system: object) -> dict[str, object]:
    figures: dict[str, object] = system.figures  # type: ignore[attr-defined]
    timed = ("seconds", "memory", "tokens")
    return {name: each for name, each in figures.items() if not any(t in name for t in timed)}


@pytest.mark.parametrize(
    ("models", "said"),
    [
        ("nobody", "there is no model, run or folder nobody"),
        ("qwen2-vl-2b", "qwen2-vl-2b"),
        ("unfinished", "has not ended well"),
        ("empty", "config.json is missing"),
        ("orphan", "nobody/none, which orphan sits on, is not here"),
    ],
)
def test_what_cannot_be_evaluated_is_said_in_one_sentence(
    made: Path,
    home: Path,
    models: str,
    said: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    write_run(home / "runs" / "unfinished", state="failed")
    (tmp_path / "empty").mkdir()
    (tmp_path / "orphan").mkdir()
    adapter = {"peft_type": "LORA", "base_model_name_or_path": "nobody/none"}
    (tmp_path / "orphan" / "adapter_config.json").write_text(json.dumps(adapter), encoding="utf-8")
    if (tmp_path / models).is_dir():
        models = str(tmp_path / models)
    assert main(["drafts", "--models", models, "--corpus", str(made)]) == 1
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 2
    assert said in lines[0] and lines[0].startswith("The evaluation cannot go on: ")


def test_a_folder_that_is_no_corpus_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["drafts", "--models", "fake", "--corpus", str(tmp_path)]) == 1
    assert "holds no corpus" in capsys.readouterr().err
    assert main(["drafts", "--models", "fake"]) == 1
