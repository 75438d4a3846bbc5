"""The sheet: styles, margins, running header, footer, watermark, page numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO, Literal

from reportlab import rl_config
from reportlab.lib import pagesizes
from reportlab.lib.colors import Color
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate

from core.reporting.pdf.script_runs import paragraph
from core.reporting.pdf.typefaces import BOLD, REGULAR

PageSize = Literal["A4", "LETTER"]
Translate = Callable[[str], str]

SIDE: float = 18 * mm
TOP: float = 14 * mm
BOTTOM: float = 20 * mm
HAIRLINE = 0.4
INK, MUTED, LINE = Color(0, 0, 0), Color(0.33, 0.33, 0.33), Color(0.6, 0.6, 0.6)
WATERMARK = Color(0, 0, 0, alpha=0.08)


def _style(name: str, size: float, leading: float, **more: Any) -> ParagraphStyle:
    more = {"fontName": REGULAR, "textColor": INK, "allowOrphans": 0, "allowWidows": 0} | more
    return ParagraphStyle(name, fontSize=size, leading=leading, **more)


BODY = _style("body", 10, 14)
TITLE = _style("title", 15, 19, fontName=BOLD)
# As far from its baseline to the foot of its line as the title, which it stands beside.
STATUS = _style("status", 11, 15, fontName=BOLD, alignment=TA_RIGHT)
INSTITUTION = _style("institution", 10.5, 14, fontName=BOLD)
HEADING = _style("heading", 11.5, 15, fontName=BOLD, spaceBefore=9, spaceAfter=1)
LABEL = _style("label", 9, 12, textColor=MUTED)
VALUE = _style("value", 9, 12)
STRONG = _style("strong", 9, 12, fontName=BOLD)
CAPTION = _style("caption", 8, 10.5, textColor=MUTED)
NOTE = _style("note", 8, 11, textColor=MUTED, spaceBefore=8)
RUNNING = _style("running", 8, 10.5, textColor=MUTED)
FOOT = _style("foot", 7, 9, textColor=MUTED)
FOOT_CENTRE = _style("foot centre", 7, 9, textColor=MUTED, alignment=TA_CENTER)
FOOT_RIGHT = _style("foot right", 7, 9, textColor=MUTED, alignment=TA_RIGHT)


@dataclass(frozen=True)
class Sheet:
    """What every page of one report has in common.

    ``made_at`` is the date in the file's metadata, so that one report gives one sequence of bytes.
    """

    page: PageSize
    language: str
    title: str
    author: str
    running: str
    notice: str
    digest: str
    page_words: str
    watermark: str
    made_at: dt.datetime

    @property
    def size(self) -> tuple[float, float]:
        width, height = pagesizes.A4 if self.page == "A4" else pagesizes.LETTER
        return width, height

    @property
    def width(self) -> float:
        """Width of the text, in points."""
        return self.size[0] - 2 * SIDE


class NumberedCanvas(Canvas):  # type: ignore[misc]
    """Holds pages back until their number is known, then adds the foot of each."""

    def __init__(self, *args: Any, sheet: Sheet, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._sheet = sheet
        self._held: list[dict[str, Any]] = []
        self.setDateFormatter(lambda *_: _pdf_date(sheet.made_at))

    def showPage(self) -> None:  # noqa: N802
        self._held.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        for number, page in enumerate(self._held, start=1):
            self.__dict__.update(page)
            _draw_foot(self, self._sheet, number, len(self._held))
            super().showPage()
        super().save()


def build(sheet: Sheet, story: list[Flowable], target: BinaryIO) -> None:
    """Lay the story out over as many pages as it needs."""
    rl_config.useA85 = 0  # binary streams: a fifth smaller than ASCII-85
    document = BaseDocTemplate(
        target,
        pagesize=sheet.size,
        title=sheet.title,
        author=sheet.author,
        lang=sheet.language,
        subject="",
        creator="Overread",
        keywords="",
        invariant=1,
        pageCompression=1,
        initialFontName=REGULAR,
    )
    running = paragraph(sheet.running, RUNNING)
    _, running_height = running.wrap(sheet.width, sheet.size[1])
    document.addPageTemplates(
        [
            PageTemplate(
                "first",
                [_frame(sheet, TOP)],
                autoNextPageTemplate="later",
                onPageEnd=partial(_draw_watermark, sheet),
            ),
            PageTemplate(
                "later",
                [_frame(sheet, TOP + running_height + 5 * mm)],
                onPage=partial(_draw_running, sheet),
                onPageEnd=partial(_draw_watermark, sheet),
            ),
        ]
    )
    document.build(story, canvasmaker=partial(NumberedCanvas, sheet=sheet))


def _frame(sheet: Sheet, top: float) -> Frame:
    height = sheet.size[1] - top - BOTTOM
    return Frame(SIDE, BOTTOM, sheet.width, height, 0, 0, 0, 0)


def _draw_running(sheet: Sheet, canvas: Canvas, _document: BaseDocTemplate) -> None:
    """Whose report this is, on every page after the first: sheets part in a folder."""
    line = paragraph(sheet.running, RUNNING)
    _, height = line.wrap(sheet.width, sheet.size[1])
    bottom = sheet.size[1] - TOP - height
    line.drawOn(canvas, SIDE, bottom)
    _rule(canvas, sheet, bottom - 1.5 * mm)


def _draw_watermark(sheet: Sheet, canvas: Canvas, _document: BaseDocTemplate) -> None:
    if not sheet.watermark:
        return
    width, height = sheet.size
    size = min(120.0, 900.0 / len(sheet.watermark))
    style = _style("watermark", size, size, fontName=BOLD, textColor=WATERMARK, alignment=TA_CENTER)
    word = paragraph(sheet.watermark, style)
    word.wrap(height, height)
    canvas.saveState()
    canvas.translate(width / 2, height / 2)
    canvas.rotate(52)
    word.drawOn(canvas, -height / 2, -size / 2)
    canvas.restoreState()


def _draw_foot(canvas: Canvas, sheet: Sheet, number: int, total: int) -> None:
    _rule(canvas, sheet, BOTTOM - 5 * mm)
    pages = sheet.page_words.format(page=number, pages=total)
    third = sheet.width / 3
    parts = ((sheet.notice, FOOT), (sheet.digest, FOOT_CENTRE), (pages, FOOT_RIGHT))
    for place, (text, style) in enumerate(parts):
        block = paragraph(text, style)
        _, height = block.wrap(third, BOTTOM)
        block.drawOn(canvas, SIDE + place * third, BOTTOM - 6 * mm - height)


def _rule(canvas: Canvas, sheet: Sheet, height: float) -> None:
    canvas.setLineWidth(HAIRLINE)
    canvas.setStrokeColor(LINE)
    canvas.line(SIDE, height, SIDE + sheet.width, height)


def _pdf_date(time: dt.datetime) -> str:
    """A date as ISO 32000-1, 7.9.4 writes it, in UTC."""
    return time.astimezone(dt.UTC).strftime("D:%Y%m%d%H%M%SZ")
