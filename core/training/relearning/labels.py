"""Labels of signed reports: ``labels.csv`` and the films of an export, checked before they teach.

The columns are ``image`` (SHA-256 of the PNG), ``patient`` (pseudonym), ``split`` (``train`` or
``holdout``), ``before_reveal`` (1 where the text was written before the draft was seen), then one
column a finding of the vocabulary: 1 present, 0 absent, ``u`` uncertain, empty where nothing was
stated. An uncertain label is left out of training and of figures (Irvin 2019, "U-Ignore"): which of
the two it is, is what nobody knows.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from core.domain.errors import N_
from core.domain.training_errors import CorpusError
from core.findings.vocabulary import NAMES, NO_FINDING
from core.training.films import FilmRow

LABELS, IMAGES, MANIFEST = "labels.csv", "images", "manifest.json"
TRAIN, HOLDOUT = "train", "holdout"
SOURCE = "ledger"
FIXED = ("image", "patient", "split", "before_reveal")

MOST_TABLE = 100_000_000
MOST_MANIFEST = 10_000_000
MOST_IMAGE = 64_000_000
MOST_PIXELS = 100_000_000
MOST_ROWS = 500_000

_DIGEST = re.compile(r"[0-9a-f]{64}")
_CELLS = frozenset({"1", "0", "u", ""})
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class LedgerLabels:
    """What an export teaches. ``rows`` have the source ``ledger``; ``digest`` is of the table.

    ``before_reveal`` counts the rows whose text was written before the draft was seen.
    """

    rows: tuple[FilmRow, ...]
    digest: str
    before_reveal: int

    def of(self, split: str) -> tuple[FilmRow, ...]:
        return tuple(row for row in self.rows if row.split == split)


def read_labels(folder: Path) -> LedgerLabels:
    """Read the labels of an export and check each film against its digest.

    Raises
    ------
    CorpusError
        If the table or a film is absent, too large, or not what its digest or the manifest says; if
        a patient or a film stands on both sides of the split.
    """
    content = _table(folder)
    lines = _lines(content)
    rows = tuple(_row(folder, line) for line in lines)
    if not rows:
        _refuse(N_("{file} names no film"), file=LABELS)
    _check_sides(rows)
    for name in sorted({row.path.name for row in rows}):
        check_film(folder / IMAGES / name)
    before = sum(line["before_reveal"] == "1" for line in lines)
    return LedgerLabels(rows, hashlib.sha256(content).hexdigest(), before)


def _table(folder: Path) -> bytes:
    content = _content(folder / LABELS, MOST_TABLE)
    manifest = folder / MANIFEST
    if manifest.is_file():
        stated = _stated(_content(manifest, MOST_MANIFEST))
        if stated and stated != hashlib.sha256(content).hexdigest():
            _refuse(N_("{file} is not the file that the manifest names"), file=LABELS)
    return content


def _stated(content: bytes) -> str:
    """The digest that the manifest of an export states for the table; empty where it names none."""
    try:
        files: Any = json.loads(content)["files"]
        entry = files.get(LABELS, "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        _refuse(N_("{file} is damaged"), file=MANIFEST)
    return str(entry.get("sha256", "") if isinstance(entry, Mapping) else entry)


def _lines(content: bytes) -> list[dict[str, str]]:
    try:
        lines = list(_parsed(content.decode("utf-8").splitlines()))
    except (UnicodeDecodeError, csv.Error):
        _refuse(N_("{file} is damaged"), file=LABELS)
    return lines


def _parsed(text: list[str]) -> Iterator[dict[str, str]]:
    if len(text) > MOST_ROWS + 1:
        _refuse(N_("{file} is too large"), file=LABELS)
    table = csv.DictReader(text, strict=True)
    heads = tuple(table.fieldnames or ())
    findings = set(heads) - set(FIXED)
    if len(set(heads)) != len(heads) or not set(FIXED) <= set(heads):
        _refuse(N_("{file} lacks a column, or has one twice"), file=LABELS)
    if unknown := sorted(findings - {*NAMES, NO_FINDING}):
        _refuse(N_("{file} has a column that is no finding: {column}"), file=LABELS,
                column=unknown[0][:40])  # fmt: skip
    for line in table:
        cells = {head: line[head] for head in heads}
        if None in line or None in cells.values():
            _refuse(N_("{file} has a line that is too short or too long"), file=LABELS)
        yield cells


def _row(folder: Path, line: dict[str, str]) -> FilmRow:
    stated = {name: cell for name, cell in line.items() if name not in FIXED}
    well = (
        _DIGEST.fullmatch(line["image"])
        and line["patient"]
        and line["split"] in (TRAIN, HOLDOUT)
        and line["before_reveal"] in ("0", "1")
        and set(stated.values()) <= _CELLS
    )
    if not well:
        _refuse(N_("{file} has a line with a value that is not allowed"), file=LABELS)
    return FilmRow(
        path=folder / IMAGES / f"{line['image']}.png",
        source=SOURCE,
        patient=line["patient"],
        split=line["split"],
        view="",
        sex="",
        age=None,
        positive=frozenset(name for name, cell in stated.items() if cell == "1"),
        known=frozenset(name for name, cell in stated.items() if cell in ("0", "1")),
    )


def _check_sides(rows: tuple[FilmRow, ...]) -> None:
    """What is frozen must not have taught, by patient or by film."""
    for told, key in ((N_("a patient"), "patient"), (N_("a film"), "path")):
        sides = [
            {getattr(row, key) for row in rows if row.split == side} for side in (TRAIN, HOLDOUT)
        ]
        if sides[0] & sides[1]:
            _refuse(N_("{file} has {what} in both train and holdout"), file=LABELS, what=told)


def check_film(path: Path) -> None:
    """Refuse a film that is not the PNG that its name, a SHA-256, says.

    Raises
    ------
    CorpusError
    """
    content = _content(path, MOST_IMAGE)
    if hashlib.sha256(content).hexdigest() != path.stem:
        _refuse(N_("a film is not the one that its name says"))
    width, height = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))
    if not content.startswith(_PNG) or not 0 < width * height <= MOST_PIXELS:
        _refuse(N_("a film is no PNG, or too large"))


def _content(path: Path, most: int) -> bytes:
    try:
        if path.stat().st_size > most:
            _refuse(N_("{file} is too large"), file=_told(path))
        return path.read_bytes()
    except FileNotFoundError:
        _refuse(N_("{file} is missing"), file=_told(path))
    except OSError as error:
        _refuse(N_("{file} cannot be read: {why}"), file=_told(path),
                why=error.strerror or type(error).__name__)  # fmt: skip


def _told(path: Path) -> str:
    """A film by the first digits of its digest: nobody reads sixty-four."""
    return path.name if path.suffix != ".png" else f"{IMAGES}/{path.stem[:12]}….png"


def _refuse(template: str, **named: str) -> NoReturn:
    raise CorpusError(reason=template.format(**named), template=template, named=named)
