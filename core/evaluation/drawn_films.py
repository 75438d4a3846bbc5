"""Phantoms that no training saw, and lesions in normal val films, through the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from core.evaluation.drawn import DrawnReading, drawn_figures
from core.evaluation.operating import Decision
from core.evaluation.reading import FilmPass, fitted, pass_film
from core.imaging.phantom.anatomy import Projection
from core.imaging.phantom.film import make_film
from core.imaging.phantom.random_lesions import KINDS, draw_lesions
from core.models.network import Network
from core.models.preprocessing import Grey
from core.training.phantoms import ROWS, phantom_grey

FIRST_SEED = 5000
"""Samples and tests have smaller seeds, training phantoms much larger ones."""


def phantom_figures(
    network: Network, decisions: Mapping[str, Decision], method: str, count: int
) -> dict[str, Any]:
    """Measure every kind of lesion on ``count`` phantom patients, each with and without it.

    Of sizes that are plain at two millimetres a pixel, near what the network reads; the composites
    go below.

    Parameters
    ----------
    method : str
        Whose maps point; one of `core.evaluation.reading.MAP_METHODS`.
    """
    readings: dict[str, list[DrawnReading]] = {}
    for seed in range(FIRST_SEED, FIRST_SEED + count):
        rng = np.random.default_rng(seed)
        projection: Projection = "AP" if rng.random() < 0.4 else "PA"
        free = pass_film(network, phantom_grey(make_film(seed, projection, (), ROWS).pixels))
        for kind in KINDS:
            lesions = draw_lesions(rng, kind, plain=True)
            if kind in network.shape.findings:
                film = make_film(seed, projection, lesions, ROWS)
                grey, mask = phantom_grey(film.pixels), film.masks[kind]
                one = read_drawn(network, grey, mask, free, kind, str(seed), method)
                readings.setdefault(kind, []).append(one)
    return {
        "first_seed": FIRST_SEED,
        "films": count,
        "map": method,
        "kinds": kinds_figures(readings, decisions),
    }


def kinds_figures(
    readings: Mapping[str, Sequence[DrawnReading]], decisions: Mapping[str, Decision]
) -> dict[str, Any]:
    """Return `drawn_figures` of each kind that was read."""
    return {
        kind: drawn_figures(found, decisions[found[0].finding]) for kind, found in readings.items()
    }


def read_drawn(
    network: Network,
    grey: Grey,
    mask: npt.NDArray[np.bool_],
    free: FilmPass,
    finding: str,
    patient: str,
    method: str,
    size_mm: float | None = None,
    contrast: float | None = None,
) -> DrawnReading:
    """Read a film with a lesion beside the pass over the same film without it.

    Parameters
    ----------
    mask : ndarray of bool, shape (rows, columns) of ``grey``
        Where the shadow lies.
    """
    column = network.shape.findings.index(finding)
    film = pass_film(network, grey)
    drawn = film.maps([column], method, side=max(grey.shape))[0]
    score = film.score(drawn, fitted(mask, drawn.shape))
    return DrawnReading(
        finding=finding,
        patient=patient,
        logit=float(film.logits[column]),
        without=float(free.logits[column]),
        pointing=score.pointing,
        tolerant=score.tolerant,
        size_mm=size_mm,
        contrast=contrast,
    )
