"""The films of a labelled folder: licences, labels, what was looked for, and patient folds.

A folder holds ``manifest.csv`` (columns ``image, source, licence, patient_id, view, sex, age,
labels, labels_known, split``; lists separated by ``;``) and the images it names.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from core.domain.errors import TrainingError
from core.findings.vocabulary import BY_NIH, NAMES, NO_FINDING
from core.models.preprocessing import Grey, to_square
from core.training.boxes import Box, box_masks
from core.training.masks import Masks, masks_from

FloatArray = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]

LABELS = {nih: term.name for nih, term in BY_NIH.items()} | {
    "COVID-19": "COVID-19",
    "No Finding": NO_FINDING,
}
LEAST_OF_EACH = 5
"""Positives and negatives that a source needs before its labels of a finding count."""
_PERMISSIVE = re.compile(r"NIH: no restriction|CC0\b|CC BY(?!-)")


@dataclass(frozen=True)
class FilmRow:
    """One line of the manifest in the words of the vocabulary.

    A finding outside ``known`` was never looked for: it is unknown, not absent.
    """

    path: Path
    source: str
    patient: str
    split: str
    view: str
    sex: str
    age: float | None
    positive: frozenset[str]
    known: frozenset[str]


@dataclass(frozen=True)
class FilmSet:
    """Films in memory: ``squares`` uint8 (n, s, s); ``labels`` and ``known`` (n, findings)."""

    rows: tuple[FilmRow, ...]
    findings: tuple[str, ...]
    squares: npt.NDArray[np.uint8]
    labels: FloatArray
    known: BoolArray
    masks: Masks

    @property
    def sources(self) -> npt.NDArray[np.str_]:
        return np.array([row.source for row in self.rows])

    @property
    def patients(self) -> npt.NDArray[np.str_]:
        return np.array([row.patient for row in self.rows])

    def followed_by(self, other: FilmSet) -> FilmSet:
        """Return these films and the others, of the same findings and size."""
        return FilmSet(
            rows=self.rows + other.rows,
            findings=self.findings,
            squares=np.concatenate([self.squares, other.squares]),
            labels=np.concatenate([self.labels, other.labels]),
            known=np.concatenate([self.known, other.known]),
            masks=self.masks.followed_by(other.masks),
        )


def is_permissive(licence: str) -> bool:
    """Say whether weights trained on a film under this licence may be shipped."""
    return _PERMISSIVE.match(licence.strip()) is not None


def read_manifest(folder: Path) -> tuple[FilmRow, ...]:
    """Read the permissive rows of a folder's manifest.

    Raises
    ------
    TrainingError
        If the manifest is absent, or a patient stands on both sides of the split.
    """
    manifest = folder / "manifest.csv"
    if not manifest.is_file():
        raise TrainingError(reason="the folder has no manifest.csv")
    with manifest.open(newline="", encoding="utf-8") as lines:
        rows = tuple(
            _row(folder, line) for line in csv.DictReader(lines) if is_permissive(line["licence"])
        )
    sides = {side: {row.patient for row in rows if row.split == side} for side in ("train", "val")}
    if sides["train"] & sides["val"]:
        raise TrainingError(reason="the manifest has patients in both train and val")
    return rows


def _row(folder: Path, line: dict[str, str]) -> FilmRow:
    known = _names(line["labels_known"])
    age = line.get("age", "")
    return FilmRow(
        path=folder / line["image"],
        source=line["source"],
        patient=line["patient_id"],
        split=line["split"],
        view=line.get("view", ""),
        sex=line.get("sex", ""),
        age=float(age) if age.replace(".", "", 1).isdigit() else None,
        positive=_names(line["labels"]) & known,
        known=known,
    )


def _names(cell: str) -> frozenset[str]:
    return frozenset(LABELS[label] for label in cell.split(";") if label in LABELS)


def trainable(rows: Sequence[FilmRow]) -> tuple[str, ...]:
    """Return the findings that at least one source can teach, in vocabulary order."""
    sources = {row.source for row in rows}
    return tuple(
        name
        for name in (*NAMES, NO_FINDING)
        if any(teaches(rows, source, name) for source in sources)
    )


def teaches(rows: Sequence[FilmRow], source: str, finding: str) -> bool:
    """Say whether a source has both positives and negatives of a finding.

    A source that only ever says yes teaches its scanner, not the disease (Zech 2018).
    """
    seen = [row for row in rows if row.source == source and finding in row.known]
    positives = sum(finding in row.positive for row in seen)
    return min(positives, len(seen) - positives) >= LEAST_OF_EACH


def read_grey(path: Path) -> Grey:
    """Read an 8-bit greyscale picture as float32 in [0, 1]."""
    pixels = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if pixels is None:
        raise TrainingError(reason="an image of the manifest cannot be read")
    return (pixels / np.float32(255.0)).astype(np.float32)


def load_films(
    rows: Sequence[FilmRow],
    findings: tuple[str, ...],
    size: int,
    boxes: Mapping[int, Sequence[Box]] | None = None,
) -> FilmSet:
    """Decode the rows into squares of ``size`` pixels with their label tables.

    ``boxes`` holds the boxes of readers by the place of their film in ``rows``.
    """
    squares = np.zeros((len(rows), size, size), np.uint8)
    drawn: list[tuple[int, int, npt.NDArray[np.uint8]]] = []
    placed = np.zeros((len(rows), len(findings)), np.bool_)
    for index, row in enumerate(rows):
        square, geometry = to_square(read_grey(row.path), size)
        squares[index] = np.rint(square * 255)
        for name, masks in box_masks(boxes.get(index, ()) if boxes else (), geometry).items():
            if name in findings:
                column = findings.index(name)
                placed[index, column] = True
                drawn.append((index, column, masks))
    labels, known = label_tables(rows, findings)
    return FilmSet(tuple(rows), findings, squares, labels, known, masks_from(drawn, placed))


def label_tables(
    rows: Sequence[FilmRow], findings: tuple[str, ...]
) -> tuple[FloatArray, BoolArray]:
    """Return labels and which of them are known, both (rows, findings)."""
    shape = (len(rows), len(findings))
    labels = np.array([[name in row.positive for name in findings] for row in rows], np.float32)
    known = np.array([[name in row.known for name in findings] for row in rows], np.bool_)
    return labels.reshape(shape), known.reshape(shape)


def patient_folds(rows: Sequence[FilmRow], folds: int, seed: int) -> npt.NDArray[np.int64]:
    """Deal patients into folds, evenly within each source; all films of a patient stay together.

    The order is a hash of seed and patient, so that it neither depends on the order of the rows
    nor changes when films of other patients are added before them.
    """

    def order(patient: str) -> str:
        return hashlib.sha256(f"{seed}:{patient}".encode()).hexdigest()

    fold_of: dict[str, int] = {}
    for source in sorted({row.source for row in rows}):
        names = {row.patient for row in rows if row.source == source} - fold_of.keys()
        for place, patient in enumerate(sorted(names, key=order)):
            fold_of[patient] = place % folds
    return np.array([fold_of[row.patient] for row in rows], np.int64)
