"""What the drawn pictures share: canvases, tubes, solid bodies, grain, and shadows added up."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from core.models.preprocessing import Grey

Mask = npt.NDArray[np.uint8]
Points = Sequence[tuple[float, float]]
Shape = tuple[int, int]

SIDE = 128
"""Long side of a drawn picture in pixels."""


def canvas(rng: np.random.Generator, narrowest: float = 0.6) -> Shape:
    """Rows and columns of a picture, upright or lying, not narrower than a share of its side."""
    short = round(SIDE * rng.uniform(narrowest, 1.0))
    return (SIDE, short) if rng.random() < 0.6 else (short, SIDE)


def tube(shape: Shape, path: Points, radii: Sequence[float]) -> Mask:
    """A tube along a polyline; path as shares (across, down) of the canvas, radii of its side."""
    rows, columns = shape
    knots = np.array(path, np.float64) * (columns, rows)
    stations = np.linspace(0, len(knots) - 1, 8 * len(knots))
    whole = np.arange(len(knots))
    across, down = (np.interp(stations, whole, knots[:, axis]) for axis in (0, 1))
    spread = np.linspace(0, len(knots) - 1, len(radii))
    wide = np.interp(stations, spread, np.array(radii) * min(shape))
    mask = np.zeros(shape, np.uint8)
    for x, y, radius in zip(across, down, wide, strict=True):
        cv2.circle(mask, (round(x), round(y)), max(1, round(radius)), 1, -1)
    return mask


def ellipse(
    shape: Shape, centre: tuple[float, float], axes: tuple[float, float], degrees: float = 0.0
) -> Mask:
    """A filled ellipse; centre and half axes as shares of the canvas."""
    rows, columns = shape
    mask = np.zeros(shape, np.uint8)
    middle = (round(centre[0] * columns), round(centre[1] * rows))
    half = (max(1, round(axes[0] * columns)), max(1, round(axes[1] * rows)))
    cv2.ellipse(mask, middle, half, degrees, 0, 360, 1, -1)
    return mask


def polygon(shape: Shape, path: Points) -> Mask:
    """A filled polygon; corners as shares (across, down) of the canvas."""
    rows, columns = shape
    mask = np.zeros(shape, np.uint8)
    corners = np.rint(np.array(path) * (columns, rows)).astype(np.int32)
    cv2.fillPoly(mask, [corners], 1)
    return mask


def _depth(mask: Mask) -> Grey:
    """Distance to the outline in pixels; of a body that fills the canvas, to its edge."""
    framed = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    whole = framed if mask.all() else cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    return np.asarray(cv2.distanceTransform(whole, cv2.DIST_L2, 3)[1:-1, 1:-1], np.float32)


def solid(mask: Mask) -> Grey:
    """Thickness of a round body over its outline, 0 to 1: sqrt(d (2R - d)) / R."""
    depth = _depth(mask)
    deepest = max(float(depth.max()), 1.0)
    return np.sqrt(depth * (2 * deepest - depth)).astype(np.float32) / np.float32(deepest)


def shell(mask: Mask, width: float = 2.0) -> Grey:
    """A body that is densest at its outline, as cortical bone is; width in pixels."""
    depth = _depth(mask)
    rim = np.where(mask > 0, np.exp(-np.maximum(depth - 1, 0) / width), 0)
    return (0.55 * mask + 0.45 * rim).astype(np.float32)


def grain(shape: Shape, rng: np.random.Generator, slope: float = 1.5) -> Grey:
    """A random field of unit deviation whose amplitudes fall as frequency to minus ``slope``."""
    down, across = np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None, :]
    frequency = np.hypot(down, across)
    frequency[0, 0] = 1.0
    amplitudes = frequency**-slope
    amplitudes[0, 0] = 0.0
    spectrum = amplitudes * np.fft.rfft2(rng.standard_normal(shape))
    field = np.fft.irfft2(spectrum, s=shape)
    return (field / max(float(field.std()), 1e-6)).astype(np.float32)


def exposed(soft: Grey, bone: Grey, rng: np.random.Generator) -> Grey:
    """A film of what lies in the beam, float32 in [0, 1], dense bright, air black or grey."""
    shadow = rng.uniform(0.25, 0.75) * soft + rng.uniform(0.25, 0.9) * bone
    shadow *= 1 + 0.06 * grain(soft.shape, rng) * rng.random()
    blurred = np.asarray(cv2.GaussianBlur(shadow, (0, 0), rng.uniform(0.4, 1.2)), np.float32)
    grey = blurred / max(float(blurred.max()), 1e-3)
    grey = grey ** rng.uniform(0.6, 1.5) + rng.uniform(0, 0.12)
    grey += rng.standard_normal(soft.shape, np.float32) * rng.uniform(0, 0.03)
    return np.asarray(np.clip(grey, 0, 1), np.float32)


def turned(mask: Grey, degrees: float, zoom: float = 1.0, shift: Points = ((0, 0),)) -> Grey:
    """The picture turned about its centre and moved by shares of its sides, black outside."""
    rows, columns = mask.shape
    matrix = cv2.getRotationMatrix2D((columns / 2, rows / 2), degrees, zoom)
    matrix[:, 2] += np.array(shift[0]) * (columns, rows)
    moved = cv2.warpAffine(mask, matrix, (columns, rows), flags=cv2.INTER_LINEAR)
    return np.asarray(moved, np.float32)
