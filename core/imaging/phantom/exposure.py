"""From line integrals to a film: quanta, scatter, noise, and what the console does with them."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Singles = NDArray[np.float32]

# Quanta per square millimetre behind the lungs at the exposure of a 400-speed system.
QUANTA_PER_MM2: Final = 110_000.0
FULL_SCALE: Final = 4095


def blur(image: Singles, sigma_px: float) -> Singles:
    """Gaussian blur; a broad one is done on a coarse copy, where it costs nothing."""
    if sigma_px < 0.3:
        return image
    factor = max(1, int(sigma_px / 3.0))
    rows, columns = image.shape
    if factor > 1:
        small = cv2.resize(
            image, (max(8, columns // factor), max(8, rows // factor)), interpolation=cv2.INTER_AREA
        )
        small = cv2.GaussianBlur(small, (0, 0), sigma_px / factor, borderType=cv2.BORDER_REPLICATE)
        grown = cv2.resize(small, (columns, rows), interpolation=cv2.INTER_CUBIC)
        return np.asarray(grown, dtype=np.float32)
    smooth = cv2.GaussianBlur(image, (0, 0), sigma_px, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(smooth, dtype=np.float32)


def detected(
    primary: Singles,
    spacing_mm: float,
    scatter_share: float,
    reference: float,
    rng: np.random.Generator,
) -> Singles:
    """Relative detector signal: 1.0 behind the reference, with scatter and quantum noise.

    Parameters
    ----------
    primary : ndarray
        Transmitted share of the beam, Beer-Lambert.
    scatter_share : float
        Scatter over primary in the mean of the field, behind the grid.
    reference : float
        Transmission that the automatic exposure aims at.
    """
    # Scatter comes from a few centimetres around and is what fills in the dark of the mediastinum.
    # The open beam beside the patient scatters nothing back.
    source = np.minimum(primary, 1.3 * reference)
    scatter = 0.55 * blur(source, 22.0 / spacing_mm) + 0.45 * blur(source, 60.0 / spacing_mm)
    signal = (primary + scatter_share * scatter) / (reference * (1.0 + scatter_share))
    quanta = QUANTA_PER_MM2 * spacing_mm**2
    grain = rng.standard_normal(primary.shape, dtype=np.float32)
    # Light spreads in the phosphor: neighbouring pixels share their noise.
    grain = blur(grain, 0.6) * 1.9 if spacing_mm < 0.5 else grain
    noisy = signal + grain * np.sqrt(np.maximum(signal, 0.0) / quanta)
    floor = np.float32(0.004)
    return np.asarray(np.maximum(noisy, floor), dtype=np.float32)


def developed(
    signal: Singles, spacing_mm: float, contrast: float, brightness: float
) -> NDArray[np.uint16]:
    """Logarithm, detail enhancement, latitude compression and the S-shaped tone curve, 12 bit."""
    density = -np.log(signal)
    # Limited, or strong edges would get halos.
    detail = _limited(density - blur(density, 1.6 / spacing_mm), 0.25)
    middle = _limited(density - blur(density, 8.0 / spacing_mm), 0.30)
    broad = blur(np.clip(density, -1.2, 2.6), 40.0 / spacing_mm)
    shown = density + 0.45 * detail + 0.60 * middle - 0.48 * (broad - 0.6)
    # The shoulder of the curve: the mediastinum keeps some contrast instead of going white.
    shown -= 0.36 * np.logaddexp(0.0, 4.0 * (shown - 0.9)) / 4.0
    tone = 1.0 / (1.0 + np.exp(-contrast * (shown - brightness)))
    return np.asarray(np.rint(tone * FULL_SCALE), dtype=np.uint16)


def _limited(band: Singles, limit: float) -> Singles:
    return np.asarray(limit * np.tanh(band / limit), dtype=np.float32)
