"""Films that lie far from each other: k-centre greedy.

References
----------
Sener & Savarese 2018, Active Learning for Convolutional Neural Networks: A Core-Set Approach.
Gonzalez 1985 (the greedy choice covers within twice the best radius).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def k_centres(
    vectors: npt.ArrayLike,
    count: int,
    known: npt.ArrayLike | None = None,
    first: int | None = None,
) -> tuple[list[int], list[float]]:
    """Choose films one by one, each the farthest from all that are known or chosen.

    Parameters
    ----------
    vectors : array_like, shape (films, width)
        Features or probabilities; distances are Euclidean, so that columns should be of one scale.
    count : int
        Films to choose; all where there are fewer.
    known : array_like, shape (others, width), optional
        Films that were learned from.
    first : int, optional
        Chosen first where no film is known; the film nearest to the mean unless it is given.

    Returns
    -------
    rows : list of int
        In the order of choosing; between equals the first row.
    distances : list of float
        To the nearest film that was known or chosen before; of a first film without any known, to
        the mean.
    """
    points = np.asarray(vectors, np.float64)
    count = min(count, len(points))
    if not count:
        return [], []
    rows: list[int] = []
    distances: list[float] = []
    nearest = _to_known(points, known)
    if nearest is None:
        from_mean = np.linalg.norm(points - points.mean(axis=0), axis=1)
        first = int(from_mean.argmin()) if first is None else first
        rows, distances = [first], [float(from_mean[first])]
        nearest = np.linalg.norm(points - points[first], axis=1)
        nearest[first] = -np.inf
    while len(rows) < count:
        farthest = int(nearest.argmax())
        rows.append(farthest)
        distances.append(float(nearest[farthest]))
        nearest = np.minimum(nearest, np.linalg.norm(points - points[farthest], axis=1))
        nearest[farthest] = -np.inf
    return rows, distances


def to_nearest(vectors: npt.ArrayLike, known: npt.ArrayLike) -> Floats:
    """Return the distance of each film to the nearest of those that are known, (films,)."""
    points, others = np.asarray(vectors, np.float64), np.asarray(known, np.float64)
    nearest = np.full(len(points), np.inf)
    # One at a time: a table of all distances would not fit a large pool.
    for other in others:
        np.minimum(nearest, np.linalg.norm(points - other, axis=1), out=nearest)
    return nearest


def _to_known(points: Floats, known: npt.ArrayLike | None) -> Floats | None:
    if known is None or not len(np.asarray(known)):
        return None
    return to_nearest(points, known)
