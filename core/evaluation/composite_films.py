"""Lesions of known size and contrast in the normal films of unseen patients."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.evaluation.drawn import DrawnReading, curve_points
from core.evaluation.drawn_films import kinds_figures, read_drawn
from core.evaluation.operating import Decision
from core.evaluation.reading import FilmPass, pass_film
from core.evaluation.scored import HEADLINE
from core.findings.vocabulary import NO_FINDING
from core.imaging.phantom.composite import Composited, composite, draw_composite
from core.imaging.phantom.lesions import Side
from core.imaging.phantom.lung_fields import LungFields, find_lungs
from core.models.network import Network
from core.models.preprocessing import Grey
from core.training.composites import COMPOSITED
from core.training.films import FilmRow, read_grey

NODULE = "nodule"
DIAMETERS_MM = (8.0, 12.0, 18.0, 24.0, 30.0)
CONTRASTS = (0.5, 1.0)
SEED = 5000


@dataclass(frozen=True)
class NormalFilm:
    """A normal film with its lungs, already read as it is."""

    number: int
    patient: str
    grey: Grey
    lungs: LungFields
    free: FilmPass


def composite_figures(
    network: Network,
    rows: Sequence[FilmRow],
    decisions: Mapping[str, Decision],
    method: str,
    most: int,
) -> dict[str, Any]:
    """Measure lesions drawn into normal films, by kind, and nodules by diameter and contrast.

    Parameters
    ----------
    rows : sequence of FilmRow
        Val films; the normal ones of the headline source with findable lungs serve, one a patient,
        in the order of the manifest.
    method : str
        Whose maps point; one of `core.evaluation.reading.MAP_METHODS`.
    most : int
        Films at most.
    """
    readings: dict[str, list[DrawnReading]] = {}
    curve: list[DrawnReading] = []
    films = 0
    for film in normal_films(network, rows, most):
        films += 1
        for kind, drawn in _each_kind(film):
            if kind in network.shape.findings:
                readings.setdefault(kind, []).append(_read(network, film, drawn, method))
        if NODULE in network.shape.findings:
            curve += [_read(network, film, drawn, method) for drawn in _each_nodule(film)]
    return {
        "films": films,
        "map": method,
        "kinds": kinds_figures(readings, decisions),
        "curve_finding": NODULE,
        "curve": curve_points(curve, decisions[NODULE]) if curve else [],
    }


def normal_films(network: Network, rows: Sequence[FilmRow], most: int) -> Iterator[NormalFilm]:
    """Yield normal films whose lungs are found, at most so many."""
    found = 0
    for row in normal_rows(rows):
        if found == most:
            return
        grey = read_grey(row.path)
        lungs = find_lungs(grey)
        if lungs is not None:
            yield NormalFilm(found, row.patient, grey, lungs, pass_film(network, grey))
            found += 1


def _each_kind(film: NormalFilm) -> Iterator[tuple[str, Composited]]:
    for place, kind in enumerate(COMPOSITED):
        rng = np.random.default_rng((SEED, film.number, place))
        yield kind, draw_composite(film.grey, film.lungs, kind, rng)


def _each_nodule(film: NormalFilm) -> Iterator[Composited]:
    for diameter in DIAMETERS_MM:
        for contrast in CONTRASTS:
            # The same draw for each contrast: the same place.
            rng = np.random.default_rng((SEED, film.number, round(diameter)))
            side: Side = "left" if rng.random() < 0.5 else "right"
            yield composite(
                film.grey,
                film.lungs,
                NODULE,
                rng,
                side=side,
                size_mm=diameter,
                contrast=contrast,
            )


def _read(network: Network, film: NormalFilm, drawn: Composited, method: str) -> DrawnReading:
    return read_drawn(
        network,
        drawn.grey,
        drawn.mask,
        film.free,
        drawn.finding,
        film.patient,
        method,
        size_mm=drawn.size_mm,
        contrast=drawn.contrast,
    )


def normal_rows(rows: Sequence[FilmRow]) -> list[FilmRow]:
    """Return the normal films of the headline source, the first of each patient."""
    normal: dict[str, FilmRow] = {}
    for row in rows:
        if row.source == HEADLINE and NO_FINDING in row.positive:
            normal.setdefault(row.patient, row)
    return list(normal.values())
