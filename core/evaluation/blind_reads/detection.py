"""Detection of drawn lesions against their contrast: a logistic curve and its halfway point.

References
----------
Wichmann 2001, The psychometric function (fit and bootstrap intervals); Albert 1984 (a logistic
curve has no finite fit where the outcomes are separated).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.evaluation.resampling import Floats, interval_of, resample
from core.models.base import Interval

LEAST_FILMS = 10
"""Films with a lesion from which a curve is fitted, if they are of `LEAST_CONTRASTS` or more."""
LEAST_CONTRASTS = 3
LEAST_FITTED = 0.8
"""Share of the resamples that must have a curve, or its interval would leave out the doubtful."""
MOST_POINTS = 6

_STEPS = 30
_STEP_DONE = 1e-6


@dataclass(frozen=True)
class Detected:
    """Points are (mean contrast, films detected, films shown); threshold and slope go together."""

    points: tuple[tuple[float, int, int], ...]
    slope: float | None = None
    threshold: Interval | None = None


def detect(contrasts: Sequence[float], detected: Sequence[bool]) -> Detected:
    """Fit the share of lesions that were detected by a logistic curve of their contrast.

    The threshold is the contrast detected half of the time, with its interval over resampled
    films. There is none where fewer than `LEAST_FILMS` films or `LEAST_CONTRASTS` contrasts were
    read, where all fainter ones were missed and all stronger ones seen (many curves fit then),
    where detection does not rise with contrast, where the halfway point lies outside of what was
    shown, or where fewer than `LEAST_FITTED` of the resamples have a curve.
    """
    shown, seen = np.asarray(contrasts, np.float64), np.asarray(detected, np.float64)
    points = _points(shown, seen)
    if len(shown) < LEAST_FILMS or len(np.unique(shown)) < LEAST_CONTRASTS:
        return Detected(points)
    weights = resample(np.arange(len(shown)).astype(str))
    slopes, thresholds = _curves(shown, seen, weights)
    fitted = float(np.mean(np.isfinite(thresholds[1:])))
    inside = shown.min() <= thresholds[0] <= shown.max()
    if np.isnan(slopes[0]) or not inside or fitted < LEAST_FITTED:
        return Detected(points)
    # No contrast is beyond these.
    return Detected(
        points, float(slopes[0]), interval_of(np.clip(thresholds, 0.0, 1.0), len(shown))
    )


def _points(shown: Floats, seen: Floats) -> tuple[tuple[float, int, int], ...]:
    """Each contrast by itself where they are few, else bins of as many films each."""
    order = np.argsort(shown, kind="stable")
    levels = np.unique(shown)
    if len(levels) <= MOST_POINTS:
        bins = [np.flatnonzero(shown == level) for level in levels]
    else:
        bins = np.array_split(order, MOST_POINTS)
    return tuple((float(shown[each].mean()), int(seen[each].sum()), len(each)) for each in bins)


def _curves(shown: Floats, seen: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Slope and halfway contrast of every resample at once; NaN where there is none.

    Newton's method for two parameters, which is what libraries do for one resample at a time.
    Where a resample is separated its curve is a step, halfway between what was missed and seen.
    """
    faintest, strongest = _edges(shown, seen, weights)
    step = strongest <= faintest
    slopes = np.full(len(weights), np.nan)
    both = np.isfinite(faintest) & np.isfinite(strongest)
    thresholds = np.where(step & both, (faintest + strongest) / 2, np.nan)
    centre, spread = shown.mean(), shown.std()
    rise, level, sound = _newton((shown - centre) / spread, seen, weights[~step])
    sound &= rise > 0
    with np.errstate(all="ignore"):
        slopes[~step] = np.where(sound, rise / spread, np.nan)
        thresholds[~step] = np.where(sound, centre - spread * level / rise, np.nan)
    return slopes, thresholds


def _newton(
    x: Floats, seen: Floats, weights: Floats
) -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
    """Slope and level of the logistic curve of each resample, and whether it was found."""
    rise, level = np.zeros(len(weights)), np.zeros(len(weights))
    sound = np.zeros(len(weights), np.bool_)
    with np.errstate(all="ignore"):
        for _ in range(_STEPS):
            share = 1 / (1 + np.exp(-(rise[:, None] * x + level[:, None])))
            error, weight = weights * (seen - share), weights * share * (1 - share)
            a, b, c = weight @ (x * x), weight @ x, weight.sum(axis=1)
            up, along = error @ x, error.sum(axis=1)
            determinant = a * c - b * b
            rises, levels = (c * up - b * along) / determinant, (a * along - b * up) / determinant
            rise, level = rise + rises, level + levels
            sound = np.abs(rises) + np.abs(levels) < _STEP_DONE
            if sound.all():
                break
    return rise, level, sound


def _edges(shown: Floats, seen: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """The faintest lesion that was seen and the strongest that was missed, of every resample."""
    drawn = weights > 0
    faintest = np.where(drawn & (seen > 0), shown, np.inf).min(axis=1)
    strongest = np.where(drawn & (seen == 0), shown, -np.inf).max(axis=1)
    return faintest, strongest
