"""Stored values of a DICOM frame to the 16 bits that the viewer takes, and the window for them.

Films have up to 64 million pixels and 16 bits or fewer: what the header asks for is done once for
each of the 65,536 possible values, and the film is then looked up. 32-bit and float frames go strip
by strip.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.pixels.processing import apply_modality_lut, apply_rescale, apply_voi

from core.domain.study import Window
from core.imaging.frame import Stored
from core.imaging.windowing import Pixels

Values = npt.NDArray[np.float64]

_STRIP_ROWS = 256
_PADDING_KEYWORDS = (
    ("PixelPaddingValue", "PixelPaddingRangeLimit"),
    ("FloatPixelPaddingValue", "FloatPixelPaddingRangeLimit"),
    ("DoubleFloatPixelPaddingValue", "DoubleFloatPixelPaddingRangeLimit"),
)


@dataclass(frozen=True)
class Scale:
    """How 16-bit pixels stand for values: ``value = offset + step * pixel``."""

    offset: float = 0.0
    step: float = 1.0

    def pixels(self, values: Values) -> Pixels:
        return np.rint((values - self.offset) / self.step).astype(np.uint16)


def grey_values(frame: Stored, dataset: Dataset, *, monochrome1: bool) -> tuple[Pixels, Scale]:
    """Rescale, or the modality LUT, and a VOI LUT if there is one, into 16 bits.

    Integer films that fit keep their values, so that the viewer shows the file's numbers. Padding
    (PS3.3 C.7.5.1.1.2), and floats that are no number, become the darkest real value.

    Parameters
    ----------
    frame : ndarray, shape (rows, columns), integer or float, native byte order

    Raises
    ------
    ValueError
        Where values cannot be brought into 16 bits.
    """
    padding = _padding(dataset, frame)
    if frame.dtype.kind in "iu" and frame.dtype.itemsize <= 2:
        return _by_table(frame, dataset, padding, monochrome1=monochrome1)
    return _by_strips(frame, dataset, padding, monochrome1=monochrome1)


def has_voi_lut(dataset: Dataset) -> bool:
    """Whether a VOI LUT is applied to the pixels.

    A window of the header would then be an alternative view (PS3.3 C.11.2.1.1), not a second step.
    """
    return bool(dataset.get("VOILUTSequence"))


def header_window(dataset: Dataset, scale: Scale) -> Window | None:
    """The first sound window of the header (0028,1050), in the units of the pixels."""
    function = str(dataset.get("VOILUTFunction", "LINEAR") or "LINEAR").upper()
    if function not in ("LINEAR", "LINEAR_EXACT", "SIGMOID"):
        function = "LINEAR"
    # PS3.3 C.11.2.1.2: at least 1 for the linear function, above 0 for the others.
    least = 1.0 if function == "LINEAR" else 1e-6
    try:
        centers, widths = (_numbers(dataset.get(key)) for key in ("WindowCenter", "WindowWidth"))
    except (TypeError, ValueError, ArithmeticError):
        return None
    for center, width in zip(centers, widths, strict=False):
        if not np.isfinite([center, width]).all() or width < least:
            continue
        window = Window((center - scale.offset) / scale.step, width / scale.step, function)
        if np.isfinite([window.center, window.width]).all():
            return window
    return None


def _by_table(
    frame: Stored, dataset: Dataset, padding: tuple[float, float] | None, *, monochrome1: bool
) -> tuple[Pixels, Scale]:
    cells = frame.view(f"u{frame.dtype.itemsize}")
    count = 1 << (8 * frame.dtype.itemsize)
    stored = np.arange(count).astype(cells.dtype).view(frame.dtype)
    seen = np.zeros(count, dtype=bool)
    for strip in _strips(cells):
        seen[strip] = True
    real = seen & ~_inside(stored, padding)
    real = real if real.any() else seen
    values = _transformed(stored[seen].astype(np.float64), dataset)
    kept = real[seen]
    if not np.isfinite(values[kept]).all():
        raise ValueError
    low, high = float(values[kept].min()), float(values[kept].max())
    values[~kept] = high if monochrome1 else low
    scale = _scale(low, high, whole=bool(np.all(values == np.rint(values))))
    table: Pixels = np.zeros(count, dtype=np.uint16)
    table[seen] = scale.pixels(values)
    pixels: Pixels = np.empty(frame.shape, dtype=np.uint16)
    for strip, target in zip(_strips(cells), _strips(pixels), strict=True):
        target[:] = table[strip]
    return pixels, scale


def _by_strips(
    frame: Stored, dataset: Dataset, padding: tuple[float, float] | None, *, monochrome1: bool
) -> tuple[Pixels, Scale]:
    low, high, whole = np.inf, -np.inf, True
    for strip in _strips(frame):
        values = _transformed(strip.astype(np.float64), dataset)
        values = values[np.isfinite(values) & ~_inside(strip, padding)]
        if values.size:
            low, high = min(low, float(values.min())), max(high, float(values.max()))
            whole = whole and bool(np.all(values == np.rint(values)))
    if not np.isfinite(high - low):
        raise ValueError
    scale = _scale(low, high, whole=whole)
    pixels: Pixels = np.empty(frame.shape, dtype=np.uint16)
    for strip, target in zip(_strips(frame), _strips(pixels), strict=True):
        values = _transformed(strip.astype(np.float64), dataset)
        values[~np.isfinite(values) | _inside(strip, padding)] = high if monochrome1 else low
        target[:] = scale.pixels(values)
    return pixels, scale


def _strips(array: Stored) -> Iterator[Stored]:
    for top in range(0, array.shape[0], _STRIP_ROWS):
        yield array[top : top + _STRIP_ROWS]


def _transformed(values: Values, dataset: Dataset) -> Values:
    """Stored values through modality LUT or rescale, then through a VOI LUT if there is one."""
    if dataset.get("ModalityLUTSequence"):
        values = np.asarray(apply_modality_lut(values.astype(np.int64), dataset), dtype=np.float64)
    else:
        values = np.asarray(apply_rescale(values, dataset), dtype=np.float64)
    if has_voi_lut(dataset):
        looked_up = apply_voi(values.astype(np.int64), dataset, index=0)
        return np.asarray(looked_up, dtype=np.float64)
    return values


def _scale(low: float, high: float, *, whole: bool) -> Scale:
    if whole and low >= 0 and high <= 65535:
        return Scale()
    if whole and high - low <= 65535:
        return Scale(offset=low)
    return Scale(offset=low, step=max((high - low) / 65535, 1e-12))


def _padding(dataset: Dataset, frame: Stored) -> tuple[float, float] | None:
    """Lowest and highest stored value that stand for no pixel at all, inclusive."""
    for value_keyword, limit_keyword in _PADDING_KEYWORDS:
        try:
            value = _numbers(dataset.get(value_keyword))
            limit = _numbers(dataset.get(limit_keyword))
        except (TypeError, ValueError, ArithmeticError):
            continue
        if not value or not np.isfinite([value[0], *limit[:1]]).all():
            continue
        ends = [_in_cell(end, frame) for end in (value[0], (limit or value)[0])]
        return min(ends), max(ends)
    return None


def _in_cell(value: float, frame: Stored) -> float:
    """A padding value as the frame stores it: its VR does not always follow the pixels' sign."""
    if frame.dtype.kind == "i" and value > np.iinfo(frame.dtype).max:
        return value - 2.0 ** (8 * frame.dtype.itemsize)
    if frame.dtype.kind == "u" and value < 0:
        return value + 2.0 ** (8 * frame.dtype.itemsize)
    return value


def _inside(stored: Stored, padding: tuple[float, float] | None) -> npt.NDArray[np.bool_]:
    if padding is None:
        return np.zeros(stored.shape, dtype=bool)
    return np.asarray((stored >= padding[0]) & (stored <= padding[1]), dtype=bool)


def _numbers(value: object) -> list[float]:
    if value is None or value == "":
        return []
    several = value if isinstance(value, (list, tuple, MultiValue)) else [value]
    return [float(str(number)) for number in several]
