"""Samples of a corpus to leaf through: found by split, kind and finding, read one at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow

from core.domain.errors import N_
from core.domain.finding import Certainty, Laterality, Mention
from core.domain.training_errors import CorpusError
from core.training.corpus.folder import TRAIN, VALIDATION, Corpus, messages_of

SPLITS = (TRAIN, VALIDATION)

_UNREADABLE = (pyarrow.ArrowException, OSError, KeyError, IndexError, TypeError, ValueError)


@dataclass(frozen=True)
class Shelfmark:
    """Where a sample lies, and what it is found by.

    ``findings`` are those that its caption states as present or uncertain.
    """

    split: str
    row: int
    kind: str
    findings: frozenset[str]


@dataclass(frozen=True)
class Wish:
    """Which samples are looked for; an empty word asks for nothing."""

    split: str = ""
    kind: str = ""
    finding: str = ""

    def fits(self, mark: Shelfmark) -> bool:
        return (
            self.split in ("", mark.split)
            and self.kind in ("", mark.kind)
            and (not self.finding or self.finding in mark.findings)
        )


@dataclass(frozen=True)
class Pair:
    """One sample as it is shown; ``image`` holds encoded bytes that nobody has decoded yet."""

    identifier: str
    group: str
    source: str
    kind: str
    question: str
    answer: str
    caption: str
    original: str
    findings: tuple[Mention, ...]
    concepts: tuple[str, ...]
    licence: str
    image: bytes
    width: int
    height: int


class CorpusRows:
    """The rows of a corpus by split, memory-mapped; no picture is decoded here.

    Raises
    ------
    CorpusError
        Here and from `pair`, if the shards are not what the manifest says.
    """

    def __init__(self, corpus: Corpus) -> None:
        self._name = corpus.manifest.name
        self._rows = {split: corpus.split(split).with_format("arrow") for split in SPLITS}
        try:
            self.marks = tuple(mark for split in SPLITS for mark in self._marks(split))
        except _UNREADABLE as error:
            raise self._damaged() from error

    def pair(self, mark: Shelfmark) -> Pair:
        """Read one sample."""
        try:
            (row,) = self._rows[mark.split][mark.row : mark.row + 1].to_pylist()
            return _pair(row)
        except _UNREADABLE as error:
            raise self._damaged() from error

    def _marks(self, split: str) -> Iterator[Shelfmark]:
        table = self._rows[split].select_columns(["kind", "findings"])[:]
        known: dict[frozenset[str], frozenset[str]] = {}
        kinds, findings = (table.column(name).to_pylist() for name in ("kind", "findings"))
        for row, (kind, mentions) in enumerate(zip(kinds, findings, strict=True)):
            stated = frozenset(_stated(mentions or ()))
            # The same few sets come again ten thousand times.
            yield Shelfmark(split, row, str(kind), known.setdefault(stated, stated))

    def _damaged(self) -> CorpusError:
        template, named = N_("the samples of {name} cannot be read"), {"name": self._name}
        return CorpusError(reason=template.format(**named), template=template, named=named)


def _stated(mentions: Sequence[dict[str, Any]]) -> Iterator[str]:
    for mention in mentions:
        if mention["certainty"] != Certainty.ABSENT.value:
            yield str(mention["name"])


def _pair(row: dict[str, Any]) -> Pair:
    words = {turn["role"]: _words(turn["content"]) for turn in messages_of(row)}
    return Pair(
        **{name: str(row[name] or "") for name in
           ("identifier", "group", "source", "kind", "caption", "original", "licence")},
        question=words.get("user", ""),
        answer=words.get("assistant", ""),
        findings=tuple(_mention(each) for each in row["findings"] or ()),
        concepts=tuple(row["concepts"] or ()),
        image=bytes(row["image"]["bytes"] or b""),
        width=int(row["width"]),
        height=int(row["height"]),
    )  # fmt: skip


def _words(content: Sequence[dict[str, Any]]) -> str:
    return "\n".join(str(part["text"]) for part in content if part.get("text"))


def _mention(mention: dict[str, Any]) -> Mention:
    side = mention.get("laterality")
    return Mention(
        str(mention["name"]), Certainty(mention["certainty"]), Laterality(side) if side else None
    )
