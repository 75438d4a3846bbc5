"""The command that makes and trains a writer, on a made corpus of a few films."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.models.torchvision_guard import ensure_torchvision
from core.training.__main__ import main
from core.training.corpus.folder import TRAIN, VALIDATION
from core.training.corpus.sample import Kind, Sample
from core.training.corpus.writing import Origin, write_corpus
from core.training.finetuning.run_writer import RunWriter
from core.training.finetuning.runs import RunState, read_run

CAPTIONS = ("There is a left mass.", "No pneumothorax.", "There is a right nodule.")
SMALL = ("--size", "32", "--blank", "--batch", "2", "--steps", "3")


@pytest.fixture(scope="module", autouse=True)
def small_models() -> Iterator[None]:
    """A whole writer is saved in seconds, and this file saves a dozen."""
    ensure_torchvision()
    from core.training.finetuning import writer

    small = partial(
        writer.WriterShape, widths=(8, 8, 8), blocks=(1, 1, 1), hidden=32, decoder_layers=1
    )
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(writer, "WriterShape", small)
        yield


def sample(place: int) -> Sample:
    rng = np.random.default_rng(place)
    film = cv2.imencode(".png", rng.integers(0, 255, (40, 36), np.uint8))[1].tobytes()
    caption = CAPTIONS[place % len(CAPTIONS)]
    return Sample(
        source="films",
        identifier=f"film {place}",
        group=f"patient {place}",
        image=film,
        width=36,
        height=40,
        caption=caption,
        original=caption,
        kind=Kind.DESCRIBE,
        messages=[
            {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "Describe."}]},
            {"role": "assistant", "content": [{"type": "text", "text": caption}]},
        ],
        findings=(),
    )


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpora") / "films"
    origin = Origin(name="films", source="films", seed=1, command="", records=8)
    splits = {TRAIN: map(sample, range(6)), VALIDATION: map(sample, range(6, 8))}
    return write_corpus(folder, origin, splits).folder


def writer(corpus: Path, out: Path, *more: str) -> int:
    return main(["writer", "--corpus", str(corpus), "--out", str(out), *SMALL, *more])


@pytest.fixture(scope="module")
def trained(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "first"
    assert writer(corpus, out) == 0
    return out


def test_a_run_tells_what_it_came_from_and_how_it_went(trained: Path) -> None:
    run = read_run(trained)
    assert (run.state, run.step, run.backend) == (RunState.DONE, 3, "transformers")
    assert run.model["name"] == "new writer" and run.model["digest"]
    assert run.corpus["samples"] == 6
    assert run.recipe["method"] == "full" and run.recipe["batch"] == 2
    assert [step.step for step in run.history] == [1, 2, 3]
    assert run.parameters is not None and run.parameters.share == 1.0
    assert {name for name, entry in run.checks.items() if entry["passed"]} == {
        "changes_output",
        "reload_exact",
    }
    assert len(run.weights_sha256) == 64
    assert str(trained.parent) not in (trained / "run.json").read_text()


def test_a_start_that_was_never_begun_with_is_made_anew(
    trained: Path, corpus: Path, tmp_path: Path
) -> None:
    left = tmp_path / "run" / "start"
    left.mkdir(parents=True)
    (left / "config.json").write_text("{}")
    assert writer(corpus, tmp_path / "run") == 0
    assert read_run(tmp_path / "run").model["digest"] == read_run(trained).model["digest"]


def test_a_start_is_made_by_who_holds_the_folder(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with RunWriter(tmp_path / "run"):
        assert writer(corpus, tmp_path / "run") == 1
    assert "another process trains" in capsys.readouterr().err
    assert not (tmp_path / "run" / "start").exists()


def test_another_run_goes_on_from_its_model(trained: Path, corpus: Path, tmp_path: Path) -> None:
    assert writer(corpus, tmp_path / "second", "--start", str(trained)) == 0
    run = read_run(tmp_path / "second")
    assert run.model["name"] == "first"
    assert not (tmp_path / "second" / "start").exists()
    sides = [
        json.loads((folder / "model" / "config.json").read_text())["encoder"]["image_size"]
        for folder in (trained, tmp_path / "second")
    ]
    assert sides == [32, 32]


def test_a_run_that_was_stopped_goes_on_along_the_same_curve(
    trained: Path, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(RunWriter, "cancel_asked", lambda _writer: True)
        assert writer(corpus, tmp_path / "run") == 0
    assert (read_run(tmp_path / "run").state, read_run(tmp_path / "run").step) == (
        RunState.CANCELLED,
        1,
    )
    assert writer(corpus, tmp_path / "run", "--resume") == 0
    run, whole = read_run(tmp_path / "run"), read_run(trained)
    assert [step.loss for step in run.history] == pytest.approx(
        [step.loss for step in whole.history], rel=1e-5
    )
    assert run.model["digest"] == whole.model["digest"]


def test_a_folder_that_holds_a_run_is_not_overwritten(
    trained: Path, corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (trained / "run.json").read_bytes()
    assert writer(corpus, trained) == 1
    assert "holds a run already" in capsys.readouterr().err
    assert (trained / "run.json").read_bytes() == before


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (("--size", "40"), "multiple of 16"),
        (("--steps", "0"), "steps"),
        (("--start", "nowhere"), "no folder"),
    ],
)
def test_what_cannot_be_trained_is_told_in_a_sentence(
    corpus: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    more: tuple[str, ...],
    sentence: str,
) -> None:
    assert writer(corpus, tmp_path / "run", *more) == 1
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_no_corpus_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert writer(tmp_path / "nothing", tmp_path / "run") == 1
    assert "corpus cannot be used" in capsys.readouterr().err
