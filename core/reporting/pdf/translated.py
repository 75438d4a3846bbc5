"""The sheet of a translation: what was signed, in another language, and said to be just that."""

from __future__ import annotations

from dataclasses import replace

from core.domain.errors import N_
from core.domain.report import Sections
from core.reporting.pdf.content import ReportContent
from core.reporting.pdf.layout import Translate
from core.reporting.phrases.catalogue import languages, phrases
from core.reporting.translation import translation

NOTICE = N_("Translation; the signed text is in {language}. This translation is not signed.")
LEFT = N_("What stands in square brackets could not be translated; it is as it was signed.")
MARK = N_("[as signed: {text}]")


def translated(content: ReportContent, before: str, after: str, words: Translate) -> ReportContent:
    """A signed report in another language, sentence by sentence.

    Parameters
    ----------
    content : ReportContent
        A signed one, its fixed words in the language ``after``.
    before, after : str
        The language that was signed, and the one to put it into.
    words : callable
        To the language ``after``.
    """
    named = words(phrases(before).english) if before in languages() else before
    mark = words(MARK)
    sections = {
        name: translation(text, before, after, mark)
        for name, text in content.sections.as_dict().items()
    }
    addenda = tuple(
        replace(item, text=translation(item.text, before, after, mark)) for item in content.addenda
    )
    texts = [*sections.values(), *(item.text for item in addenda)]
    left = any(mark.split("{text}")[0] in text for text in texts)
    notice = words(NOTICE).format(language=named)
    return replace(
        content,
        sections=Sections(**sections),
        addenda=addenda,
        translation=f"{notice} {words(LEFT)}" if left else notice,
    )
