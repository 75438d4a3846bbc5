"""Films and maps on paper: downscaled, compressed, side by side at one scale."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.platypus import Flowable, Image

from core.explain.overlay import TRANSPARENT_BELOW, Grey, inferno, jpeg, overlay, shrunk
from core.reporting.pdf.content import KeyImage
from core.reporting.pdf.typefaces import REGULAR

Size = tuple[float, float]

BAR_WIDTH = 9 * mm


def common_scale(images: Sequence[KeyImage], columns: int, room: Size, gap: float) -> list[Size]:
    """Sizes in points at which films stand ``columns`` a row, all at the same scale.

    Films are measured in millimetres where each has its pixel spacing. Where one has none, nothing
    is known of its scale, and all get one height.

    Parameters
    ----------
    images : sequence of KeyImage
    columns : int
    room : tuple of float
        Width of a row and greatest height of a film, in points.
    gap : float
        Between two films of a row, in points.
    """
    known = all(image.spacing_mm for image in images)
    natural = [_natural_size(image, known=known) for image in images]
    rows = [natural[start : start + columns] for start in range(0, len(natural), columns)]
    scale = min(
        *((room[0] - gap * (len(row) - 1)) / sum(width for width, _ in row) for row in rows),
        *(room[1] / height for _, height in natural),
    )
    return [(width * scale, height * scale) for width, height in natural]


def _natural_size(image: KeyImage, *, known: bool) -> Size:
    rows, columns = image.grey.shape
    if known and image.spacing_mm:
        return columns * image.spacing_mm[1], rows * image.spacing_mm[0]
    return columns / rows, 1.0


def film_picture(grey: Grey, size: Size) -> Image:
    return Image(BytesIO(jpeg(shrunk(grey))), width=size[0], height=size[1])


class HeatPicture(Flowable):  # type: ignore[misc]
    """The film with its map, and the colour bar of the map at its right."""

    def __init__(self, grey: Grey, heat: npt.NDArray[np.float32], size: Size) -> None:
        super().__init__()
        self._picture = jpeg(overlay(shrunk(grey), heat))
        self._size = size
        self.hAlign = "LEFT"

    def wrap(self, _width: float, _height: float) -> Size:
        return self._size[0] + BAR_WIDTH, self._size[1]

    def draw(self) -> None:
        width, height = self._size
        self.canv.drawImage(ImageReader(BytesIO(self._picture)), 0, 0, width, height)
        self._draw_bar(self.canv, width + 1.5 * mm, min(height, 40 * mm))

    def _draw_bar(self, canvas: Any, left: float, height: float) -> None:
        """Colours of the levels that are drawn; the transparent third stays white."""
        clear = height * TRANSPARENT_BELOW
        levels = np.linspace(1.0, TRANSPARENT_BELOW, 128, dtype=np.float32)[:, None]
        colours = ImageReader(BytesIO(jpeg(np.repeat(inferno(levels), 8, axis=1))))
        canvas.drawImage(colours, left, clear, 2.5 * mm, height - clear)
        canvas.setLineWidth(0.3)
        canvas.setStrokeGray(0.4)
        canvas.rect(left, 0, 2.5 * mm, height)
        canvas.setFont(REGULAR, 6.5)
        canvas.setFillGray(0.25)
        canvas.drawString(left + 3.2 * mm, height - 5, "1")
        canvas.drawString(left + 3.2 * mm, clear - 2, "0.33")
        canvas.drawString(left + 3.2 * mm, 0, "0")
