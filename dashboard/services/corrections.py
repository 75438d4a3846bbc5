"""What a reader changed of a draft, and whether the reader used it at all."""

from __future__ import annotations

from collections.abc import Mapping

from core.domain.correction import Correction, align_sentences, compare_findings
from core.domain.draft import Draft
from core.domain.finding import Mention
from core.domain.natures import with_natures
from core.domain.report import ENGLISH, Sections, WorkingReport
from core.findings.labeller import sentences, stated
from core.reporting.reading import ReadText, read_text
from core.reporting.translation import in_language
from dashboard.services.edit_report import Review

_COMPARED = ("findings", "impression")


def corrections_between(
    draft: Draft, signed: Sections, language: str = ENGLISH
) -> tuple[Correction, ...]:
    """What the reader changed: sentence by sentence, then finding by finding, with its natures.

    Parameters
    ----------
    language : str
        Of the signed text; the draft is compared in the same language if it can be put into it.
    """
    draft = in_language(draft, language)
    drafted = [(one.section, one.text) for one in draft.sentences if one.section in _COMPARED]
    written = [
        (section, text) for section in _COMPARED for text in sentences(getattr(signed, section))
    ]
    # Both texts are read in the same way, so that an untouched draft shows no correction.
    before, after = _read(draft.sections, draft.language), _read(signed, language)
    compared = compare_findings(stated(before.mentions), stated(after.mentions))
    # Words that nobody read may well state what is missing from the others.
    unknown = {"removed": after.unread, "added": before.unread}
    known = tuple(item for item in compared if not unknown.get(item.change))
    aligned = align_sentences(drafted, written)
    return with_natures(aligned, known, lambda text: _stated(text, language)) + known


def takes_over(report: WorkingReport, draft: Draft) -> bool:
    """Whether the text was filled from the draft or has a sentence of it word for word."""
    if report.draft_id == draft.id:
        return True
    sections = report.sections.as_dict()
    # In the words of its own language as well as in those that the reader was shown.
    drafted = (*draft.sentences, *in_language(draft, report.language).sentences)
    return any(each.text in sections[each.section] for each in drafted)


def changed_from_draft(review: Review) -> bool:
    """Whether a signature would keep a correction of the draft, for which a reader may say why."""
    report, draft = review.report, review.draft
    if draft is None or review.signed or not draft.sentences:
        return False
    against = report.draft_id is not None or report.read_first or takes_over(report, draft)
    return against and any(
        getattr(draft.sections, name).split() != getattr(report.sections, name).split()
        for name in _COMPARED
    )


def _read(sections: Sections, language: str) -> ReadText:
    return read_text(f"{sections.findings}\n\n{sections.impression}", language)


def _stated(sentence: str, language: str) -> Mapping[str, Mention] | None:
    said = read_text(sentence, language)
    return None if said.unread else stated(said.mentions)
