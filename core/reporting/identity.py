"""How a patient's name, numbers and birth date are recognised in text.

What is misspelt, abbreviated or said in other words is not recognised.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Iterator

Identity = str | dt.date | None
"""A name (also in its DICOM form), a number, or the birth date; empty where it is not known."""

_APART = re.compile(r"[\^=,\s]+")
_HYPHENS, _APOSTROPHES = "-\u2010\u2011\u2013", "'\u2019\u02bc"
_JOINS = re.compile(f"[{_HYPHENS}{_APOSTROPHES}]+")
_DIGIT = re.compile(r"\d")
# Without these a sentence would say the opposite.
_DENIALS = frozenset(("no", "nor", "not"))
# Names that are ordinary words, too, are taken for names only where they begin with a capital.
_WORDS = frozenset(
    [
        "am",
        "an",
        "as",
        "at",
        "be",
        "by",
        "do",
        "he",
        "if",
        "in",
        "is",
        "it",
        "me",
        "my",
        "of",
        "on",
        "or",
        "so",
        "to",
        "up",
        "us",
        "we",
    ]
)


def identity_pattern(identity: Iterable[Identity]) -> re.Pattern[str] | None:
    """Return what finds these names, numbers and dates in NFC text; ``None`` if there are none.

    Whole words alone are found, in any case. A name is found by each of its parts of two letters
    or more, a number as a whole.
    """
    words: set[str] = set()
    dates: list[str] = []
    for each in identity:
        if isinstance(each, dt.date):
            dates += _spellings(each)
        elif each:
            words.update(_parts(unicodedata.normalize("NFC", each)))
    found = [*dates, *map(_word, sorted(words, key=len, reverse=True))]
    if not found:
        return None
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(found)})(?![^\W_])", re.IGNORECASE)


def _parts(text: str) -> Iterator[str]:
    for whole in _APART.split(text):
        if _DIGIT.search(whole):
            # A part of a number is any number: a size, a year.
            if len(whole) >= 3:
                yield whole
            continue
        for part in (whole, *_JOINS.split(whole)):
            letters = sum(map(str.isalpha, part))
            if letters >= 2 and part.lower() not in _DENIALS:
                yield part


def _word(part: str) -> str:
    if part.lower() in _WORDS:
        return f"(?-i:{part.capitalize()}|{part.upper()})"
    return "".join(map(_letter, part))


def _letter(char: str) -> str:
    for alike in (_HYPHENS, _APOSTROPHES):
        if char in alike:
            return f"[{re.escape(alike)}]"
    return re.escape(char)


def _spellings(day: dt.date) -> tuple[str, ...]:
    """Year, month and day in figures in every usual order, and with the month's English name."""
    year, month, of_month = f"{day.year:04d}", f"0?{day.month}", f"0?{day.day}"
    short_year = f"(?:{year[:2]})?{year[2:]}"
    name, short = calendar.month_name[day.month], calendar.month_abbr[day.month]
    named, nth = rf"(?:{name}|{short}\.?)", rf"{of_month}(?:st|nd|rd|th)?"
    between, gap = r"\s?[-./]\s?", r"[\s-]+"
    return (
        f"{day:%Y%m%d}",
        f"{day:%d%m%Y}",
        between.join((year, month, of_month)),
        between.join((of_month, month, short_year)),
        between.join((month, of_month, short_year)),
        rf"{nth}\.?{gap}(?:of\s)?{named},?{gap}{short_year}",
        rf"{named}{gap}{nth},?{gap}{year}",
    )
