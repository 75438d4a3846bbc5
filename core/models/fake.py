"""A deterministic stand-in for development and tests: no weights, no clinical meaning."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np

from core.domain.draft import ModelIdentity
from core.findings.vocabulary import NAMES, NO_FINDING
from core.models.base import FilmReading, FindingFigures, Grey, Interval
from core.models.preprocessing import MAP_SIDE, to_square

NAME = "fake"


class FakeClassifier:
    """Scores from a hash of the film; each map is one round spot whose place follows from it.

    The same film always gets the same reading. Every third finding is calibrated (to itself), so
    that both ways of showing a number are exercised; its figures are those of a perfect reader, so
    that a draft may use every word.

    Parameters
    ----------
    name : str
        What the registry calls it.
    draw : int
        One that draws otherwise is another model.
    """

    def __init__(self, name: str = NAME, draw: int = 0) -> None:
        self._name, self._draw = name, draw

    @property
    def identity(self) -> ModelIdentity:
        drawn = f"overread fake classifier {self._draw + 1}"
        return ModelIdentity(self._name, hashlib.sha256(drawn.encode()).hexdigest())

    @property
    def versions(self) -> Mapping[str, str]:
        return {}

    @property
    def figures(self) -> Mapping[str, FindingFigures]:
        return {
            name: FindingFigures(
                name=name,
                positives=100,
                auroc=Interval(1.0, 1.0, 1.0, 100),
                prevalence=0.1,
                operating_point=0.6,
                uncertain_point=0.4,
                calibrated=place % 3 == 0,
            )
            for place, name in enumerate((*NAMES, NO_FINDING))
        }

    def read(self, grey: Grey, maps_for: tuple[str, ...] | None = None) -> FilmReading:
        """Read a film; see `core.models.base.FindingClassifier.read`."""
        square, _ = to_square(grey, 32)
        seed = hashlib.sha256(np.rint(square * 255).astype(np.uint8).tobytes()).digest()
        draw = np.random.default_rng([*seed, self._draw] if self._draw else list(seed))
        names = tuple(self.figures)
        scores = dict(zip(names, draw.random(len(names)).tolist(), strict=True))
        places = dict(zip(names, draw.uniform(0.2, 0.8, (len(names), 2)), strict=True))
        probabilities = {name: scores[name] for name in names if self.figures[name].calibrated}
        wanted = maps_for
        if wanted is None:
            wanted = tuple(n for n in names if scores[n] >= self.figures[n].uncertain_point)
        maps = {name: _spot(grey.shape, *places[name]) for name in wanted if name in places}
        return FilmReading(scores, probabilities, maps)


def _spot(film: tuple[int, ...], across: float, down: float) -> Grey:
    shrink = min(1.0, MAP_SIDE / max(film))
    rows, columns = max(1, round(film[0] * shrink)), max(1, round(film[1] * shrink))
    y = (np.arange(rows) + 0.5)[:, None] / rows - down
    x = (np.arange(columns) + 0.5)[None, :] / columns - across
    return np.exp(-(x**2 + y**2) / (2 * 0.1**2)).astype(np.float32)
