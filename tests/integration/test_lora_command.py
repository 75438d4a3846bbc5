"""``python -m core.training lora``: what it offers, what it refuses, and what it writes down."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from core.settings import load_settings
from core.training.__main__ import main
from core.training.commands.lora import command
from core.training.finetuning.recipe import FineTuning
from core.training.finetuning.run_writer import RunWriter


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OVERREAD_HOME", str(tmp_path / "home"))
    # The command tells the process that it has no hub; other tests have one of their own.
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    load_settings.cache_clear()


def refused(capsys: pytest.CaptureFixture[str], *typed: str) -> str:
    assert main(["lora", *typed]) == 1
    said = capsys.readouterr().err
    assert "Traceback" not in said
    return said


def test_help_says_every_field_and_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["lora", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    for each in fields(FineTuning):
        if each.name not in ("name", "method"):
            assert f"--{each.name.replace('_', '-')}" in said
    assert "Rank of the two matrices" in said


def test_what_cannot_start_is_said_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = str(tmp_path / "nowhere")
    assert "needs --model and --corpus" in refused(capsys)
    assert "warm-up" in refused(capsys, "--model", "a", "--corpus", corpus, "--steps", "2")
    assert "no recipe" in refused(capsys, "--recipe", "none", "--model", "a", "--corpus", corpus)
    assert "no model and no folder" in refused(capsys, "--model", "nobody", "--corpus", corpus)
    assert "openai-compatible" in refused(
        capsys, "--model", "openai-compatible", "--corpus", corpus
    )


def test_words_are_not_shortened_and_several_devices_share_a_folder(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for typed in (["lora", "--mod", "/srv/a"], ["writer", "--corp", "/srv/a"]):
        with pytest.raises(SystemExit):
            main(typed)
        assert capsys.readouterr().err
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert "needs --out" in refused(capsys, "--model", "a", "--corpus", "b")


def test_a_run_is_resumed_by_its_folder_and_keeps_its_recipe(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "needs --out" in refused(capsys, "--resume")
    folder = str(tmp_path / "run")
    assert "holds no run" in refused(capsys, "--resume", "--out", folder)
    with RunWriter(Path(folder)) as writer:
        asked = {"model": {"name": "tiny"}, "corpus": {}, "recipe": {}, "backend": "peft"}
        writer.begin({**asked, "environment": {}, "command": ""}, 3)
    assert "keeps its recipe" in refused(capsys, "--resume", "--out", folder, "--seed", "1")
    assert "new run needs" in refused(capsys, "--resume", "--out", folder)


def test_what_was_typed_is_kept_without_the_paths_of_the_machine() -> None:
    typed = ["lora", "--model", "/srv/models/qwen", "--out=/home/me/runs/a", "--steps", "5"]
    said = command(typed)
    assert said == "python -m core.training lora --model qwen --out=a --steps 5"
