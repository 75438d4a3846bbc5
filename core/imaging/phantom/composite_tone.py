"""What a lesion's attenuation does to the grey of a developed film.

A developed film shows the logarithm of the exposure through an S-shaped tone curve: the logit of
its grey is close to linear in the line integral of attenuation (see `exposure.developed`). So a
lesion of known added attenuation shifts the logit by a gain. The gain is the phantom's own,
scaled by the film's latitude: the distance of its lungs from its mediastinum against that of the
phantom's films. Towards the brightness of its dense tissue the curve's shoulder flattens the
shift, and the markings of lung that is no longer there are taken out. Ribs, noise and everything
outside stay.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from core.imaging.phantom.composite_chest import Chest, blurred
from core.imaging.phantom.composite_shapes import Overlay
from core.imaging.phantom.lung_fields import Singles

# Logit of grey per attenuation for a small lesion in the lung of a phantom film, and the distance
# of median lung and mediastinum there (measured again in the unit tests).
PHANTOM_GAIN: Final = 1.9
PHANTOM_LATITUDE: Final = 2.8
LATITUDES: Final = (0.3, 1.25)
MARKING_MM: Final = 6.0
FLOOR: Final = 0.008


def _logit(grey: Singles) -> Singles:
    kept = np.clip(grey, FLOOR, 1.0 - FLOOR)
    return np.asarray(np.log(kept / (1.0 - kept)), np.float32)


def _latitude(tone: Singles, chest: Chest) -> tuple[float, float]:
    """Contrast of this film against the phantom's, and the tone of its dense tissue."""
    lung = float(np.median(tone[chest.lungs.both]))
    top, bottom = chest.right_box[0], max(chest.right_box[1], chest.left_box[1])
    left, right = chest.right_box[3], chest.left_box[2]
    middle = (left + right) // 2
    half = max(2, (right - left) // 4)
    between = tone[(3 * top + bottom) // 4 : bottom, max(0, middle - half) : middle + half]
    dense = float(np.median(between))
    # Scatter lifts dense tissue towards the lung by more than it flattens the lung itself.
    ratio = max((dense - lung) / PHANTOM_LATITUDE, 0.0) ** 0.75
    return float(np.clip(ratio, *LATITUDES)), max(dense, lung + LATITUDES[0] * PHANTOM_LATITUDE)


def developed_with(grey: Singles, chest: Chest, overlay: Overlay, contrast: float) -> Singles:
    """The film with the lesion's attenuation in it; the same pixels where there is none."""
    tone = _logit(grey)
    latitude, dense = _latitude(tone, chest)
    if overlay.like is not None and overlay.like.any():
        lung = float(np.median(tone[chest.lungs.both]))
        least = lung + 0.5 * latitude * PHANTOM_LATITUDE
        dense = min(dense, max(float(np.median(tone[overlay.like])), least))
    shift = np.float32(PHANTOM_GAIN * latitude * contrast) * overlay.attenuation
    changed = tone - np.float32(contrast) * _markings_taken(grey, tone, chest, overlay)
    changed += _shouldered(changed, shift, dense, latitude)
    touched = np.abs(changed - tone) > 1e-4
    return np.where(touched, 1.0 / (1.0 + np.exp(-changed)), grey).astype(np.float32)


def _shouldered(tone: Singles, shift: Singles, dense: float, latitude: float) -> Singles:
    """The shift, flattened as it nears and passes the tone of dense tissue."""
    width = 0.45 * latitude
    before, after = (dense - tone) / width, (dense - tone - shift) / width
    # Slope 1 well below dense tissue, a tenth above: the integral of a logistic step.
    bent = width * (_softplus(before) - _softplus(after))
    return np.asarray(0.1 * shift + 0.9 * bent, np.float32)


def _softplus(value: Singles) -> Singles:
    return np.asarray(np.maximum(value, 0.0) + np.log(1.0 + np.exp(-np.abs(value))), np.float32)


def _markings_taken(grey: Singles, tone: Singles, chest: Chest, overlay: Overlay) -> Singles:
    """Vessels and fine markings of the lung that is gone, in logit; grain is left in.

    The median keeps the edges of ribs, which are wider than its window, and drops what is thinner.
    """
    window = max(3, round(MARKING_MM / chest.mm)) | 1
    levels = np.rint(np.clip(grey, 0, 1) * 255).astype(np.uint8)
    plain = blurred(_logit(np.asarray(cv2.medianBlur(levels, window), np.float32) / 255.0), 1.0)
    markings = blurred(tone, 0.8) - plain
    taken = overlay.vessels_lost * markings
    if overlay.vessels_blurred.any():
        # Fluid in the sleeves of the vessels: wider, without an edge.
        sleeve = 1.7 * blurred(np.maximum(markings, 0.0), 2.6 / chest.mm)
        left = 1.0 - overlay.vessels_lost
        taken = taken + 0.6 * overlay.vessels_blurred * left * (markings - sleeve)
    return np.asarray(taken, np.float32)
