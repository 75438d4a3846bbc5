"""The report: five plain texts that save themselves while the reader types.

The browser saves to the REST address itself, so that a rerun of the page never touches typed text
and a stopped server never costs a word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType

import streamlit as st

from core.domain.report import ENGLISH
from core.reporting.phrases.catalogue import languages, phrases
from dashboard.components.registration import register
from dashboard.components.triggers import saved_words, with_version
from dashboard.language import translate as _

SECTIONS = ("indication", "comparison", "technique", "findings", "impression")


@dataclass(frozen=True)
class DraftSentenceView:
    """One drafted sentence, the section it was drafted for and the findings that it states.

    ``map`` is the viewer's name of the sentence's own map, empty where it has none.
    """

    text: str
    section: str
    findings: tuple[str, ...] = ()
    map: str = ""


_mount = register("report_editor")


def show(
    *,
    study_id: int | str,
    url: str,
    sections: Mapping[str, str],
    version: int,
    typed: bool,
    read_only: bool,
    draft_sentences: Sequence[DraftSentenceView],
    checks_open: int,
    can_sign: bool,
    pdf_url: str,
    key: str,
    draft_hidden: bool = False,
    language: str = ENGLISH,
    translations: Mapping[str, str] = MappingProxyType({}),
    height_css: str = "calc(100vh - 96px)",
    on_language: Callable[[str], None] | None = None,
    on_sign: Callable[[int], None] | None = None,
    on_next: Callable[[], None] | None = None,
    on_reveal: Callable[[], None] | None = None,
    on_saved: Callable[[int], None] | None = None,
) -> None:
    """Show the report of one study.

    Parameters
    ----------
    study_id
        Tells one study's text from another's where the key stays the same.
    url
        Address of ``GET``/``PUT`` ``/api/v1/studies/{id}/report``, same origin.
    sections, version
        The text the server holds and its version. Unsaved typing wins over both.
    typed
        Whether a reader has typed in this report before.
    read_only
        A signed report: set as plain text, without signing.
    draft_sentences
        Marked in the text while it still holds them word for word.
    checks_open
        Number of open checks before signing.
    can_sign
        Whether the acting user may sign at all.
    pdf_url
        Address of the PDF.
    language
        Code of the language that the report is in.
    translations
        Addresses of the translations that can be handed out, by the code of their language.
    height_css
        Height of the column that the editor ends, as a CSS length: what stands above the editor in
        the same column is taken off.
    on_language
        Called with the code of a language that the reader chose, once the text is on the server.
    on_sign
        Called with the saved version once the text is on the server.
    on_next
        Called once the text is on the server.
    on_reveal
        Called once the text is on the server, where ``draft_hidden`` offers to reveal the draft.
    on_saved
        Called with the saved version when the reader pauses after a save; costs a rerun, so give
        it only where something on the page depends on the text.
    """
    data = {
        "study_id": str(study_id),
        "url": url,
        "sections": {name: sections.get(name, "") for name in SECTIONS},
        "version": version,
        "typed": typed,
        "read_only": read_only,
        "sentences": [asdict(sentence) for sentence in draft_sentences],
        "can_sign": can_sign,
        "draft_hidden": draft_hidden,
        "report_saves": on_saved is not None,
        "pdf_url": pdf_url,
        "language": language,
        "languages": dict(languages()),
        "placeholders": [phrases(code).placeholder for code in languages()],
        "translations": [
            {"language": languages()[code], "url": url} for code, url in translations.items()
        ],
        "height": height_css,
        "checks": {"count": checks_open, "text": _checks(checks_open)},
        "labels": _labels(),
    }
    _mount(
        key=key,
        data=data,
        on_language_change=lambda: _with_language(key, on_language),
        on_sign_change=lambda: with_version(key, "sign", on_sign),
        on_next_change=lambda: on_next() if on_next else None,
        on_reveal_change=lambda: on_reveal() if on_reveal else None,
        on_saved_change=lambda: with_version(key, "saved", on_saved),
    )


def _with_language(key: str, act: Callable[[str], None] | None) -> None:
    """Hand the language that the browser sent to ``act``; one that there is not is ignored."""
    value = st.session_state[key].get("language")
    language = value.get("language") if isinstance(value, Mapping) else None
    if act is not None and language in languages():
        act(str(language))


def _checks(count: int) -> str:
    if count == 0:
        return _("no open check")
    return _("1 open check") if count == 1 else _("{count} open checks").format(count=count)


def _labels() -> dict[str, str]:
    return {
        "report": _("Report"),
        "indication": _("Indication"),
        "comparison": _("Comparison"),
        "technique": _("Technique"),
        "folded": _("Comparison, technique"),
        "findings": _("Findings"),
        "impression": _("Impression"),
        "approve": _("Approve"),
        "approve_title": _("Save and go on to signing"),
        "cannot_sign": _("Signing is not open to you."),
        "next": _("Next"),
        "next_title": _("Save and open the next study"),
        "pdf": _("PDF"),
        "language": _("Language of the report"),
        "translation": _("PDF in {language}"),
        "translation_title": _("A translation: marked as one, and not signed"),
        **saved_words(),
        "unsaved_action": _("The text is not on the server yet; it stays here."),
        "signed": _("This report has been signed. Your unsaved words stay here to be copied."),
        "reveal": _("Reveal the draft"),
        "reveal_title": _("Keep what is written and show the draft (R, or Alt+R while typing)"),
        "draft_arrived": _("A draft has arrived"),
        "draft_heading": _("Draft of the model"),
        "draft_insert": _("Insert"),
        "close": _("Close"),
        "conflict_heading": _("Changed elsewhere while you were writing"),
        "conflict_hint": _("Edit your text here if you want to merge both, then keep it."),
        "mine": _("Your text"),
        "theirs": _("Text on the server"),
        "keep_mine": _("Keep mine"),
        "take_theirs": _("Take theirs"),
        "empty": _("empty"),
    }
