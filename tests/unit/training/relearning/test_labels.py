"""Labels of an export: what is read, and what is refused before it teaches."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.domain.training_errors import CorpusError
from core.training.relearning.labels import read_labels

HEAD = "image,patient,split,before_reveal,pleural effusion,nodule,edema\n"


def film(folder: Path, seed: int) -> str:
    (folder / "images").mkdir(exist_ok=True)
    grey = np.random.default_rng(seed).integers(0, 255, (20, 16), np.uint8)
    content = cv2.imencode(".png", grey)[1].tobytes()
    digest = hashlib.sha256(content).hexdigest()
    (folder / "images" / f"{digest}.png").write_bytes(content)
    return digest


def write(folder: Path, *lines: str, head: str = HEAD) -> Path:
    (folder / "labels.csv").write_text(head + "".join(f"{each}\n" for each in lines))
    return folder


def test_what_is_stated_is_known_and_what_is_uncertain_is_not(tmp_path: Path) -> None:
    first, second = film(tmp_path, 1), film(tmp_path, 2)
    write(tmp_path, f"{first},a,train,1,1,0,u", f"{second},b,holdout,0,,1,0")
    found = read_labels(tmp_path)
    learned, frozen = found.of("train"), found.of("holdout")
    assert learned[0].positive == {"pleural effusion"}
    assert learned[0].known == {"pleural effusion", "nodule"}
    assert frozen[0].known == {"nodule", "edema"} and frozen[0].positive == {"nodule"}
    assert found.before_reveal == 1 and found.rows[0].source == "ledger"
    assert found.digest == hashlib.sha256((tmp_path / "labels.csv").read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{0},a,test,0,1,0,", "not allowed"),
        ("{0},a,train,0,2,0,", "not allowed"),
        ("{0},a,train,yes,1,0,", "not allowed"),
        ("{0},,train,0,1,0,", "not allowed"),
        ("../../etc/passwd,a,train,0,1,0,", "not allowed"),
        ("{0},a,train,0,1", "too short"),
        ("{0},a,train,0,1,0,,1", "too short"),
        ("{1},a,train,0,1,0,", "is missing"),
        ("{2},a,train,0,1,0,", "not the one that its name says"),
    ],
)
def test_a_line_that_says_something_else_is_refused(line: str, reason: str, tmp_path: Path) -> None:
    there, changed = film(tmp_path, 1), "c" * 64
    (tmp_path / "images" / f"{changed}.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    write(tmp_path, line.format(there, "d" * 64, changed))
    with pytest.raises(CorpusError, match=reason):
        read_labels(tmp_path)


def test_a_file_that_is_no_png_is_refused(tmp_path: Path) -> None:
    film(tmp_path, 1)
    digest = hashlib.sha256(b"GIF89a").hexdigest()
    (tmp_path / "images" / f"{digest}.png").write_bytes(b"GIF89a")
    with pytest.raises(CorpusError, match="no PNG"):
        read_labels(write(tmp_path, f"{digest},a,train,0,1,0,"))


def test_a_picture_of_too_many_pixels_is_refused_unopened(tmp_path: Path) -> None:
    film(tmp_path, 1)
    size = (200_000).to_bytes(4, "big")
    content = b"\x89PNG\r\n\x1a\n" + bytes(8) + size + size + bytes(20)
    digest = hashlib.sha256(content).hexdigest()
    (tmp_path / "images" / f"{digest}.png").write_bytes(content)
    with pytest.raises(CorpusError, match="too large"):
        read_labels(write(tmp_path, f"{digest},a,train,0,1,0,"))


@pytest.mark.parametrize("second", ["{1},a,holdout,0,1,0,", "{0},b,holdout,0,1,0,"])
def test_nobody_teaches_and_measures(second: str, tmp_path: Path) -> None:
    names = film(tmp_path, 1), film(tmp_path, 2)
    write(tmp_path, f"{names[0]},a,train,0,1,0,", second.format(*names))
    with pytest.raises(CorpusError, match="both train and holdout"):
        read_labels(tmp_path)


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        ("image,patient,split,nodule\n", "lacks a column"),
        (HEAD.replace("edema", "nodule"), "lacks a column"),
        (HEAD.replace("edema", "appendicitis"), "appendicitis"),
    ],
)
def test_columns_are_those_of_the_vocabulary(head: str, reason: str, tmp_path: Path) -> None:
    write(tmp_path, f"{film(tmp_path, 1)},a,train,0,1,0,", head=head)
    with pytest.raises(CorpusError, match=reason):
        read_labels(tmp_path)


def test_the_table_is_the_one_of_the_manifest(tmp_path: Path) -> None:
    write(tmp_path, f"{film(tmp_path, 1)},a,train,0,1,0,")
    digest = hashlib.sha256((tmp_path / "labels.csv").read_bytes()).hexdigest()
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({"files": {"labels.csv": digest}}))
    assert len(read_labels(tmp_path).rows) == 1
    manifest.write_text(json.dumps({"files": {"labels.csv": "0" * 64}}))
    with pytest.raises(CorpusError, match="not the file that the manifest names"):
        read_labels(tmp_path)
    manifest.write_text("[")
    with pytest.raises(CorpusError, match=r"manifest\.json is damaged"):
        read_labels(tmp_path)


@pytest.mark.parametrize("content", [b"", HEAD.encode(), b"\xff\xfe\x00", b'image,"a'])
def test_an_empty_or_damaged_table_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_bytes(content)
    with pytest.raises(CorpusError):
        read_labels(tmp_path)
