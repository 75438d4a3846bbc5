"""The finished file, read back with pypdf."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pypdf

from core.reporting.pdf.content import ReportContent
from core.reporting.pdf.document import report_pdf


def opened(pdf: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(BytesIO(pdf))


def texts(content: ReportContent, **options: Any) -> list[str]:
    return [page.extract_text() for page in opened(report_pdf(content, **options)).pages]


def text(content: ReportContent, **options: Any) -> str:
    return "\n".join(texts(content, **options))


def joined(content: ReportContent) -> str:
    """All text without white space, for what may be wrapped."""
    return "".join(text(content).split())


def spoken(pdf: bytes) -> list[str]:
    """The text behind shaped glyphs, which has no characters in the content itself."""
    content = b"".join(page.get_contents().get_data() for page in opened(pdf).pages)
    found = re.findall(rb"/ActualText <([0-9A-F]+)>", content)
    return [bytes.fromhex(text.decode()).decode("utf-16") for text in found]


def fonts(pdf: bytes) -> set[str]:
    pages = opened(pdf).pages
    resources = [page["/Resources"]["/Font"] for page in pages]
    return {str(font.get_object()["/BaseFont"]) for fonts in resources for font in fonts.values()}
