"""The films of a report in rows, in drafts with the model's maps beside them."""

from __future__ import annotations

from dataclasses import dataclass

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Spacer, Table, TableStyle

from core.reporting.pdf.content import EvidencePanel, KeyImage, ReportContent
from core.reporting.pdf.key_image import BAR_WIDTH, HeatPicture, Size, common_scale, film_picture
from core.reporting.pdf.layout import CAPTION
from core.reporting.pdf.script_runs import paragraph

COLUMNS = 2
GAP = 5 * mm
TALLEST = 80 * mm


@dataclass(frozen=True)
class _Cell:
    image: KeyImage
    panel: EvidencePanel | None = None

    @property
    def caption(self) -> str:
        return f"{self.panel.finding}: {self.panel.title}" if self.panel else self.image.label

    def picture(self, size: Size) -> Flowable:
        if self.panel:
            return HeatPicture(self.image.grey, self.panel.heat, size)
        return film_picture(self.image.grey, size)


def key_images(content: ReportContent, width: float) -> list[Flowable]:
    """The key images at one scale, each followed by the maps that lie over it."""
    cells = _cells(content)
    if not cells:
        return []
    # Where there are maps each cell keeps room for a colour bar, so that rows stand in columns.
    bar = BAR_WIDTH if content.evidence else 0.0
    room = width - COLUMNS * bar, TALLEST
    sizes = common_scale([cell.image for cell in cells], COLUMNS, room, GAP)
    placed = list(zip(cells, sizes, strict=True))
    story: list[Flowable] = [Spacer(1, 4 * mm)]
    for start in range(0, len(placed), COLUMNS):
        story.append(_row(placed[start : start + COLUMNS], bar))
    return story


def _cells(content: ReportContent) -> list[_Cell]:
    return [
        cell
        for place, image in enumerate(content.key_images)
        for cell in (
            _Cell(image),
            *(_Cell(image, panel) for panel in content.evidence if panel.film == place),
        )
    ]


def _row(placed: list[tuple[_Cell, Size]], bar: float) -> Table:
    """One row; a picture and its caption share a table cell, so that no page parts them."""
    cells, widths = [], []
    for cell, size in placed:
        cells.append([cell.picture(size), Spacer(1, 1 * mm), paragraph(cell.caption, CAPTION)])
        widths.append(size[0] + bar + GAP)
    style = TableStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), GAP),
            ("TOPPADDING", (0, 0), (-1, -1), 0),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2 * mm),
        ]
    )
    return Table([cells], colWidths=widths, style=style, hAlign="LEFT")
