"""From what a language model wrote to a draft: sections, sentences, findings, warnings.

The words stay as they were written. What they say and what a classifier scores stand side by side:
the findings panel keeps the classifier's numbers, and where the two disagree a warning says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from core.domain.draft import DraftSentence, DraftWarning, Refusal
from core.domain.errors import DraftFailedError
from core.domain.finding import Finding, Mention
from core.domain.report import Sections
from core.domain.study import Projection, Study
from core.findings.labeller import label, sentences, stated
from core.findings.vocabulary import BY_NAME, TERMS
from core.models.base import FindingFigures
from core.reporting import text_caveats as caveats
from core.reporting.caveats import AGE_UNKNOWN, NOT_FRONTAL, PROJECTION_UNKNOWN, UNDER_16
from core.reporting.checks import open_checks
from core.reporting.dictation import SHOWN
from core.reporting.drafting import NO_PRIOR, refusal_by_headers
from core.reporting.headings import Part, parts
from core.reporting.running_on import Kept, keep
from core.reporting.unearned_words import Known, disagreements, unearned_words
from core.reporting.wording import technique

WRITTEN = ("findings", "impression")
"""The sections that a model may write; all others say what the files say."""

_REFUSED = {Refusal.UNDER_16: UNDER_16, Refusal.NO_FRONTAL: NOT_FRONTAL}


@dataclass(frozen=True)
class TextDraft:
    """What a draft is made of.

    Attributes
    ----------
    findings : tuple of Finding
        The classifier's, then those that the text alone states, without a number.
    sentences : tuple of DraftSentence
        Each as it stands in its section.
    spans : tuple of (int, int)
        Where each sentence stands in what the model wrote, end exclusive: for its attention.
    refusal : Refusal or None
        Why nothing was taken over from the text.
    """

    findings: tuple[Finding, ...]
    sentences: tuple[DraftSentence, ...]
    sections: Sections
    warnings: tuple[DraftWarning, ...]
    spans: tuple[tuple[int, int], ...] = ()
    refusal: Refusal | None = None


def draft_of_text(
    written: str,
    *,
    study: Study,
    films: Sequence[Projection],
    prior: str = "",
    given: str = "",
    findings: Sequence[Finding] = (),
    figures: Mapping[str, FindingFigures] = MappingProxyType({}),
) -> TextDraft:
    """Structure what a language model wrote about a study.

    Parameters
    ----------
    written : str
        The text as the model gave it.
    study : Study
        For its indication and the age of the patient.
    films : sequence of Projection
        The projections of the films that were read.
    prior : str
        What the study is compared with, as the comparison section shall say it; empty where there
        is no earlier film.
    given : str
        The prompt: the model may repeat its numbers, dates and names.
    findings, figures
        Of a classifier that read the same film, from `core.reporting.drafting.findings_from`.

    Returns
    -------
    TextDraft
        Without headings all of the text is findings; an impression is never made up.

    Raises
    ------
    DraftFailedError
        If nothing is left of the text.
    """
    refusal = refusal_by_headers(study)
    if refusal is not None:
        sections = Sections(indication=study.indication)
        return TextDraft((), (), sections, (_REFUSED[refusal],), refusal=refusal)
    kept = keep(written)
    found = parts(kept.text)
    sections = Sections(
        indication=study.indication,
        comparison=prior or NO_PRIOR,
        technique=technique(films),
        **{name: _joined(kept.text, found, name) for name in WRITTEN},
    )
    if not any(getattr(sections, name) for name in WRITTEN):
        raise DraftFailedError(reason="the model wrote no report")
    placed = [each for part in found if part.section in WRITTEN for each in _sentences(kept, part)]
    said = stated(label(f"{sections.findings}\n\n{sections.impression}"))
    known = Known(films, bool(prior), _given(study, prior, given), findings, figures)
    return TextDraft(
        findings=_side_by_side(findings, said),
        sentences=tuple(sentence for sentence, _ in placed),
        sections=sections,
        warnings=(
            *_of_text(kept, found),
            *_of_study(study, films),
            *disagreements(said, findings, _conflicts(sections, findings)),
            *unearned_words(f"{sections.findings}\n\n{sections.impression}", said, known),
        ),
        spans=tuple(span for _, span in placed),
    )


def report_words(written: str) -> str:
    """Return what a draft would take over of a text: findings and impression, else empty."""
    kept = keep(written)
    found = parts(kept.text)
    return "\n\n".join(_joined(kept.text, found, name) for name in WRITTEN).strip()


def _joined(text: str, found: Sequence[Part], section: str) -> str:
    return "\n".join(text[part.start : part.end] for part in found if part.section == section)


def _given(study: Study, prior: str, given: str) -> str:
    age = "" if study.age is None else f"{study.age}-year-old {study.age} year old"
    return f"{study.indication}\n{prior}\n{given}\n{age}"


# --- sentences and findings ---------------------------------------------------------------------


def _sentences(kept: Kept, part: Part) -> Iterator[tuple[DraftSentence, tuple[int, int]]]:
    """The sentences of a part, letter by letter, with their places in what was written."""
    text = kept.text[part.start : part.end]
    named: dict[int, list[str]] = {}
    for mention in label(text):
        if mention.name in BY_NAME:
            named.setdefault(mention.sentence, []).append(mention.name)
    after = 0
    for number, piece in enumerate(sentences(text)):
        # A sentence over two lines was joined by one line break, whatever blanks stood there.
        words = re.compile(r"\s+".join(re.escape(word) for word in piece.split()))
        place = words.search(text, after)
        assert place is not None, "sentences are pieces of their text"
        after = place.end()
        names = tuple(dict.fromkeys(named.get(number, ())))
        start = kept.start + part.start
        span = (start + place.start(), start + place.end())
        yield DraftSentence(place.group(), part.section, names), span


def _side_by_side(findings: Sequence[Finding], said: Mapping[str, Mention]) -> tuple[Finding, ...]:
    """The classifier's findings as they are, then what the text alone states."""
    scored = {each.name for each in findings}
    alone = [said[term.name] for term in TERMS if term.name in said and term.name not in scored]
    return (*findings, *(_stated(mention) for mention in alone))


def _stated(mention: Mention) -> Finding:
    return Finding(
        name=mention.name,
        score=None,
        operating_point=None,
        certainty=mention.certainty,
        laterality=mention.laterality,
        drafted=mention.certainty in SHOWN,
    )


# --- warnings -----------------------------------------------------------------------------------


def _of_text(kept: Kept, found: Sequence[Part]) -> tuple[DraftWarning, ...]:
    headed = any(part.headed for part in found)
    said = (
        (caveats.CUT_AT_REPEAT, kept.repeats),
        (caveats.CUT_AT_MARK, kept.marks),
        (caveats.CUT_AT_LENGTH, kept.too_long),
        (caveats.BEFORE_HEADING, headed and any(not part.headed for part in found)),
        (caveats.OWN_SECTIONS, any(part.section not in WRITTEN for part in found)),
    )
    return tuple(warning for warning, due in said if due)


def _of_study(study: Study, films: Sequence[Projection]) -> tuple[DraftWarning, ...]:
    said = (
        (AGE_UNKNOWN, study.age is None),
        (PROJECTION_UNKNOWN, not {Projection.PA, Projection.AP} & set(films)),
    )
    return tuple(warning for warning, due in said if due)


def _conflicts(sections: Sections, findings: Sequence[Finding]) -> Mapping[str, Sequence[str]]:
    """What the checks before signing would ask of this text, by kind."""
    conflicts: dict[str, list[str]] = {}
    for check in open_checks(sections, findings, has_prior=True):
        if check.finding is not None:
            conflicts.setdefault(check.kind, []).append(check.finding)
    return conflicts
