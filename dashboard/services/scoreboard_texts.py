"""The texts behind the figures of an evaluation, read one sample at a time.

A file of texts may be as large as a corpus: where each line begins is kept, not what it says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.domain.errors import N_
from core.domain.training_errors import EvaluationError
from core.evaluation.drafts.measured import TEXTS

MOST_BYTES = 2_000_000_000
MOST_LINE = 4_000_000
"""As the writer of the file has it."""


@dataclass(frozen=True)
class Written:
    """``failed`` is empty, or the code of the error that left no text."""

    text: str
    seconds: float | None
    failed: str


@dataclass(frozen=True)
class SampleTexts:
    """One sample: what was asked, the reference, and what each system wrote."""

    sample: str
    kind: str
    question: str
    reference: str
    written: Mapping[str, Written]


@dataclass(frozen=True)
class _Lines:
    """Where the line of each sample begins, and those of its texts by system."""

    samples: tuple[str, ...]
    asked: Mapping[str, int]
    texts: Mapping[str, Mapping[str, int]]


def samples(folder: Path) -> int:
    """Return how many samples have texts at hand; 0 where the file is not there.

    Raises
    ------
    EvaluationError
        If the file is damaged or too large.
    """
    path = folder / TEXTS
    return len(_lines(path).samples) if path.is_file() else 0


def sample_texts(folder: Path, place: int) -> SampleTexts:
    """Return one sample of an evaluation, counted from 0 in the order of the file.

    Raises
    ------
    EvaluationError
        If the file is damaged or too large.
    """
    path = folder / TEXTS
    lines = _lines(path)
    name = lines.samples[place]
    try:
        with path.open("rb") as file:
            asked = _row(file, lines.asked[name])
            written = {
                system: _written(_row(file, offset))
                for system, offset in lines.texts.get(name, {}).items()
            }
        return SampleTexts(
            sample=str(asked["sample"]),
            kind=str(asked["kind"]),
            question=str(asked["question"]),
            reference=str(asked["reference"]),
            written=written,
        )
    except OSError as error:
        raise EvaluationError(reason=N_("its file of texts cannot be read")) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EvaluationError(reason=N_("its file of texts is damaged")) from error


def _row(file: Any, offset: int) -> dict[str, Any]:
    file.seek(offset)
    return dict(json.loads(file.readline(MOST_LINE)))


def _written(row: Mapping[str, Any]) -> Written:
    seconds = row.get("seconds")
    return Written(
        str(row["text"]),
        float(seconds) if isinstance(seconds, int | float) else None,
        str(row.get("failed", "")),
    )


def _lines(path: Path) -> _Lines:
    try:
        stat = path.stat()
        if stat.st_size > MOST_BYTES:
            raise EvaluationError(reason=N_("its file of texts is too large"))
        return _found(path, stat.st_size, stat.st_mtime_ns)
    except OSError as error:
        raise EvaluationError(reason=N_("its file of texts cannot be read")) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise EvaluationError(reason=N_("its file of texts is damaged")) from error


@lru_cache(maxsize=2)
def _found(path: Path, _size: int, _changed: int) -> _Lines:
    asked: dict[str, int] = {}
    texts: dict[str, dict[str, int]] = {}
    with path.open("rb") as file:
        offset = 0
        while line := file.readline(MOST_LINE):
            # A last line without its end was cut short by a crash.
            if line.endswith(b"\n"):
                row = json.loads(line)
                if row["row"] == "sample":
                    asked.setdefault(str(row["sample"]), offset)
                elif row["row"] == "text":
                    texts.setdefault(str(row["sample"]), {})[str(row["system"])] = offset
            elif len(line) == MOST_LINE:
                raise ValueError("a line beyond all measure")
            offset += len(line)
    return _Lines(tuple(asked), asked, texts)
