"""The command that imports a corpus: every layout, a process that is killed, what it says."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from core.training.__main__ import main
from core.training.corpus.folder import Corpus, open_corpus, verify
from core.training.corpus.staging import staging_of
from tests import made_corpora
from tests.made_corpora import Made, broken_rocov2, rocov2

# Small shards, and pictures that take their time, so that there is something to kill.
SLOW_IMPORT = """
import sys, time
from core.training.corpus import judging, staging
staging.SHARD_ROWS = 4
look_at = judging.look_at
def slowly(encoded):
    time.sleep(0.05)
    return look_at(encoded)
judging.look_at = slowly
from core.training.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


def imported(kind: str, made: Made, out: Path, *more: str) -> Corpus:
    assert main(["corpus", "import", kind, str(made.folder), "--out", str(out), *more]) == 0
    return open_corpus(out)


@pytest.mark.parametrize(
    ("kind", "build"),
    [
        ("rocov2", made_corpora.rocov2),
        ("roco", made_corpora.roco),
        ("openi", made_corpora.openi_xml),
        ("openi", made_corpora.openi_csv),
        ("huggingface", made_corpora.parquet),
        ("huggingface", made_corpora.saved_dataset),
    ],
)
def test_every_layout_becomes_a_corpus(
    tmp_path: Path, kind: str, build: Callable[[Path], Made]
) -> None:
    made = build(tmp_path / "source")
    corpus = imported(kind, made, tmp_path / "corpus")
    names = {each for split in corpus.identifiers().values() for each in split}
    assert names == set(made.kept)
    assert sum(corpus.manifest.drops.values()) == len(made.dropped)
    verify(corpus)
    for split in ("train", "validation"):
        assert all(
            row["image"].size == (row["width"], row["height"]) for row in corpus.split(split)
        )


def test_a_killed_process_is_gone_on_with_and_the_corpus_is_the_same(tmp_path: Path) -> None:
    made = broken_rocov2(tmp_path / "rocov2", 24)
    whole = imported("rocov2", made, tmp_path / "whole")
    out = tmp_path / "killed"
    arguments = ["corpus", "import", "rocov2", str(made.folder), "--out", str(out)]
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW_IMPORT, *arguments],
        cwd=Path(__file__).parents[2],
        stderr=subprocess.PIPE,
    )
    try:
        wait_for(staging_of(out) / "00001.arrow", process)
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert not out.exists()
    resumed = imported("rocov2", made, out)
    assert resumed.manifest.files == whole.manifest.files
    assert resumed.manifest.digest == whole.manifest.digest
    assert not staging_of(out).exists()


def wait_for(path: Path, process: subprocess.Popen[bytes], seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while not path.exists():
        assert process.poll() is None, process.communicate()[1].decode()
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.usefixtures("home")
def test_a_corpus_lies_in_the_home_folder_under_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = rocov2(tmp_path / "rocov2", 4)
    assert main(["corpus", "import", "rocov2", str(made.folder), "--name", "chests"]) == 0
    assert (Path(os.environ["OVERREAD_HOME"]) / "corpora" / "chests" / "corpus.json").is_file()
    capsys.readouterr()
    assert main(["corpus", "show", "chests"]) == 0
    said = capsys.readouterr().out
    assert "records of the source: 8" in said
    assert "licence CC BY: 8" in said
    assert main(["corpus", "verify", "chests"]) == 0
    assert "as they were imported" in capsys.readouterr().out


def test_verify_names_the_file_that_was_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = imported("rocov2", rocov2(tmp_path / "rocov2", 4), tmp_path / "corpus")
    shard = next((corpus.folder / "train").glob("*.arrow"))
    shard.write_bytes(shard.read_bytes() + b"\0")
    assert main(["corpus", "verify", str(corpus.folder)]) == 1
    assert f"train/{shard.name} was changed" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["../outside", ".hidden", "a/b"])
def test_a_name_that_is_no_folder_is_refused(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["corpus", "import", "rocov2", str(tmp_path), "--name", name]
    assert main(arguments) == 1
    assert "name" in capsys.readouterr().err


@pytest.mark.parametrize("option", [("--caption", "text"), ("--count", "3")])
def test_an_option_of_another_kind_is_refused(
    tmp_path: Path, option: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    out = ("--out", str(tmp_path / "corpus"))
    assert main(["corpus", "import", "rocov2", str(tmp_path), *out, *option]) == 1
    assert f"{option[0]} is for a source" in capsys.readouterr().err


def test_a_folder_without_a_corpus_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["corpus", "show", str(tmp_path)]) == 1
    assert "holds no corpus" in capsys.readouterr().err


def test_logs_hold_no_identifier_and_no_caption(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    made = broken_rocov2(tmp_path / "rocov2", 4)
    imported("rocov2", made, tmp_path / "corpus")
    assert "ROCOv2_2023" not in caplog.text
    assert "effusion" not in caplog.text
