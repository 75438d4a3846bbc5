"""Text that stands in the pixels of a film: found, told from side markers, painted over.

Found by RapidOCR (PaddleOCR's detector and recogniser, whose weights lie in the package) on the
film through its window and, inverted, over its whole range of values with its local contrast raised
(CLAHE, Zuiderveld 1994): text that the window drowns in white is text all the same. What it does
not see stays: a person looks before a film leaves.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from core.domain.study import Window
from core.imaging.windowing import Pixels, apply_window

Box = tuple[int, int, int, int]
Bytes = NDArray[np.uint8]

# Larger films are reduced to this many pixels on their longer side before they are read, in one
# piece; the benchmark says what that finds.
READING_SIDE: Final = 1600
# The recogniser's own mean probability per character. Below it, ribs begin to read as letters.
LEAST_CONFIDENCE: Final = 0.5
# The detector's mean probability of a box: low, since the recogniser judges every box again.
LEAST_BOX: Final = 0.3
# Local contrast is raised up to this many times, so that faint letters stand out.
CONTRAST_LIMIT, CONTRAST_TILES = 4.0, (8, 8)
UNCLIP: Final = 1.6
MARGIN: Final = 0.25
RING: Final = 12

_MARKERS = (
    *("L", "R", "LT", "RT", "LEFT", "RIGHT", "PA", "AP", "LAT", "LATERAL", "LL", "RL"),
    *(
        "ERECT",
        "UPRIGHT",
        "STANDING",
        "SITTING",
        "SUPINE",
        "SEMI",
        "PORTABLE",
        "MOBILE",
        "INSP",
        "EXP",
    ),
)
# The recogniser joins words: a marker may be several of them in a row.
_MARKER = re.compile(f"(?:{'|'.join(sorted(_MARKERS, key=len, reverse=True))})+", re.IGNORECASE)
_SPACE = re.compile(r"[\s./()|-]+")


@dataclass(frozen=True)
class FoundText:
    """Text in a film: (x, y, width, height) in its pixels, what it reads, how sure the reader is.

    ``marker`` is true for the words that say side, projection or position, and nothing else.
    """

    box: Box
    text: str
    confidence: float
    marker: bool


class TextReader(Protocol):
    """Corners, text and confidence of each line of text in an 8-bit picture."""

    def __call__(self, picture: Bytes) -> Sequence[tuple[Any, str, float]]: ...


def find_text(
    pixels: Pixels, window: Window, *, monochrome1: bool = False, reader: TextReader | None = None
) -> tuple[FoundText, ...]:
    """Look for text in a film.

    Parameters
    ----------
    pixels : ndarray, shape (rows, columns), uint16
    reader : TextReader, optional
        Instead of the one in the package.

    Returns
    -------
    tuple of FoundText
        From top to bottom, each place once.
    """
    reader = reader or _read
    scale = min(1.0, READING_SIDE / max(pixels.shape))
    found: list[FoundText] = []
    for picture in _pictures(pixels, window, monochrome1, scale):
        for corners, text, confidence in reader(picture):
            box = _box(np.asarray(corners, np.float64) / scale, pixels.shape)
            if confidence >= LEAST_CONFIDENCE and any(map(str.isalnum, text)):
                found.append(FoundText(box, text.strip(), float(confidence), is_marker(text)))
    return tuple(sorted(_once(found), key=lambda item: (item.box[1], item.box[0])))


def is_marker(text: str) -> bool:
    """Whether a text is a side, projection or position alone; such markers name nobody."""
    return _MARKER.fullmatch(_SPACE.sub("", text)) is not None


def paint_over(pixels: Pixels, boxes: Iterable[Box]) -> Pixels:
    """A copy with boxes filled with the median of what lies around each, text left out.

    What lies in a box is gone: nothing of it goes into the value that takes its place.
    """
    painted = pixels.copy()
    # All boxes at once: no box may take another one's text for its neighbourhood.
    covered = np.zeros(pixels.shape, np.bool_)
    spans = [_span(box, pixels.shape, 0) for box in boxes]
    for rows, columns in spans:
        covered[rows, columns] = True
    bare = pixels[~covered]
    lowest = bare.min() if bare.size else np.uint16(0)
    for rows, columns in spans:
        around = _span(_box_of(rows, columns), pixels.shape, RING)
        outside = pixels[around][~covered[around]]
        painted[rows, columns] = np.uint16(np.median(outside)) if outside.size else lowest
    return painted


def with_margin(box: Box, shape: tuple[int, ...]) -> Box:
    """A box with a quarter of its height more on every side, within the film."""
    margin = max(2, round(MARGIN * min(box[2], box[3])))
    return _box_of(*_span(box, shape, margin))


def overlap(first: Box, second: Box) -> float:
    """Share of the first box that lies in the second."""
    width = min(first[0] + first[2], second[0] + second[2]) - max(first[0], second[0])
    height = min(first[1] + first[3], second[1] + second[3]) - max(first[1], second[1])
    return max(0, width) * max(0, height) / max(1, first[2] * first[3])


# --- reading ------------------------------------------------------------------------------------

_LOCK = threading.Lock()


@cache
def _engine() -> Any:
    # Loaded with the first film that is looked at: three networks of 16 MB.
    from rapidocr_onnxruntime import RapidOCR  # type: ignore[import-untyped]

    return RapidOCR(intra_op_num_threads=1, inter_op_num_threads=1)


def _read(picture: Bytes) -> Sequence[tuple[Any, str, float]]:
    # The engine keeps settings of a call on itself: one film at a time.
    with _LOCK:
        lines, _ = _engine()(
            picture,
            use_cls=False,
            box_thresh=LEAST_BOX,
            text_score=LEAST_CONFIDENCE,
            unclip_ratio=UNCLIP,
        )
    return [(corners, str(text), float(confidence)) for corners, text, confidence in lines or ()]


def _pictures(
    pixels: Pixels, window: Window, monochrome1: bool, scale: float
) -> tuple[Bytes, Bytes]:
    """The film through its window, and all its values inverted, at most `READING_SIDE` a side."""
    shown = np.rint(apply_window(pixels, window, monochrome1=monochrome1) * 255)
    low, high = float(pixels.min()), float(pixels.max())
    whole = (pixels - np.float32(low)) * np.float32(255 / max(high - low, 1.0))
    inverted = whole if monochrome1 else 255 - whole
    raised = cv2.createCLAHE(CONTRAST_LIMIT, CONTRAST_TILES)
    faint = raised.apply(_reduced(np.rint(inverted), scale))
    return _reduced(shown, scale), np.asarray(faint, np.uint8)


def _reduced(picture: NDArray[Any], scale: float) -> Bytes:
    levels = picture.astype(np.uint8)
    if scale == 1.0:
        return levels
    size = (round(levels.shape[1] * scale), round(levels.shape[0] * scale))
    return np.asarray(cv2.resize(levels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _once(found: list[FoundText]) -> list[FoundText]:
    """Of readings of one place the surest, with a box about both."""
    kept: list[FoundText] = []
    for item in sorted(found, key=lambda each: -each.confidence):
        same = next((n for n, other in enumerate(kept) if _same(item.box, other.box)), None)
        if same is None:
            kept.append(item)
        else:
            first = kept[same]
            joined = _joined(first.box, item.box)
            # What one of the two readings takes for more than a marker is more than a marker.
            marker = first.marker and item.marker
            kept[same] = FoundText(joined, first.text, first.confidence, marker)
    return kept


def _same(first: Box, second: Box) -> bool:
    return max(overlap(first, second), overlap(second, first)) > 0.5


def _joined(first: Box, second: Box) -> Box:
    left, top = min(first[0], second[0]), min(first[1], second[1])
    right = max(first[0] + first[2], second[0] + second[2])
    bottom = max(first[1] + first[3], second[1] + second[3])
    return left, top, right - left, bottom - top


def _box(corners: NDArray[np.float64], shape: tuple[int, ...]) -> Box:
    left, top = np.floor(corners.min(axis=0)).astype(int)
    right, bottom = np.ceil(corners.max(axis=0)).astype(int)
    return _box_of(*_span((left, top, right - left, bottom - top), shape, 0))


def _span(box: Box, shape: tuple[int, ...], margin: int) -> tuple[slice, slice]:
    x, y, width, height = box
    return (
        slice(max(0, y - margin), min(shape[0], y + height + margin)),
        slice(max(0, x - margin), min(shape[1], x + width + margin)),
    )


def _box_of(rows: slice, columns: slice) -> Box:
    return (
        int(columns.start),
        int(rows.start),
        int(columns.stop - columns.start),
        int(rows.stop - rows.start),
    )
