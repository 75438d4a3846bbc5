"""What a signed report is searched for before it leaves this machine.

Searched for are the names, numbers, birth date and dates of all studies of its patient, as stored
and as signed; the names of all who sign here; people named with a title; dates that name a month or
a day; telephone numbers and addresses of mail. What is misspelt or said in other words is not
found, nor is a name without a title that is stored nowhere: DICOM's physicians are not stored.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from core.domain.report import SignedVersion
from core.domain.study import Study
from core.reporting.identity import Identity, identity_pattern
from core.training.corpus.removed import without_dates, without_names

LEAST_DIGITS = 7
"""Of a number that may be one of a telephone, or any other that leads to somebody."""
_TITLES = re.compile(r"\b(?:Dr|Prof|PD|MD|med|Mr|Mrs|Ms)\b\.?", re.IGNORECASE)
_NUMBER = re.compile(r"(?<!\w)\+?\(?\d(?:[\s()/.-]{0,3}\d)+(?!\w)")
_CALLED = re.compile(
    r"\b(?:tel(?:ephone)?|phone|mobile|pager|bleep|fax|ext(?:ension)?)\b[.:\s]{0,3}"
    r"(?:(?:no|number)\b[.:\s]{0,3})?\+?\(?\d{3,}",
    re.IGNORECASE,
)
_MAIL = re.compile(r"[^\s@]@[^\s@]+\.\w")


@dataclass(frozen=True)
class Known:
    """Who and what is known of a patient: every study, and what was signed of each."""

    studies: tuple[Study, ...]
    signed: tuple[SignedVersion, ...]

    def names(self, text: str) -> bool:
        """Whether a name, a number or the birth date of the patient is in a text."""
        return _found(self._identity(), text)

    def dates(self, text: str) -> bool:
        """Whether the date of a study, or any that names a month or a day, is in a text."""
        days = (each.study_datetime.date() for each in self.studies if each.study_datetime)
        text = unicodedata.normalize("NFC", text)
        return _found(days, text) or without_dates(text) != text

    def _identity(self) -> Iterator[Identity]:
        for study in self.studies:
            yield from (study.patient.name, study.patient.patient_id, study.patient.birth_date)
            yield study.accession_number
        for version in self.signed:
            yield from map(version.identity.get, ("patient_name", "patient_id", "accession_number"))
            if born := version.identity.get("birth_date"):
                yield dt.date.fromisoformat(born)


def names_person(text: str, readers: Iterable[str]) -> bool:
    """Whether one who signs here, or anybody with a title before the name, is named."""
    text = unicodedata.normalize("NFC", text)
    return _found((_TITLES.sub(" ", name) for name in readers), text) or without_names(text) != text


def holds_contact(text: str) -> bool:
    """Whether a text holds what may be a telephone number, or an address of mail."""
    numbers = (match.group() for match in _NUMBER.finditer(text))
    long = any(sum(map(str.isdigit, number)) >= LEAST_DIGITS for number in numbers)
    return long or _CALLED.search(text) is not None or _MAIL.search(text) is not None


def _found(identity: Iterable[Identity], text: str) -> bool:
    pattern = identity_pattern(identity)
    return pattern is not None and bool(pattern.search(unicodedata.normalize("NFC", text)))
