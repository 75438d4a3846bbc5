"""``texts.jsonl``: what was asked, by whom, and every text, as it was written. Imports no torch.

One JSON object a line, each with its ``row``:

``plan``
    First line: ``corpus`` (as in ``measured.json``), ``command``, ``machine``, ``versions``, and
    ``settings`` that decide what is written and how fast.
``sample``
    ``sample`` (identifier), ``group``, ``kind``, ``question``, ``reference`` (the text that the
    words are compared with), ``caption`` (cleaned, whole).
``system``
    ``system`` (name), ``title``, ``role``, ``digest``, ``versions``; of a run, whose ``digest`` is
    that of the adapter alone, ``versions`` hold that of adapter and base together as
    ``checkpoint``, and its name as ``run``.
``text``
    ``system``, ``sample``, ``text``, ``seconds``, ``tokens`` and ``memory_bytes`` (null where not
    known), ``failed``: empty, or the code of the error that left no text; ``memory_of``: ``gpu`` or
    ``resident``, whichever was counted.

Lines are appended and flushed one by one, by one process at a time (it holds ``lock``), so that a
killed evaluation loses at most the line that it was writing; the rest of such a line is cut off
before more is appended.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import portalocker
from portalocker.exceptions import LockException

from core.domain.errors import N_
from core.domain.training_errors import EvaluationError
from core.evaluation.drafts.measured import TEXTS, Role

MOST_BYTES = 2_000_000_000
MOST_LINE = 4_000_000
LOCK = "lock"
CHECKPOINT, RUN = "checkpoint", "run"


@dataclass(frozen=True)
class Plan:
    """What is evaluated. An evaluation goes on only under the plan that it was begun with."""

    corpus: Mapping[str, Any]
    command: str
    machine: Mapping[str, str]
    versions: Mapping[str, str]
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """One sample of the split: the question about a film, and what its answer is held against."""

    sample: str
    group: str
    kind: str
    question: str
    reference: str
    caption: str


@dataclass(frozen=True)
class Writer:
    """Who wrote: a system without its figures."""

    system: str
    title: str
    role: Role
    digest: str
    versions: Mapping[str, str]

    @property
    def checkpoint(self) -> str:
        """The digest that drafts of these weights name."""
        return self.versions.get(CHECKPOINT) or self.digest


@dataclass(frozen=True)
class Text:
    system: str
    sample: str
    text: str
    seconds: float
    tokens: int | None = None
    memory_bytes: int | None = None
    failed: str = ""
    memory_of: str = ""


@dataclass
class Texts:
    """All lines of a file. ``written`` is by system, then by sample, in the order of the file."""

    plan: Plan
    samples: dict[str, Asked] = field(default_factory=dict)
    writers: dict[str, Writer] = field(default_factory=dict)
    written: dict[str, dict[str, Text]] = field(default_factory=dict)

    def finished(self) -> tuple[Writer, ...]:
        """Return the systems that have a text, or a failure, for every sample."""
        return tuple(
            writer
            for name, writer in self.writers.items()
            if self.samples.keys() <= self.written.get(name, {}).keys()
        )


def read_texts(folder: Path) -> Texts | None:
    """Return what was written; ``None`` where nothing was begun.

    A last line that was cut short by a crash is left out.

    Raises
    ------
    EvaluationError
        If the file is damaged elsewhere, or too large.
    """
    path = folder / TEXTS
    try:
        if path.stat().st_size > MOST_BYTES:
            raise EvaluationError(reason=N_("its file of texts is too large"))
        with path.open("rb") as file:
            lines = file.readlines()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise EvaluationError(reason=N_("its file of texts cannot be read")) from error
    whole = [line for line in lines if line.endswith(b"\n")]
    if not whole:
        return None
    try:
        rows = [json.loads(line) for line in whole]
        return _gathered(rows)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise EvaluationError(reason=N_("its file of texts is damaged")) from error


def _gathered(rows: list[dict[str, Any]]) -> Texts:
    if rows[0].pop("row") != "plan":
        raise ValueError("the first line is no plan")
    texts = Texts(Plan(**rows[0]))
    for row in rows[1:]:
        kind = row.pop("row")
        if kind == "sample":
            texts.samples[row["sample"]] = Asked(**row)
        elif kind == "system":
            texts.writers[row["system"]] = Writer(**{**row, "role": Role(row["role"])})
        elif kind == "text":
            text = Text(**row)
            texts.written.setdefault(text.system, {})[text.sample] = text
        else:
            raise ValueError("a line of an unknown kind")
    return texts


class Journal:
    """Appends lines to ``texts.jsonl``; entered by one process at a time.

    Raises
    ------
    EvaluationError
        As it is entered, if another process writes there.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path, self._lock = folder / TEXTS, folder / LOCK

    def __enter__(self) -> Journal:
        self._held = self._lock.open("ab")
        try:
            flags = portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING
            portalocker.lock(self._held, flags)
        except LockException:
            self._held.close()
            reason = N_("another process writes into its folder")
            raise EvaluationError(reason=reason) from None
        self._file = self._path.open("ab")
        _drop_half_a_line(self._path)
        return self

    def __exit__(self, *_: object) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._held.close()

    def add(self, row: Plan | Asked | Writer | Text) -> None:
        named = {Plan: "plan", Asked: "sample", Writer: "system", Text: "text"}[type(row)]
        line = json.dumps({"row": named, **asdict(row)}, ensure_ascii=False)
        self._file.write(line.encode() + b"\n")
        self._file.flush()


def _drop_half_a_line(path: Path) -> None:
    size = path.stat().st_size
    with path.open("rb+") as file:
        back = min(size, MOST_LINE)
        file.seek(size - back)
        tail = file.read(back)
        if tail and not tail.endswith(b"\n"):
            file.truncate(size - back + tail.rfind(b"\n") + 1)
