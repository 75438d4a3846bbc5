"""A data set in the folders of Hugging Face: saved to disk, or parquet files of a hub.

Rows have a picture (``image``: its bytes, or a struct of ``bytes`` and ``path``) and words
(``caption``, ``text`` or ``report``, or a column that is named). They are read by pyarrow, a few
at a time: no loading script runs, nothing is unpickled, and no torch is imported.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from core.domain.errors import N_
from core.training.corpus.sample import Record
from core.training.corpus.sources.pictures import picture
from core.training.corpus.sources.source import Refused, Source, refusal, unreadable

KIND = "huggingface"
IMAGE = ("image", "img", "picture")
CAPTION = ("caption", "text", "report")
IDENTIFIER = ("image_id", "identifier", "id", "ID")
GROUP = ("group", "patient_id", "patient", "subject_id", "pmcid")
CONCEPTS = ("concepts", "cui", "cuis", "CUIs")
LICENCE = ("licence", "license")
ROWS_AT_ONCE = 16
MOST_GROUP_BYTES = 4 << 30
"""Unpacked size of a row group of parquet, above which it is not opened."""
_CUI = re.compile(r"C\d{7}")
_SPLIT = re.compile(r"[A-Za-z]+")
_USUAL = re.compile(r"(?:train|valid|val|dev|test)(?![a-z])|validation", re.IGNORECASE)


def open_huggingface(folder: Path, caption: str | None = None) -> Source:
    """Open a folder of a saved data set or of parquet files.

    Parameters
    ----------
    folder : Path
        Written by ``save_to_disk``, or with ``*.parquet`` files at any depth.
    caption : str, optional
        Name of the column of words, where it is none of `CAPTION`.

    Raises
    ------
    CorpusError
        If it holds neither, or a column is missing.
    """
    files = _files(folder)
    if not files:
        raise refusal(N_("it holds neither a saved data set nor parquet files"))
    schema = _schema(files[0])
    image = _column(schema, IMAGE)
    words = _column(schema, (caption,) if caption else CAPTION)

    def read(refused: Refused) -> Iterator[Record]:
        seen: dict[str, str] = {}
        numbers: Counter[str] = Counter()
        for path in files:
            split = _split(folder, path)
            for row in _rows(path, _wanted(path, image, words)):
                record = _record(folder, row, image, words, f"{split}-{numbers[split]}")
                numbers[split] += 1
                if seen.get(record.identifier, split) != split:
                    record = _renamed(record, f"{split}-{record.identifier}")
                if record.identifier in seen:
                    refused["duplicate_identifier"] += 1
                else:
                    seen[record.identifier] = split
                    yield record

    return Source(KIND, folder.resolve().name, read, lambda: _count(files))


# --- files --------------------------------------------------------------------------------------


def _files(folder: Path) -> list[Path]:
    """Arrow files in the order of the saved data set, else parquet files by name."""
    names = _listed(folder / "dataset_dict.json", "splits")
    parts = [folder / each for each in names if isinstance(each, str) and _SPLIT.match(each)] or [
        folder
    ]
    saved = [
        part / each["filename"]
        for part in parts
        for each in _listed(part / "state.json", "_data_files")
        if isinstance(each, dict) and Path(str(each.get("filename"))).suffix == ".arrow"
    ]
    inside = [path for path in saved if path.resolve().is_relative_to(folder.resolve())]
    return inside or sorted(folder.glob("**/*.parquet"))


def _listed(path: Path, key: str) -> list[Any]:
    try:
        if path.stat().st_size > 1 << 20:
            return []
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    listed = found.get(key) if isinstance(found, dict) else None
    return listed if isinstance(listed, list) else []


def _split(folder: Path, path: Path) -> str:
    """Name of the split that a file belongs to: of its folder when saved, else of its own.

    A parquet file that has no usual name is of the split that a folder around it is named after.
    """
    if path.suffix == ".parquet":
        around = reversed(path.relative_to(folder).parts[:-1])
        usual = next(filter(None, map(_USUAL.match, (path.stem, *around))), None)
        if usual:
            return usual.group()
    named = path.parent.name if path.suffix == ".arrow" and path.parent != folder else path.stem
    match = _SPLIT.match(named)
    return match.group() if match else "row"


def _schema(path: Path) -> pa.Schema:
    try:
        if path.suffix == ".parquet":
            return pq.read_schema(path)
        with pa.memory_map(str(path)) as source, pa.ipc.open_stream(source) as stream:
            return stream.schema
    except (OSError, pa.ArrowException) as error:
        raise unreadable(path) from error


def _column(schema: pa.Schema, names: Sequence[str]) -> str:
    for name in names:
        if name in schema.names:
            return name
    raise refusal(N_("its rows have no column {column}"), column=names[0])


def _wanted(path: Path, image: str, words: str) -> list[str]:
    schema = _schema(path)
    for name in (image, words):
        _column(schema, (name,))
    others = {*IDENTIFIER, *GROUP, *CONCEPTS, *LICENCE}
    return [name for name in schema.names if name in {image, words, *others}]


def _count(files: Sequence[Path]) -> int | None:
    """Rows in all, from what files say of themselves: no picture is read."""
    try:
        return sum(map(_rows_in, files))
    except (OSError, pa.ArrowException):
        return None


def _rows_in(path: Path) -> int:
    if path.suffix == ".parquet":
        return int(pq.read_metadata(path).num_rows)
    with pa.memory_map(str(path)) as source, pa.ipc.open_stream(source) as stream:
        return sum(batch.num_rows for batch in stream)


# --- rows ---------------------------------------------------------------------------------------


def _rows(path: Path, columns: list[str]) -> Iterator[Mapping[str, pa.Scalar]]:
    try:
        for batch in _batches(path, columns):
            for place in range(batch.num_rows):
                yield {name: batch.column(name)[place] for name in columns}
    except (OSError, pa.ArrowException) as error:
        raise unreadable(path) from error


def _batches(path: Path, columns: list[str]) -> Iterator[pa.RecordBatch]:
    if path.suffix == ".parquet":
        with pq.ParquetFile(path, memory_map=True) as file:
            groups = range(file.num_row_groups)
            sizes = [file.metadata.row_group(group).total_byte_size for group in groups]
            if max(sizes, default=0) > MOST_GROUP_BYTES:
                raise refusal(N_("{file} is too large"), file=path.name)
            yield from file.iter_batches(ROWS_AT_ONCE, columns=columns)
        return
    with pa.memory_map(str(path)) as source, pa.ipc.open_stream(source) as stream:
        yield from stream


def _record(
    folder: Path, row: Mapping[str, pa.Scalar], image: str, words: str, number: str
) -> Record:
    read, size = _image(folder, row[image])
    identifier, group = _first(row, IDENTIFIER) or number, _first(row, GROUP)
    return Record(
        source=KIND,
        identifier=identifier,
        group=group or identifier,
        grouped=bool(group),
        image=read,
        image_bytes=size,
        caption=_text(row[words]),
        concepts=tuple(dict.fromkeys(_CUI.findall(_first(row, CONCEPTS)))),
        licence=_first(row, LICENCE),
    )


def _renamed(record: Record, identifier: str) -> Record:
    """The record of a split that counts its rows as another one does."""
    group = record.group if record.grouped else identifier
    return replace(record, identifier=identifier, group=group)


def _image(folder: Path, cell: pa.Scalar) -> tuple[Callable[[], bytes], int]:
    """How to read the picture of a cell, and its size; nothing is copied before it is read."""
    path = None
    if pa.types.is_struct(cell.type) and cell.is_valid:
        path = cell["path"].as_py() if "path" in cell else None
        cell = cell["bytes"] if "bytes" in cell else pa.scalar(None, pa.binary())
    binary = pa.types.is_binary(cell.type) or pa.types.is_large_binary(cell.type)
    if binary and cell.is_valid:
        return partial(_bytes, cell), cell.as_buffer().size
    named = folder / path if isinstance(path, str) and path else None
    return picture(folder, named)


def _bytes(cell: pa.Scalar) -> bytes:
    found: bytes = cell.as_buffer().to_pybytes()
    return found


def _first(row: Mapping[str, pa.Scalar], names: Sequence[str]) -> str:
    return next((_text(row[name]) for name in names if name in row and row[name].is_valid), "")


def _text(cell: pa.Scalar) -> str:
    """The words of a cell; of a list, its items."""
    found = cell.as_py()
    if isinstance(found, list):
        return " ".join(str(each) for each in found)
    return found if isinstance(found, str) else "" if found is None else str(found)
