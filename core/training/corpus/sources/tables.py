"""Lines of tables that nobody has checked: read one by one, the broken ones counted."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from core.domain.errors import N_
from core.training.corpus.sources.source import Refused, refusal, unreadable

MOST_BYTES = 1 << 30
"""A table above this is not a list of captions."""
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
# Bytes that are not UTF-8 become these, and the line can be told from the others.
_UNDECODED = re.compile("[\udc80-\udcff]")


def plain(identifier: str) -> bool:
    """Whether an identifier may be a file's name: no folder, no separator, no leading dot."""
    return _PLAIN.fullmatch(identifier) is not None


def rows(path: Path, columns: Sequence[str], refused: Refused) -> Iterator[dict[str, str]]:
    """Yield the lines of a CSV file that have exactly the columns of its first line.

    Parameters
    ----------
    path : Path
        UTF-8, with or without a byte order mark.
    columns : sequence of str
        That must be there. Case and white space of the header do not count.
    refused : Counter
        Counts the other lines: ``columns``, ``encoding``, ``line``.

    Raises
    ------
    CorpusError
        If the file cannot be read, is too large, or lacks a column.
    """
    _check_size(path)
    try:
        with path.open(newline="", encoding="utf-8-sig", errors="surrogateescape") as file:
            lines = csv.reader(file)
            header = [name.strip() for name in next(lines, [])]
            yield from _rows(lines, _named(path, header, columns), refused)
    except OSError as error:
        raise unreadable(path) from error


def _named(path: Path, header: list[str], columns: Sequence[str]) -> list[str]:
    """The header in the spelling of ``columns``."""
    spelling = {name.lower(): name for name in columns}
    named = [spelling.get(name.lower(), name) for name in header]
    for column in columns:
        if column not in named:
            raise refusal(N_("{file} lacks the column {column}"), file=path.name, column=column)
    return named


def _rows(
    lines: Iterator[list[str]], header: list[str], refused: Refused
) -> Iterator[dict[str, str]]:
    while True:
        try:
            line = next(lines)
        except StopIteration:
            return
        except csv.Error:  # a field without end
            refused["line"] += 1
            continue
        if not line:
            continue
        if len(line) != len(header):
            refused["columns"] += 1
        elif any(_UNDECODED.search(value) for value in line):
            refused["encoding"] += 1
        else:
            yield dict(zip(header, line, strict=True))


def tabbed(path: Path, refused: Refused) -> Iterator[list[str]]:
    """Yield the lines of a tab separated list, each as its fields without white space around.

    Raises
    ------
    CorpusError
        If the file cannot be read or is too large.
    """
    _check_size(path)
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape") as file:
            for line in file:
                if _UNDECODED.search(line):
                    refused["encoding"] += 1
                elif line.strip():
                    yield [part.strip() for part in line.split("\t")]
    except OSError as error:
        raise unreadable(path) from error


def line_count(path: Path) -> int:
    """Return how many lines a file ends, read in blocks."""
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


def _check_size(path: Path) -> None:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise unreadable(path) from error
    if size > MOST_BYTES:
        raise refusal(N_("{file} is too large"), file=path.name)
