"""Drafts and reports in another language: sentence by sentence, through the files of phrases.

Only what a file can read is put into other words. What it cannot is left as it stands, and marked
where the reader must see that.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from core.domain.draft import Draft
from core.domain.report import Sections
from core.findings.sentences import sentences
from core.reporting.phrases.catalogue import Phrases, languages, phrases

REWORDED = ("comparison", "technique", "findings", "impression")
"""The sections that drafts are worded in; an indication is somebody's own words."""


def in_language(draft: Draft, language: str) -> Draft:
    """A draft in another language, whole; one with a sentence that is of no file stays as it is."""
    if draft.language == language or not {draft.language, language} <= set(languages()):
        return draft
    before, after = phrases(draft.language), phrases(language)
    worded = [_said(sentence.text, before, after) for sentence in draft.sentences]
    if not all(worded):
        return draft
    return replace(
        draft,
        language=language,
        sections=sections_in(draft.sections, draft.language, language),
        sentences=tuple(
            replace(sentence, text=text or "")
            for sentence, text in zip(draft.sentences, worded, strict=True)
        ),
    )


def sections_in(sections: Sections, before: str, after: str) -> Sections:
    """Sections in another language; one with a sentence that is of no file stays as it is."""
    if not {before, after} <= set(languages()):
        return sections
    worded = {}
    for name in REWORDED:
        unknown: list[str] = []
        text = _translated(getattr(sections, name), phrases(before), phrases(after), unknown.append)
        if not unknown:
            worded[name] = text
    return replace(sections, **worded)


def translation(text: str, before: str, after: str, mark: str) -> str:
    """A text in another language, with a mark around what is of no file.

    Parameters
    ----------
    mark : str
        Such as ``[English: {text}]``.
    """
    if not {before, after} <= set(languages()):
        return mark.format(text=text) if text.strip() else text
    marked = _translated(text, phrases(before), phrases(after), lambda s: mark.format(text=s))
    opening, closing = mark.split("{text}")
    # Sentences that follow each other on a line stand in one mark.
    return re.sub(f"{re.escape(closing)}( +){re.escape(opening)}", r"\1", marked)


def _translated(
    text: str, before: Phrases, after: Phrases, unknown: Callable[[str], str | None]
) -> str:
    """Put sentence for sentence; list markers, blanks and breaks between them stay."""
    pieces, rest = [], text
    for sentence in sentences(text):
        # A sentence over lines may have lost blanks at their ends: its text is then searched so.
        gap, found, rest = rest.partition(sentence)
        if not found:
            return unknown(text) or text
        pieces += [gap, _said(sentence, before, after) or unknown(sentence) or sentence]
    return "".join([*pieces, rest])


def _said(sentence: str, before: Phrases, after: Phrases) -> str | None:
    said = before.read(sentence)
    return None if said is None else after.say(said)
