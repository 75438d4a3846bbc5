"""A report as PDF: signed, for the patient's folder, or a draft that says so on every page."""

from __future__ import annotations

import threading
from io import BytesIO

from reportlab.platypus import Flowable

from core.domain.errors import N_
from core.reporting.pdf import blocks, draft_blocks
from core.reporting.pdf.content import ReportContent
from core.reporting.pdf.layout import PageSize, Sheet, Translate, build
from core.reporting.pdf.pictures import key_images

TITLE = N_("Chest radiograph report")
RESEARCH_NOTICE = N_("Research software, not a medical device.")
DIGEST_SHOWN = 16

# Subsets of a font are cut with one read position in its file, which two threads must not share.
_building = threading.Lock()


def report_pdf(
    content: ReportContent,
    *,
    page: PageSize = "A4",
    translate: Translate = str,
    language: str = "en",
) -> bytes:
    """Lay out a report.

    Parameters
    ----------
    content : ReportContent
    page : {"A4", "LETTER"}
    translate : callable
        The fixed words of the sheet to the reader's language; report text is printed as it is.
    language : str
        Language of the document, as BCP 47 names it, for screen readers.

    Returns
    -------
    bytes
        One content gives one sequence of bytes. Patient and reader are not in the metadata.

    Raises
    ------
    SettingsError
        For a logo that is not an image.
    """
    sheet = _sheet(content, page, translate, language)
    story = _story(content, sheet.width, translate)
    target = BytesIO()
    with _building:
        build(sheet, story, target)
    return target.getvalue()


def _story(content: ReportContent, width: float, translate: Translate) -> list[Flowable]:
    opening = [
        *blocks.header(content, width, translate),
        *([] if content.signed else draft_blocks.notice(content.warnings, translate)),
        *blocks.translation_notice(content),
        *blocks.patient_block(content.study, width, translate),
    ]
    text = blocks.sections(content, translate)
    pictures = key_images(content, width)
    if not content.signed:
        table = draft_blocks.findings_table(content.findings, width, translate)
        return [*opening, *pictures, *text, *table, *blocks.closing(content)]
    signatures = blocks.signature(content, width, translate)
    for item in content.addenda:
        signatures += blocks.addendum(item, translate)
    return [*opening, *text, *pictures, *signatures, *blocks.closing(content)]


def _sheet(content: ReportContent, page: PageSize, translate: Translate, language: str) -> Sheet:
    # A translation is not what was signed: the digest at its foot would say so.
    digest = "" if content.translation else (content.digest or "")[:DIGEST_SHOWN]
    unsigned = bool(content.translation) or not content.signed
    return Sheet(
        page=page,
        language=language,
        title=translate(TITLE),
        author=content.institution or "Overread",
        running=blocks.running_line(content.study, translate),
        notice=translate(RESEARCH_NOTICE),
        digest=translate("Digest {digest}…").format(digest=digest) if digest else "",
        page_words=translate("page {page} of {pages}"),
        watermark=blocks.status_word(content, translate) if unsigned else "",
        made_at=content.signed_at or content.study.received_at,
    )
