"""What a written text says that its model cannot know, by the word rules of the project.

Words are only marked here, never changed: the reader decides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.domain.draft import DraftWarning
from core.domain.finding import Certainty, Finding, Mention
from core.domain.study import Projection
from core.findings.labeller import comparisons
from core.findings.vocabulary import BY_NAME, CARDIOMEGALY, NO_FINDING
from core.models.base import FindingFigures
from core.reporting import text_caveats as caveats
from core.reporting.dictation import CARDIOMEGALY_PROJECTIONS, SHOWN, earned_negative
from core.reporting.text_caveats import about

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_NUMBER = r"\d+(?:[.,]\d+)?"
_DIAGNOSES = re.compile(
    r"\b(?:tuberculosis|tuberculous|(?:congestive )?(?:heart|cardiac) failure|CHF|malignan(?:cy|t)|"
    r"cancer|carcinoma|lymphoma|metasta(?:sis|ses|tic)|ARDS|sarcoid(?:osis)?|COPD|asthma|"
    r"aspiration|embol(?:ism|us|i)|infarct(?:ion)?|abscess|empyema|infecti(?:on|ous)|pneumonitis|"
    r"bronchitis|bronchiolitis|pneumoconiosis|silicosis|asbestosis|cystic fibrosis)\b",
    re.IGNORECASE,
)
_MEASURED = re.compile(
    rf"\b{_NUMBER}(?:\s*(?:x|×|by|to|-|–)\s*{_NUMBER})*\s*-?\s*"
    r"(?:mm|cm|ml|cc|%|percent|millimet\w+|centimet\w+|degrees?)(?!\w)|"
    rf"\bratio (?:of |is |= ?|measures )?(?:about |approximately )?{_NUMBER}",
    re.IGNORECASE,
)
_DATED = re.compile(
    rf"\b\d{{4}}-\d{{2}}-\d{{2}}\b|\b\d{{1,2}}[/.]\d{{1,2}}[/.]\d{{2,4}}\b|\b{_MONTH} \d{{1,2}}\b|"
    rf"\b\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTH}|\b{_MONTH},? \d{{4}}\b|\bin (?:19|20)\d{{2}}\b|"
    r"\b\d{1,2}:\d{2}\b|\b\d{1,2} ?[ap]\.?m\b",
    re.IGNORECASE,
)
_TOLD = re.compile(
    r"\b(?:Dr|Drs|Mr|Mrs|Ms|Prof|Doctor)\b\.?\s+[A-Z]\w*|\b\d{1,3}[- ]year[- ]old\b|"
    r"\b(?:discussed|communicated|conveyed|relayed) (?:with|to|by)\b|"
    r"\b(?:was|were) (?:notified|informed|called|paged)\b|\b(?:by|via) (?:tele)?phone\b"
)
_MASK = re.compile(r"\bX{3,}\b|_{3,}|\[\*\*.*?\*\*\]")


@dataclass(frozen=True)
class Known:
    """What may be known of a film beside its picture.

    Attributes
    ----------
    films : sequence of Projection
        Of the films that were read.
    has_prior : bool
        Whether there is an earlier film of the patient; no model here has seen it.
    given : str
        All words that the model was given: what stands there it may repeat.
    findings, figures
        Of a classifier beside the text: what it scored and what was measured of it.
    """

    films: Sequence[Projection]
    has_prior: bool = False
    given: str = ""
    findings: Sequence[Finding] = ()
    figures: Mapping[str, FindingFigures] = field(default_factory=dict)

    def scored(self, name: str) -> Finding | None:
        return next((each for each in self.findings if each.name == name), None)


def unearned_words(
    text: str, said: Mapping[str, Mention], known: Known
) -> tuple[DraftWarning, ...]:
    """Every kind of word that must be looked at, once, with the findings or words it is about.

    Parameters
    ----------
    text : str
        Findings and impression.
    said : mapping of finding to Mention
        What the text states in all: `core.findings.labeller.stated`.
    """
    named = [each for name, each in said.items() if name in BY_NAME]
    compared = caveats.COMPARED_UNSEEN if known.has_prior else caveats.COMPARED_WITHOUT_PRIOR
    diagnoses = [each.name for each in named if not BY_NAME[each.name].worded]
    return (
        *about(caveats.SIDE_NOT_EARNED, [e.name for e in named if _side_open(e, known)]),
        *about(caveats.NEGATIVE_NOT_EARNED, [e.name for e in named if _denial_open(e, known)]),
        *((caveats.CALLED_NORMAL,) if _called_normal(said) else ()),
        *((caveats.HEART_STATED,) if _heart_open(said, known) else ()),
        *about(caveats.DIAGNOSIS_WORDED, diagnoses, _first(_DIAGNOSES, text, "")),
        *about(compared, words=next(iter(comparisons(text)), "")),
        *about(caveats.MEASUREMENT, words=_first(_MEASURED, text, known.given)),
        *about(caveats.DATE, words=_first(_DATED, text, known.given)),
        *about(caveats.PERSON, words=_first(_TOLD, text, known.given)),
        *about(caveats.MASKED, words=_first(_MASK, text, "")),
    )


def _side_open(mention: Mention, known: Known) -> bool:
    """A classifier names a side only where its own were measured to be right."""
    if mention.laterality is None or mention.certainty not in SHOWN:
        return False
    scored = known.scored(mention.name)
    return scored is None or scored.laterality is not mention.laterality


def _denial_open(mention: Mention, known: Known) -> bool:
    if mention.certainty is not Certainty.ABSENT:
        return False
    scored = known.scored(mention.name)
    return scored is None or not earned_negative(scored, known.findings, known.figures, known.films)


def _called_normal(said: Mapping[str, Mention]) -> bool:
    return NO_FINDING in said and said[NO_FINDING].certainty is Certainty.PRESENT


def _heart_open(said: Mapping[str, Mention], known: Known) -> bool:
    frontal = {film for film in known.films if film is not Projection.LATERAL}
    return CARDIOMEGALY in said and not frontal <= set(CARDIOMEGALY_PROJECTIONS)


def _first(words: re.Pattern[str], text: str, given: str) -> str:
    """The first match that does not stand in what was given, on one line."""
    allowed = _plain(given)
    found = (_plain(match.group()).rstrip(".") for match in words.finditer(text))
    return next((each for each in found if each.casefold() not in allowed.casefold()), "")


def _plain(text: str) -> str:
    return " ".join(text.split())


# --- text and classifier ------------------------------------------------------------------------


def disagreements(
    said: Mapping[str, Mention], findings: Sequence[Finding], conflicts: Mapping[str, Sequence[str]]
) -> tuple[DraftWarning, ...]:
    """Where a text and a classifier say different things of one film.

    Parameters
    ----------
    said : mapping of finding to Mention
        What the text states in all.
    findings : sequence of Finding
        Of the classifier.
    conflicts : mapping of str to sequence of str
        Findings by kind of check before signing: the same rules hold for a draft.
    """
    absent = [
        each.name
        for each in findings
        if each.certainty is Certainty.ABSENT
        and each.name in said
        and said[each.name].certainty is Certainty.PRESENT
    ]
    return (
        *about(caveats.SCORED_NOT_STATED, conflicts.get("omission", ())),
        *about(caveats.SCORED_BUT_DENIED, conflicts.get("negation_conflict", ())),
        *about(caveats.STATED_NOT_SCORED, absent),
        *about(caveats.SIDES_DIFFER, conflicts.get("side_conflict", ())),
    )
