"""The samples of a split that are asked, in an order that no machine and no file decides."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.domain.errors import N_, UnreadableFileError
from core.domain.training_errors import EvaluationError
from core.evaluation.drafts.texts import Asked
from core.imaging.plain import read_plain
from core.models.base import Grey
from core.models.language.catalogue import prompt_text
from core.training.corpus.folder import Corpus
from core.training.corpus.sample import Kind

_WITHOUT_IMAGE = ("identifier", "group", "kind", "caption", "messages")


class Ask(StrEnum):
    """What models that converse are asked, and so what a text is held against."""

    OWN = "own"  # each sample's question; its answer is the reference
    DESCRIBE = "describe"  # the same question for all; the caption is the reference


@dataclass(frozen=True)
class Chosen:
    """Samples in the order in which they are asked, with their rows of the split."""

    asked: tuple[Asked, ...]
    rows: Mapping[str, int]
    table: Any

    def film(self, sample: str) -> Grey:
        """Return the film of a sample as models read it; see `film_of`."""
        return film_of(self.table, self.rows[sample])


def choose(corpus: Corpus, split: str, limit: int | None, seed: int, ask: Ask) -> Chosen:
    """Choose the samples of a split.

    Parameters
    ----------
    limit : int or None
        How many; the same ones for a corpus and a seed, in whatever order its rows lie, and a
        smaller number is a part of a larger one.

    Raises
    ------
    CorpusError
    EvaluationError
        If the split is empty, or two samples of it have one identifier.
    """
    table = without_pixels(corpus.split(split))
    identifiers = [str(each) for each in table["identifier"]]
    if not identifiers:
        raise EvaluationError(reason=N_("the split has no samples"))
    rows = {identifier: place for place, identifier in enumerate(identifiers)}
    if len(rows) < len(identifiers):
        raise EvaluationError(reason=N_("two samples of the split have one identifier"))
    order = sorted(rows, key=lambda each: _rank(seed, each))[:limit]
    light = table.select_columns(list(_WITHOUT_IMAGE))
    asked = tuple(_asked(light[rows[identifier]], ask) for identifier in order)
    return Chosen(asked, {each.sample: rows[each.sample] for each in asked}, table)


def without_pixels(table: Any) -> Any:
    """Return the rows of a split with encoded images, so that each is decoded by our own rules."""
    from datasets import Image

    return table.cast_column("image", Image(decode=False))


def film_of(table: Any, row: int) -> Grey:
    """Return the film of a row through its default window, float32 in [0, 1].

    Raises
    ------
    IntakeError
        If it cannot be read.
    """
    content = table[row]["image"]["bytes"]
    if not content:
        raise UnreadableFileError(file="image", reason=N_("it holds no bytes"))
    return read_plain("image", content).grey()


def _rank(seed: int, identifier: str) -> str:
    return hashlib.sha256(f"{seed}:{identifier}".encode()).hexdigest()


def _asked(row: Mapping[str, Any], ask: Ask) -> Asked:
    caption = str(row["caption"])
    if ask is Ask.DESCRIBE:
        kind, question, reference = Kind.DESCRIBE.value, prompt_text("describe.txt"), caption
    else:
        first, *_between, last = row["messages"]
        kind, question, reference = str(row["kind"]), _words(first), _words(last)
    return Asked(
        sample=str(row["identifier"]),
        group=str(row["group"]),
        kind=kind,
        question=question,
        reference=reference,
        caption=caption,
    )


def _words(message: Mapping[str, Any]) -> str:
    parts: Sequence[Mapping[str, Any]] = message["content"]
    return "\n".join(str(part["text"]) for part in parts if part["type"] == "text")


def in_blocks(count: int, size: int) -> Iterator[range]:
    """Yield the numbers below ``count``, ``size`` at a time."""
    for start in range(0, count, size):
        yield range(start, min(start + size, count))
