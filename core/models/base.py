"""The two protocols that every model adapter serves, and the figures that come with weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from core.domain.draft import ModelIdentity

Grey = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Interval:
    """A measured figure with its 95 % bootstrap interval, and how many cases stood behind it."""

    value: float
    low: float
    high: float
    cases: int


@dataclass(frozen=True)
class FindingFigures:
    """What was measured of one finding: the limits of what a draft may say about it.

    ``operating_point`` separates present from uncertain, ``uncertain_point`` uncertain from absent,
    both on the scale that is shown: probabilities where ``calibrated``, else raw scores.
    ``sensitivity`` and ``specificity`` were measured at the operating point; ``..._uncertain`` at
    the uncertain point, below which a finding is called absent: a drafted negative rests on
    ``sensitivity_uncertain``. ``prevalence`` is the one that the probabilities were calibrated at.
    """

    name: str
    positives: int
    prevalence: float
    operating_point: float
    uncertain_point: float
    calibrated: bool
    auroc: Interval | None = None
    sensitivity: Interval | None = None
    specificity: Interval | None = None
    sensitivity_uncertain: Interval | None = None
    specificity_uncertain: Interval | None = None
    side_accuracy: Interval | None = None
    localised: bool = False


@dataclass(frozen=True)
class FilmReading:
    """One pass of a classifier over one film.

    ``scores`` are raw outputs in [0, 1] by finding; ``probabilities`` holds only the findings that
    have a calibration; ``maps`` are float32 arrays (rows, columns) in [0, 1] in the geometry of the
    film (same aspect, any size), one for each finding asked for.
    """

    scores: Mapping[str, float]
    probabilities: Mapping[str, float]
    maps: Mapping[str, Grey]


class FindingClassifier(Protocol):
    """Film to scores, probabilities and maps."""

    @property
    def identity(self) -> ModelIdentity: ...

    @property
    def figures(self) -> Mapping[str, FindingFigures]: ...

    @property
    def versions(self) -> Mapping[str, str]:
        """What a draft notes of the weights beside their digest: a version, a calibration."""
        ...

    def read(self, grey: Grey, maps_for: tuple[str, ...] | None = None) -> FilmReading:
        """Score a film.

        Parameters
        ----------
        grey : ndarray, shape (rows, columns), float32 in [0, 1]
            The film through its default window, dense tissue bright.
        maps_for : tuple of str or None
            Findings to map; ``None`` maps every finding at or above its uncertain point.

        Raises
        ------
        FeatureError
            If the film is empty, constant or not two-dimensional.
        """
        ...
