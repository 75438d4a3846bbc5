"""Names that a corpus writes in its files, as words for who reads the page."""

from __future__ import annotations

from core.domain.errors import N_
from core.training.corpus.folder import TRAIN, VALIDATION
from core.training.corpus.sample import Drop, Kind
from dashboard.language import translate as _

_SPLITS = {TRAIN: N_("training"), VALIDATION: N_("validation")}
_KINDS = {
    Kind.IDENTIFY.value: N_("identify"),
    Kind.DESCRIBE.value: N_("describe"),
    Kind.LOCATE.value: N_("locate"),
    Kind.EXPLAIN.value: N_("explain"),
}
_DROPS = {
    Drop.NO_CAPTION: (
        N_("no caption"),
        N_("The source has no words for the picture, or none are left after cleaning."),
    ),
    Drop.NOT_CHEST: (
        N_("not a chest radiograph"),
        N_("Its concepts and its caption do not name a radiograph of the chest."),
    ),
    Drop.MISSING: (
        N_("picture missing"),
        N_("The source lists the picture and holds no file of it."),
    ),
    Drop.UNREADABLE: (
        N_("picture unreadable"),
        N_("Its bytes are damaged, cut short, or of a format that is not read."),
    ),
    Drop.TOO_LARGE: (
        N_("picture too large"),
        N_("It has more bytes or more pixels than are opened."),
    ),
    Drop.TOO_SMALL: (
        N_("picture too small"),
        N_("Its shorter side has too few pixels to see a finding in."),
    ),
    Drop.NOT_RADIOGRAPH: (
        N_("not a radiograph"),
        N_("Its pixels are not those of a radiograph: coloured, nearly blank, or a drawing."),
    ),
    Drop.DUPLICATE: (
        N_("duplicate"),
        N_("The same picture came before; the first one stays."),
    ),
}
_RULES = {
    "markup": N_("markup of web pages"),
    "lines": N_("words cut at the end of a line"),
    "unseen_characters": N_("characters that cannot be seen"),
    "character_forms": N_("several forms of one character"),
    "citations": N_("numbers of citations"),
    "placeholders": N_("placeholders of removed words"),
    "names": N_("names of people"),
    "dates": N_("dates"),
    "figure_references": N_("numbers of figures and panels"),
    "asides": N_("asides that point at the page"),
    "provenance": N_("where the picture was taken from"),
    "white_space": N_("white space"),
}
_REFUSED = {
    "columns": N_("another number of columns"),
    "encoding": N_("bytes that are no text"),
    "line": N_("a quoted field without end"),
    "json": N_("no JSON of a study"),
    "xml": N_("no XML of a report"),
    "identifier": N_("no identifier that can be a file name"),
    "no_image": N_("no picture is named"),
    "duplicate_identifier": N_("an identifier that came before"),
}


def split_name(split: str) -> str:
    return _(_SPLITS[split]) if split in _SPLITS else split


def kind_name(kind: str) -> str:
    return _(_KINDS[kind]) if kind in _KINDS else kind


def drop_name(reason: str) -> str:
    return _(_DROPS[Drop(reason)][0]) if reason in set(Drop) else plainly(reason)


def drop_meaning(reason: str) -> str:
    return _(_DROPS[Drop(reason)][1]) if reason in set(Drop) else ""


def rule_name(rule: str) -> str:
    return _(_RULES[rule]) if rule in _RULES else plainly(rule)


def refusal_name(reason: str) -> str:
    """Why a line of the source was no record."""
    return _(_REFUSED[reason]) if reason in _REFUSED else plainly(reason)


def plainly(name: str) -> str:
    """A name that this page has no words for, without its underscores."""
    return name.replace("_", " ")


def counted(number: int) -> str:
    """A count with its thousands apart, by a space that does not break."""
    return f"{number:,}".replace(",", "\u202f")
