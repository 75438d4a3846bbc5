"""Phantom films as an optional extra source: drawn lesions, labels true by construction.

A phantom holds what was drawn and nothing else, so that of it every shadow is known, also those
that cannot be drawn: absent. Diagnoses and *no finding* are not, because a phantom is no patient;
nor is lung opacity beside an effusion, which some readers call by that name.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.findings.vocabulary import LUNG_OPACITY, TERMS
from core.imaging.phantom.anatomy import Projection
from core.imaging.phantom.film import make_film
from core.imaging.phantom.lesions import Cardiomegaly, Consolidation, Lesion, PleuralEffusion, Side
from core.imaging.windowing import apply_window, window_of_pixels
from core.models.preprocessing import Grey, to_square
from core.training.films import FilmRow, FilmSet

logger = logging.getLogger(__name__)

SOURCE = "phantom"
DRAWN = ("pleural effusion", "consolidation", "cardiomegaly")
ROWS = 240
FIRST_SEED = 1_000_000
"""Training phantoms are other patients than those of samples and tests, whose seeds are small."""
CHANCE = 0.35


def phantom_films(
    count: int, findings: tuple[str, ...], size: int, seed: int, cache: Path
) -> FilmSet | None:
    """Return ``count`` phantom films, drawn once and kept in ``cache``; ``None`` for none."""
    if count == 0:
        return None
    kept = cache / f"phantoms-{count}-{size}-{seed}.npz"
    if not kept.exists():
        logger.info("drawing %d phantom films", count)
        _draw_all(count, size, seed, kept)
    with np.load(kept, allow_pickle=False) as stored:
        squares, drawn = stored["squares"], stored["drawn"]
    rows = tuple(_row(place, drawn[place]) for place in range(count))
    labels = [[name in row.positive for name in findings] for row in rows]
    known = [[name in row.known for name in findings] for row in rows]
    return FilmSet(rows, findings, squares, np.array(labels, np.float32), np.array(known, np.bool_))


def phantom_grey(pixels: npt.NDArray[np.uint16]) -> Grey:
    """Return a phantom's film as a reader's default window shows it."""
    return apply_window(pixels, window_of_pixels(pixels))


def _draw_all(count: int, size: int, seed: int, kept: Path) -> None:
    squares = np.zeros((count, size, size), np.uint8)
    drawn = np.zeros((count, len(DRAWN)), np.bool_)
    for place in range(count):
        rng = np.random.default_rng((seed, place))
        lesions = _lesions(rng)
        projection: Projection = "AP" if rng.random() < 0.4 else "PA"
        film = make_film(FIRST_SEED + seed + place, projection, lesions, ROWS)
        squares[place] = np.rint(to_square(phantom_grey(film.pixels), size)[0] * 255)
        drawn[place] = [any(lesion.finding == name for lesion in lesions) for name in DRAWN]
    np.savez_compressed(kept, squares=squares, drawn=drawn)


def _lesions(rng: np.random.Generator) -> Sequence[Lesion]:
    lesions: list[Lesion] = []
    if rng.random() < CHANCE:
        # Both sides in a third of the effusions, as heart failure gives them.
        sides: tuple[Side, ...] = ("left", "right")
        chosen = sides if rng.random() < 0.33 else (sides[int(rng.integers(2))],)
        lesions += [PleuralEffusion(side, float(rng.uniform(250, 1300))) for side in chosen]
    if rng.random() < CHANCE:
        side: Side = "left" if rng.random() < 0.5 else "right"
        lesions.append(Consolidation(side, rng.choice(["upper", "middle", "lower"])))
    if rng.random() < CHANCE:
        lesions.append(Cardiomegaly(float(rng.uniform(1.2, 1.4))))
    return lesions


def _row(place: int, drawn: npt.NDArray[np.bool_]) -> FilmRow:
    positive = set(np.array(DRAWN)[drawn].tolist())
    known = frozenset(term.name for term in TERMS if term.worded)
    if "consolidation" in positive:
        positive.add(LUNG_OPACITY)
    elif "pleural effusion" in positive:
        known -= {LUNG_OPACITY}
    return FilmRow(
        path=Path(),
        source=SOURCE,
        patient=f"phantom_{place}",
        split="train",
        view="",
        sex="",
        age=None,
        positive=frozenset(positive),
        known=known,
    )
