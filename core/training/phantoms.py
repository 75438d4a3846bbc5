"""Phantom films as an optional extra source: drawn lesions, labels and places true by construction.

A phantom holds what was drawn and nothing else, so that of it every shadow is known, also those
that cannot be drawn: absent. Diagnoses and *no finding* are not, because a phantom is no patient.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.findings.vocabulary import TERMS
from core.imaging.phantom.anatomy import Projection
from core.imaging.phantom.film import make_film
from core.imaging.phantom.random_lesions import draw_lesions
from core.imaging.windowing import apply_window, window_of_pixels
from core.models.preprocessing import Grey
from core.training.drawn import DrawnFilm, draw_all, drawn_film, keep, kept_films, labels_of
from core.training.films import FilmRow, FilmSet

SOURCE = "phantom"
ROWS = 240
FIRST_SEED = 1_000_000
"""Training phantoms are other patients than those of samples and tests, whose seeds are small."""


def phantom_films(
    count: int,
    findings: tuple[str, ...],
    size: int,
    seed: int,
    cache: Path,
    workers: int = 1,
    nodules: float = 0.0,
) -> FilmSet | None:
    """Return ``count`` phantom films, drawn once and kept in ``cache``; ``None`` for none.

    ``nodules`` is the chance that one holds nodules and nothing else.
    """
    if count == 0:
        return None
    kept = cache / f"phantoms-{count}-{size}-{seed}.npz"
    if not kept.exists():
        tasks = [(place, size, seed, nodules) for place in range(count)]
        keep(kept, draw_all(_draw, tasks, workers, "phantoms"))
    return kept_films(kept, findings, _row)


def phantom_grey(pixels: npt.NDArray[np.uint16]) -> Grey:
    """Return a phantom's film as a reader's default window shows it."""
    return apply_window(pixels, window_of_pixels(pixels))


def _draw(task: tuple[int, int, int, float]) -> DrawnFilm:
    place, size, seed, nodules = task
    rng = np.random.default_rng((seed, place))
    lesions = draw_lesions(rng, "nodule" if nodules and rng.random() < nodules else None)
    projection: Projection = "AP" if rng.random() < 0.4 else "PA"
    film = make_film(FIRST_SEED + seed + place, projection, lesions, ROWS)
    return drawn_film(phantom_grey(film.pixels), film.masks, size)


def _row(place: int, drawn: frozenset[str]) -> FilmRow:
    positive, known = labels_of(drawn, frozenset(term.name for term in TERMS if term.worded))
    return FilmRow(
        path=Path(),
        source=SOURCE,
        patient=f"phantom_{place}",
        split="train",
        view="",
        sex="",
        age=None,
        positive=positive,
        known=known,
    )
