"""Open checks before signing: the text is read again and held against the draft and itself.

An identifier names the situation, not its words: it stays while the situation stays, so that an
override given once is not asked for again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from core.domain.errors import N_
from core.domain.finding import Certainty, Finding, Laterality, Mention
from core.domain.report import ENGLISH, Sections
from core.findings.contradictions import disputed, disputed_among
from core.findings.labeller import comparisons, stated
from core.findings.vocabulary import BY_NAME, narrower
from core.reporting.phrases.catalogue import languages, phrases
from core.reporting.reading import ReadText, read_text

_OPPOSITE = {Laterality.LEFT: Laterality.RIGHT, Laterality.RIGHT: Laterality.LEFT}

SENTENCES: Mapping[str, str] = {
    "empty_report": N_("The report is empty."),
    "empty_impression": N_("The impression is empty."),
    "side_placeholder": N_("A side is still open: write left, right or none for {placeholder}."),
    "omission": N_(
        "The model scored {finding} above its operating point; the text is silent on it."
    ),
    "side_conflict": N_("{finding}: {drafted} in the draft, {stated} in the text."),
    "negation_conflict": N_(
        "The model scored {finding} above its operating point; the text denies it."
    ),
    "comparison_without_prior": N_('The text compares ("{words}"), but there is no prior film.'),
    "internal_contradiction": N_(
        "{finding}: {findings} in the findings, {impression} in the impression."
    ),
    "unread_text": N_(
        "The text is in {language}, which the checks cannot read: compare findings and sides "
        "yourself."
    ),
    "unread_script": N_(
        "A part of the text is not in English, which alone the checks can read: compare findings "
        "and sides yourself."
    ),
    "disputed": N_("{finding} is both stated and denied in one section."),
}


@dataclass(frozen=True)
class Check:
    """One thing to resolve, or to leave open with a reason unless ``blocking``.

    ``message`` is English; ``template`` and ``facts`` are for translation.
    """

    id: str
    kind: str
    message: str
    finding: str | None = None
    blocking: bool = False
    template: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


def open_checks(
    sections: Sections,
    findings: Sequence[Finding],
    *,
    has_prior: bool,
    language: str = ENGLISH,
) -> tuple[Check, ...]:
    """What stands between this text and a signature, blocking checks first.

    Parameters
    ----------
    sections : Sections
        The text to sign.
    findings : sequence of Finding
        Of the draft, empty where there was none. Omission, denial and side are held against those
        the model was allowed to draft: ``drafted``; omission and denial only against those that it
        scored.
    has_prior : bool
        Whether an earlier film of the patient is at hand.
    language : str
        Of the text. Where a part of it cannot be read, that is one check, and no other rests on
        what the text does not say.
    """
    if not _says(sections.findings) and not _says(sections.impression):
        return (_check("empty_report", blocking=True),)
    checks: list[Check] = []
    text = f"{sections.findings}\n\n{sections.impression}"
    if placeholder := _placeholder().search(text):
        checks.append(_check("side_placeholder", blocking=True, placeholder=placeholder.group()))
    if not _says(sections.impression):
        checks.append(_check("empty_impression"))
    read = read_text(text, language)
    if read.unread:
        checks.append(_unread(language))
    drafted = [each for each in findings if each.drafted]
    checks += [check for each in drafted if (check := _against_draft(each, read))]
    parts = [read_text(part, language) for part in (sections.findings, sections.impression)]
    checks += _contradictions(*(stated(part.mentions) for part in parts))
    told = (*_disputed(sections.findings, language), *_disputed(sections.impression, language))
    checks += [_check("disputed", name) for name in dict.fromkeys(told)]
    english = text if language == ENGLISH else "\n".join(read.english.values())
    words = comparisons(english)
    if words and not has_prior:
        checks.append(_check("comparison_without_prior", words=words[0]))
    return tuple(checks)


@cache
def _placeholder() -> re.Pattern[str]:
    """The open side of any language: a text may hold words of two."""
    inside = (phrases(code).placeholder.strip("[]") for code in languages())
    return re.compile(rf"\[\s*(?:{'|'.join(map(re.escape, inside))})\s*\]", re.IGNORECASE)


def _unread(language: str) -> Check:
    if language == ENGLISH:
        return _check("unread_script")
    named = phrases(language).english if language in languages() else language
    return _check("unread_text", language=named)


def _disputed(text: str, language: str) -> tuple[str, ...]:
    if language == ENGLISH:
        return disputed(text)
    read = read_text(text, language)
    apart = [each for each in read.mentions if each.sentence not in read.english]
    return (*disputed_among(apart), *disputed("\n".join(read.english.values())))


def _says(text: str) -> bool:
    return re.search(r"\w", text) is not None


def _check(kind: str, finding: str | None = None, *, blocking: bool = False, **facts: str) -> Check:
    facts = {"finding": finding, **facts} if finding else facts
    identifier = f"{kind}:{finding}" if finding else kind
    template = SENTENCES[kind]
    return Check(identifier, kind, template.format(**facts), finding, blocking, template, facts)


# --- text against draft -------------------------------------------------------------------------


def _against_draft(finding: Finding, read: ReadText) -> Check | None:
    whole = stated(read.mentions)
    mention = whole.get(finding.name)
    scored = finding.score is not None
    if scored and finding.certainty is Certainty.PRESENT and not _affirmed(finding.name, whole):
        if mention is not None and _denies(mention, finding):
            return _check("negation_conflict", finding.name)
        silent = mention is None or mention.certainty is Certainty.ABSENT
        # What was not read may well mention it.
        if silent and not read.unread:
            return _check("omission", finding.name)
    if mention is None or mention.certainty is Certainty.ABSENT:
        return None
    drafted, said = finding.laterality, mention.laterality
    if drafted is None or said is None or drafted is said:
        return None
    return _check("side_conflict", finding.name, drafted=drafted.value, stated=said.value)


def _affirmed(name: str, whole: Mapping[str, Mention]) -> bool:
    """Whether the finding, or a narrower one that states it, is called present or uncertain."""
    names = {name} | narrower(name)
    return any(each in whole and whole[each].certainty is not Certainty.ABSENT for each in names)


def _denies(mention: Mention, finding: Finding) -> bool:
    """A denial on one side ("the left lung is clear") denies only what was drafted there."""
    whole = mention.laterality in (None, Laterality.BILATERAL)
    return mention.certainty is Certainty.ABSENT and (
        whole or mention.laterality is finding.laterality
    )


# --- text against itself ------------------------------------------------------------------------


def _contradictions(
    findings: Mapping[str, Mention], impression: Mapping[str, Mention]
) -> list[Check]:
    checks = []
    for name in BY_NAME:
        if name not in findings or name not in impression:
            continue
        first, second = findings[name], impression[name]
        if _one_denied(first, second):
            said = (first.certainty.value, second.certainty.value)
        elif _opposed(first, second):
            said = (str(first.laterality), str(second.laterality))
        else:
            continue
        checks.append(_check("internal_contradiction", name, findings=said[0], impression=said[1]))
    return checks


def _one_denied(first: Mention, second: Mention) -> bool:
    if {first.certainty, second.certainty} != {Certainty.PRESENT, Certainty.ABSENT}:
        return False
    denied = first if first.certainty is Certainty.ABSENT else second
    return denied.laterality in (None, Laterality.BILATERAL, _present_side(first, second))


def _present_side(first: Mention, second: Mention) -> Laterality | None:
    return first.laterality if first.certainty is Certainty.PRESENT else second.laterality


def _opposed(first: Mention, second: Mention) -> bool:
    if Certainty.ABSENT in (first.certainty, second.certainty) or first.laterality is None:
        return False
    return second.laterality is not None and _OPPOSITE.get(first.laterality) is second.laterality
