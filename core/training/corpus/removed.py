"""Who and when in a caption: names, dates, and the marks that stand for what was removed.

An age stays: it belongs to how a film is read.
"""

from __future__ import annotations

import re

from core.findings.vocabulary import TERMS

_PLACEHOLDER = re.compile(
    r"\[\*\*.{0,100}?\*\*\]"  # MIMIC
    r"|(?:(?:\b(?:by|with|to|from)\s+)?\b(?:Dr|Mr|Mrs|Ms|Prof)\.?\s+)?"
    r"(?<!\w)(?:[xX]-)?X{4,}(?:[/ ]X{4,})*(?:-(?:year|month|week|day)-old|'s)?(?!\w)"  # Open-i
    r"|_{3,}(?:-year-old)?"
    r"|[\[<](?:NAME|DATE|AGE|PATIENT|DOCTOR|HOSPITAL|LOCATION|ID|MRN|REDACTED|REMOVED)[\]>]",
)
# "not XXXX seen" may have been "not well seen": without the mark it would deny. The sentence goes.
_HALF_DENIED = re.compile(r"(?:(?<=[.!?]\s)|^)[^.!?]{0,400}\bnot\s+(?:X{4,}|_{3,})[^.!?]*[.!?]?")

_DAY, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:19|20)\d\d"
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_ORDINAL = r"(?:st|nd|rd|th)?"
_DATE = (
    rf"(?:{_DAY}{_ORDINAL}(?:\s+of)?\s+{_MONTH},?\s+{_YEAR}"
    rf"|{_MONTH}\s+{_DAY}{_ORDINAL},?\s+{_YEAR}"
    rf"|{_MONTH},?\s+{_YEAR}"
    rf"|{_YEAR}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
    rf"|{_DAY}[./-]{_DAY}[./-]{_YEAR}"
    rf"|{_DAY}/{_DAY}/\d\d)"
)
# A number with a unit behind it is a measurement, whatever it looks like.
_DATED = re.compile(
    r"(?:^|(?<=[\s(\[,;]))(?:(?:dated|on|in|at|since|of|from|to|until|by|during)\s+)?"
    rf"{_DATE}(?![\w/]|[.-]\d|\s*(?:cm|mm|ml|kg|%|x\b|\u00d7))",
    re.IGNORECASE,
)

# Behind a name, the next sentence may begin without a stop: its first word is no name.
_FINDINGS = {
    word for term in TERMS for name in (term.name, *term.synonyms) for word in name.split()
}
_NOT_NAMES = "|".join(sorted(map(re.escape, _FINDINGS), key=len, reverse=True)) + (
    r"|chest|x|cxr|radiograph\w*|film|left|right|bilateral|no|not|without|normal|lungs?|heart"
    r"|pleural|the|an?|pa|ap|ct|mri?|there|small|large|mild|severe|moderate|upper|lower|middle"
    r"|acute|clear|opacity|effusion|postero\w*|antero\w*|show\w*|with|this|his|her|aged|portable"
    r"|supine|erect|in|of|on|and|possibl[ey]|probabl[ey]|suspected|likely|questionable|patient"
)
_NAME = rf"(?!(?i:(?:{_NOT_NAMES}))\b)[A-Z][A-Za-z'\u00c0-\u024f-]*"
_FULL_NAME = rf"(?:(?:[A-Z]\.\s?){{1,2}}(?:{_NAME})?|{_NAME}(?:\s+{_NAME})?)"
_PATIENT = re.compile(
    rf"(?<!\w)(?:Mr|Mrs|Ms|Miss|Madame|Monsieur|Mme)\.?\s+{_FULL_NAME}(?![A-Za-z])"
)
_INITIALS = re.compile(r"(?<=\bpatient )(?:[A-Z]\. ?){2,3}(?=\s|$|,)")
_DOCTOR = re.compile(
    rf"(?:(?<!\w)(?:by|with|to|from)\s+)?(?<!\w)(?:Dr|Prof)\.?\s+{_FULL_NAME}(?![A-Za-z])"
)


def without_placeholders(text: str) -> str:
    """Take away the marks that stand for removed words ("XXXX", "[**...**]", "___").

    A mark behind "not" takes its sentence along.
    """
    text = _HALF_DENIED.sub("", text)
    return _PLACEHOLDER.sub(" ", _begun(text, _PLACEHOLDER, r"\s+"))


def without_dates(text: str) -> str:
    """Take away dates that name a month or a day, with their preposition. A bare year stays."""
    return _DATED.sub("", _begun(text, _DATED, r",\s*"))


def _begun(text: str, removed: re.Pattern[str], between: str) -> str:
    """Take what begins a sentence away and let the next word begin it."""
    begins = rf"((?:^|[.!?]\s)\s*)(?:{removed.pattern}){between}(\w)"
    return re.sub(begins, lambda match: match[1] + match[2].upper(), text, flags=removed.flags)


def without_names(text: str) -> str:
    """Write "the patient" for one named with a title; take a physician's name away."""
    named = _PATIENT.sub(lambda match: _the_patient(text, match.start()), text)
    return _DOCTOR.sub("", _INITIALS.sub("", named))


def _the_patient(text: str, place: int) -> str:
    begins = re.search(r"(?:^|[.!?]\s)\s*$", text[:place]) is not None
    return "The patient" if begins else "the patient"
