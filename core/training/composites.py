"""Lesions composited into real normal films: places known, in the looks of real films.

A composite belongs to the patient of its film, so that folds keep parting patients. Of it, what
was drawn is present, what the film was free of is absent; diagnoses that a drawn shadow could be
taken for are unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.evaluation.scored import HEADLINE
from core.findings.vocabulary import NO_FINDING, TERMS
from core.imaging.phantom.composite import draw_composite
from core.imaging.phantom.lung_fields import find_lungs
from core.training.drawn import KINDS, DrawnFilm, draw_all, drawn_film, keep, kept_films, labels_of
from core.training.films import FilmRow, FilmSet, read_grey

SOURCE = "composite"
COMPOSITED = tuple(kind for kind in KINDS if kind != "cardiomegaly")
_UNWORDED = frozenset(term.name for term in TERMS if not term.worded)


def composite_films(
    count: int,
    rows: Sequence[FilmRow],
    findings: tuple[str, ...],
    size: int,
    seed: int,
    cache: Path,
    workers: int = 1,
    nodules: float = 1 / len(COMPOSITED),
) -> FilmSet | None:
    """Return ``count`` composites of normal films among ``rows``; ``None`` where there are none.

    ``nodules`` is the chance that what is put into a film is a nodule; other kinds share the rest.
    """
    normal = [row for row in rows if row.source == HEADLINE and NO_FINDING in row.positive]
    if count == 0 or not normal:
        return None
    owners = [normal[place % len(normal)] for place in range(count)]
    kept = cache / f"composites-{count}-{size}-{seed}.npz"
    if not kept.exists():
        tasks = [(row.path, size, seed, place, nodules) for place, row in enumerate(owners)]
        keep(kept, draw_all(_draw, tasks, workers, "composites"))
    return kept_films(kept, findings, lambda place, drawn: _row(owners[place], drawn))


def _draw(task: tuple[Path, int, int, int, float]) -> DrawnFilm:
    path, size, seed, place, nodules = task
    rng = np.random.default_rng((seed, 1, place))
    grey = read_grey(path)
    lungs = find_lungs(grey)
    if lungs is None:
        # Nowhere to put a lesion: the film serves as it is.
        return drawn_film(grey, {}, size)
    others = (1 - nodules) / (len(COMPOSITED) - 1)
    chances = [nodules if kind == "nodule" else others for kind in COMPOSITED]
    drawn = draw_composite(grey, lungs, str(rng.choice(COMPOSITED, p=chances)), rng)
    return drawn_film(drawn.grey, {drawn.finding: drawn.mask}, size)


def _row(owner: FilmRow, drawn: frozenset[str]) -> FilmRow:
    if not drawn:
        return replace(owner, source=SOURCE)
    positive, known = labels_of(drawn, owner.known - _UNWORDED)
    return replace(owner, source=SOURCE, positive=positive, known=known)
