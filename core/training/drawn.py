"""Films with lesions that were drawn into them: what is known of them, and how they are kept."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from core.findings.vocabulary import CARDIOMEGALY, CONSOLIDATION, LUNG_OPACITY
from core.models.preprocessing import Grey, to_square
from core.training.films import FilmRow, FilmSet, label_tables
from core.training.masks import SIDE, mask_on_square, masks_from

logger = logging.getLogger(__name__)

KINDS: tuple[str, ...] = (
    "atelectasis",
    CONSOLIDATION,
    "edema",
    "mass",
    "nodule",
    "pleural effusion",
    "pneumothorax",
    CARDIOMEGALY,
)
"""Findings that can be drawn, in vocabulary order."""
DRAWING_VERSION = 2
"""Raised whenever lesions are drawn in another way: kept drawings are then drawn again."""
PLACED = (*KINDS, LUNG_OPACITY)
_SOME_CALL_IT_OPACITY = {"atelectasis", "edema", "mass", "nodule", "pleural effusion"}
_CHUNK = 16
_Task = TypeVar("_Task")


@dataclass(frozen=True)
class DrawnFilm:
    """A square, uint8 (s, s), with a mask, uint8 (m, m), of each finding that was drawn."""

    square: npt.NDArray[np.uint8]
    masks: Mapping[str, npt.NDArray[np.uint8]]


def drawn_film(grey: Grey, masks: Mapping[str, npt.NDArray[np.bool_]], size: int) -> DrawnFilm:
    """Bring a film and the masks on it, all (rows, columns), to a square of ``size`` pixels."""
    square, geometry = to_square(grey, size)
    return DrawnFilm(
        np.asarray(np.rint(square * 255), np.uint8),
        {name: mask_on_square(mask.astype(np.float32), geometry) for name, mask in masks.items()},
    )


def labels_of(drawn: Iterable[str], known: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Return what is positive and what is known of a film, given what was drawn into it.

    A consolidation is a lung opacity. Whether the other shadows are called one differs between
    readers: of a film with one of them, lung opacity is unknown.
    """
    positive = frozenset(drawn)
    if CONSOLIDATION in positive:
        positive |= {LUNG_OPACITY}
        known |= {LUNG_OPACITY}
    elif positive & _SOME_CALL_IT_OPACITY:
        known -= {LUNG_OPACITY}
    return positive, known | positive


def keep(kept: Path, films: Iterable[DrawnFilm]) -> None:
    """Write drawn films into one file, so that a run that goes on need not draw again."""
    squares, entries = [], []
    for place, film in enumerate(films):
        squares.append(film.square)
        entries += [(place, KINDS.index(name), mask) for name, mask in film.masks.items()]
    part = kept.with_suffix(".part.npz")
    np.savez_compressed(
        part,
        squares=np.stack(squares),
        film=np.array([film for film, _, _ in entries], np.int64),
        kind=np.array([kind for _, kind, _ in entries], np.int64),
        mask=np.array([mask for _, _, mask in entries], np.uint8).reshape(-1, SIDE, SIDE),
    )
    part.replace(kept)


def kept_films(
    kept: Path, findings: tuple[str, ...], row_of: Callable[[int, frozenset[str]], FilmRow]
) -> FilmSet:
    """Read drawn films back.

    Parameters
    ----------
    row_of : callable
        From the place of a film and what was drawn into it to its row.
    """
    with np.load(kept, allow_pickle=False) as stored:
        squares, film, kind, mask = (stored[key] for key in ("squares", "film", "kind", "mask"))
    drawn: list[set[str]] = [set() for _ in squares]
    for at, which in zip(film.tolist(), kind.tolist(), strict=True):
        drawn[at].add(KINDS[which])
    rows = tuple(row_of(place, frozenset(names)) for place, names in enumerate(drawn))
    labels, known = label_tables(rows, findings)
    entries = []
    for at, which, one in zip(film.tolist(), kind.tolist(), mask, strict=True):
        for name in (KINDS[which], *((LUNG_OPACITY,) if KINDS[which] == CONSOLIDATION else ())):
            if name in findings:
                entries.append((at, findings.index(name), one))
    placed = np.array([name in PLACED for name in findings], np.bool_)[None] & known
    return FilmSet(rows, findings, squares, labels, known, masks_from(entries, placed))


def draw_all(
    draw: Callable[[_Task], DrawnFilm], tasks: Sequence[_Task], workers: int, what: str
) -> Iterable[DrawnFilm]:
    """Draw films, in order, in as many processes as there are workers; one draws right here."""
    if workers <= 1:
        yield from map(draw, tasks)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for place, film in enumerate(pool.map(draw, tasks, chunksize=_CHUNK), start=1):
            if place % 100 == 0:
                logger.info("%d of %d %s drawn", place, len(tasks), what)
            yield film
