"""Phantom films with their true report: what was drawn, on which side, and nothing else.

A phantom is no patient, and no clinical figure comes of it. Here it teaches a model the words of
sides, which labels of real films do not name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from core.domain.errors import N_
from core.domain.finding import Laterality
from core.findings.vocabulary import TERMS
from core.imaging.phantom.anatomy import Projection
from core.imaging.phantom.film import make_film
from core.imaging.phantom.lesions import Lesion
from core.imaging.phantom.random_lesions import draw_lesions
from core.training.corpus.sample import Record
from core.training.corpus.sources.dictated import dictate
from core.training.corpus.sources.source import refusal
from core.training.phantoms import phantom_grey

SOURCE = "phantoms"
COUNT = 1500
ROWS = 240
FIRST_SEED = 2_000_000
"""Other patients than those of samples, tests and the embedded model's training."""
AP_SHARE = 0.4
LICENCE = "drawn by this program"
KNOWN = frozenset(term.name for term in TERMS if term.worded)


def open_phantoms(folder: Path, count: int = COUNT) -> Iterator[Record]:
    """Yield ``count`` phantoms, the same on every machine; films once drawn are kept in ``folder``.

    Raises
    ------
    CorpusError
        If the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise refusal(N_("its folder cannot be made: {why}"), why=str(error.strerror)) from error
    for place in range(count):
        yield _record(folder, FIRST_SEED + place)


def true_report(lesions: Iterable[Lesion]) -> str:
    """Word what was drawn into a phantom, with its sides; of everything else it is free."""
    present: dict[str, Laterality | None] = {}
    for lesion in lesions:
        side = Laterality(lesion.laterality) if lesion.laterality else None
        other = present.get(lesion.finding, side)
        present[lesion.finding] = side if other is side else Laterality.BILATERAL
    return dictate(present, KNOWN)


def _record(folder: Path, seed: int) -> Record:
    rng = np.random.default_rng(seed)
    lesions = draw_lesions(rng, None)
    projection: Projection = "AP" if rng.random() < AP_SHARE else "PA"
    identifier = f"phantom-{seed}"
    path = folder / f"{identifier}-{ROWS}.png"
    if not path.is_file():
        _draw(path, seed, projection, lesions)
    return Record(
        source=SOURCE,
        identifier=identifier,
        group=identifier,
        image=partial(Path.read_bytes, path),
        image_bytes=path.stat().st_size,
        caption=true_report(lesions),
        licence=LICENCE,
        chest=True,
    )


def _draw(path: Path, seed: int, projection: Projection, lesions: tuple[Lesion, ...]) -> None:
    film = make_film(seed, projection, lesions, ROWS)
    levels = np.rint(phantom_grey(film.pixels) * 255).astype(np.uint8)
    _, encoded = cv2.imencode(".png", levels)
    part = path.with_suffix(".part")
    try:
        part.write_bytes(encoded.tobytes())
        part.replace(path)
    except OSError as error:
        raise refusal(N_("a phantom cannot be kept: {why}"), why=str(error.strerror)) from error
