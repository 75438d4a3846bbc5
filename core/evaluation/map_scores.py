"""Draw every map of the films with boxes, and of the two baselines that need no film."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from core.evaluation.boxes import BoxedFinding, box_mask
from core.evaluation.localisation import CENTRE, LEAST_BOXES, MEAN_BOX, VAL, Pointed, mean_box
from core.evaluation.pointing import centre_blob
from core.evaluation.reading import FilmPass, pass_film
from core.models.embedded import MAP_METHODS
from core.models.network import Network
from core.training.films import FilmRow, read_grey


def score_boxes(
    network: Network,
    rows: Sequence[FilmRow],
    folds: npt.NDArray[np.int64],
    boxed: Sequence[BoxedFinding],
) -> list[Pointed]:
    """Score the maps of every boxed finding that has enough boxes.

    Films of train are read by the member that never saw their patient, films of val by the vote;
    train films of folds without a member are left out.

    Parameters
    ----------
    folds : ndarray of int, shape (rows,)
        Fold of each train film, `VAL` for films of val.
    """
    findings, members = network.shape.findings, network.shape.members
    boxed = [one for one in boxed if one.finding in findings and folds[one.film] < members]
    boxes = dict.fromkeys(findings, 0)
    for one in boxed:
        boxes[one.finding] += len(one.boxes)
    alone = [network.member(place) for place in range(members)]
    typical = {
        (name, fold): mean_box(boxed, folds, name, fold)
        for name, count in boxes.items()
        if count >= LEAST_BOXES
        for fold in (VAL, *range(members))
    }
    pointed = []
    for one in boxed:
        if boxes[one.finding] < LEAST_BOXES:
            continue
        row, fold = rows[one.film], int(folds[one.film])
        film = pass_film(network if fold == VAL else alone[fold], read_grey(row.path))
        pointed.append(_point(film, one, row.patient, fold, typical[one.finding, fold]))
    return pointed


def box_counts(boxed: Sequence[BoxedFinding]) -> dict[str, int]:
    """Return how many boxes there are of each finding."""
    counts: dict[str, int] = {}
    for one in boxed:
        counts[one.finding] = counts.get(one.finding, 0) + len(one.boxes)
    return dict(sorted(counts.items()))


def _point(
    film: FilmPass,
    one: BoxedFinding,
    patient: str,
    fold: int,
    typical: npt.NDArray[np.float32],
) -> Pointed:
    column = film.network.shape.findings.index(one.finding)
    maps = {method: film.maps([column], method)[0] for method in MAP_METHODS}
    rows, columns = next(iter(maps.values())).shape
    maps[CENTRE] = centre_blob(rows, columns).astype(np.float32)
    grown = cv2.resize(typical, (columns, rows), interpolation=cv2.INTER_LINEAR)
    maps[MEAN_BOX] = np.asarray(grown, np.float32)
    inside = box_mask(one.boxes, rows, columns)
    scores = {method: film.score(drawn, inside) for method, drawn in maps.items()}
    return Pointed(one.finding, patient, fold, len(one.boxes), one.side, scores, one.film)
