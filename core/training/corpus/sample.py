"""One picture with its words: as a source gives it, and as a corpus keeps it. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypedDict

from core.domain.finding import Mention


class Kind(StrEnum):
    """What the reader's turn of a sample asks for."""

    IDENTIFY = "identify"
    DESCRIBE = "describe"
    LOCATE = "locate"
    EXPLAIN = "explain"


class Drop(StrEnum):
    """Why a record does not become a sample. The first that applies, in this order, is counted."""

    NO_CAPTION = "no_caption"
    NOT_CHEST = "not_a_chest_radiograph"
    MISSING = "image_missing"
    UNREADABLE = "image_unreadable"
    TOO_LARGE = "image_too_large"
    TOO_SMALL = "image_too_small"
    NOT_RADIOGRAPH = "not_a_radiograph"
    DUPLICATE = "duplicate"


@dataclass(frozen=True)
class Record:
    """What a source holds; nothing of it is judged or changed.

    Attributes
    ----------
    source : str
        Name of the kind of source, such as ``rocov2``.
    identifier : str
        Unique within the source.
    group : str
        Patient or figure that the picture belongs to; the identifier where the source names none.
        A group never lies on both sides of a split.
    image : callable
        Returns the encoded bytes. Raises `OSError` where there are none.
    image_bytes : int
        Size of the encoded bytes, known before they are read; 0 where there is no file.
    caption : str
        As the source has it.
    concepts : tuple of str
        UMLS concept unique identifiers, such as ``C1306645``.
    licence : str
        Empty where the source names none.
    chest : bool
        Whether the source holds chest radiographs alone, so that none has to be selected.
    grouped : bool
        Whether the source names the group; where it does not, nothing is known of whose the
        picture is.
    split : str
        ``train`` or ``validation`` where the source has fixed it, the same for a whole group; a
        corpus keeps it. Empty where it is left to the corpus.
    """

    source: str
    identifier: str
    group: str
    image: Callable[[], bytes]
    image_bytes: int
    caption: str
    concepts: tuple[str, ...] = ()
    licence: str = ""
    chest: bool = False
    grouped: bool = True
    split: str = ""


@dataclass(frozen=True)
class Sample:
    """One instruction about one picture, with its answer.

    Attributes
    ----------
    image : bytes
        Encoded, as the source had it; a picture of 16 bits windowed to 8, as PNG.
    width, height : int
        As it is looked at, turned upright.
    caption, original : str
        Cleaned, and as the source had it.
    kind : Kind
    messages : list
        Chat turns in the shape of `transformers` chat templates: the reader's with the words and
        the place of the picture, then the answer.
    findings : tuple of Mention
        What the labeller reads from the cleaned caption, one a finding.
    """

    source: str
    identifier: str
    group: str
    image: bytes
    width: int
    height: int
    caption: str
    original: str
    kind: Kind
    messages: list[Message]
    findings: tuple[Mention, ...]
    concepts: tuple[str, ...] = ()
    licence: str = ""


class Message(TypedDict):
    """One turn: ``role`` is ``user`` or ``assistant``; ``content`` a list of typed parts."""

    role: str
    content: list[dict[str, Any]]
