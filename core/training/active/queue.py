"""The combined rule: which films of a pool are asked for next, and why.

A film's worth is the mean of its ranks, as shares of the pool, by uncertainty, by disagreement and
by rarity: ranks, because the three have no common unit (Settles 2009 lists them as grounds of their
own). Ranks alone would ask for many films of one kind. So `KEPT_FOR_EACH` times as many films as
are wanted are kept by their worth, and among these k-centre greedy takes the one that lies farthest
from all that is known or taken already, again and again (Sener & Savarese 2018); where nothing is
known, the film of the highest worth comes first. A ground of which nothing is known for the whole
pool has no say. The order is the order of taking; nothing is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.training.active.centres import k_centres, to_nearest
from core.training.active.grounds import (
    disagreement,
    entropy,
    of_film,
    rarity,
    weightiest,
)
from core.training.active.reasons import Ask, Choice, Reason

Floats = npt.NDArray[np.float64]

KEPT_FOR_EACH = 3
"""Films that are kept by their worth for each that is wanted, for diversity to choose from."""
TELLING = 0.5
"""A ground is named as a reason where it sets a film above this share of the pool."""


@dataclass(frozen=True)
class Pool:
    """Films that nobody has read yet.

    Attributes
    ----------
    probabilities : ndarray, shape (films, findings)
        Calibrated, of the model that learns; NaN where a finding has none.
    prevalence : ndarray, shape (findings,)
    opinions : ndarray, shape (opinions, films, findings), or None
        See `grounds.disagreement`.
    vectors : ndarray, shape (films, width), or None
        For diversity; the probabilities where there are none, what is not known as 0.
    known : ndarray, shape (others, width), or None
        Vectors of films that were learned from.
    """

    probabilities: Floats
    prevalence: Floats
    opinions: Floats | None = None
    vectors: Floats | None = None
    known: Floats | None = None

    @property
    def places(self) -> Floats:
        return np.nan_to_num(self.probabilities) if self.vectors is None else self.vectors


def ask_for(pool: Pool, count: int) -> tuple[Choice, ...]:
    """Return ``count`` films of a pool in the order of asking; all where there are fewer."""
    films = len(pool.probabilities)
    if not films or count <= 0:
        return ()
    grounds = _grounds(pool)
    ranked = {kind: _shares(of_film(values)) for kind, values in grounds.items()}
    worth = np.mean(list(ranked.values()), axis=0)
    # Stable, so that equal films keep their order.
    kept = np.argsort(-worth, kind="stable")[: KEPT_FOR_EACH * count]
    rows, distances = k_centres(pool.places[kept], count, pool.known, first=0)
    apart = _apart(pool)
    chosen = [int(kept[row]) for row in rows]
    return tuple(
        Choice(row, rank, _reasons(row, distance, grounds, ranked, apart))
        for rank, (row, distance) in enumerate(zip(chosen, distances, strict=True), 1)
    )


def _grounds(pool: Pool) -> dict[Ask, Floats]:
    grounds = {
        Ask.UNCERTAINTY: entropy(pool.probabilities),
        Ask.RARITY: rarity(pool.probabilities, pool.prevalence),
    }
    if pool.opinions is not None:
        apart = disagreement(pool.opinions)
        if not np.isnan(apart).all():
            grounds[Ask.DISAGREEMENT] = apart
    return grounds


def _shares(worth: Floats) -> Floats:
    """Return for each film the share of the others that are worth less, ties counted half."""
    if len(worth) == 1:
        return np.ones(1)
    ordered = np.sort(worth)
    below = np.searchsorted(ordered, worth, "left")
    same = np.searchsorted(ordered, worth, "right") - below
    return np.asarray((below + (same - 1) / 2) / (len(worth) - 1), np.float64)


def _apart(pool: Pool) -> Floats:
    """Return the share of the pool that lies nearer to what is known, or to the mean."""
    places = pool.places
    known = places.mean(axis=0, keepdims=True) if pool.known is None else pool.known
    return _shares(to_nearest(places, known) if len(known) else np.zeros(len(places)))


def _reasons(
    row: int,
    distance: float,
    grounds: dict[Ask, Floats],
    ranked: dict[Ask, Floats],
    apart: Floats,
) -> tuple[Reason, ...]:
    """Return what sets a film apart, strongest first; at the least its strongest ground."""
    found = []
    for kind, values in grounds.items():
        of_row = values[row : row + 1]
        finding = weightiest(of_row)[0]
        value = float(of_film(of_row)[0]) if finding is None else float(of_row[0, finding])
        found.append(Reason(kind, value, finding, float(ranked[kind][row])))
    found.append(Reason(Ask.DIVERSITY, distance, None, float(apart[row])))
    found.sort(key=lambda reason: -reason.share)
    return tuple(each for place, each in enumerate(found) if not place or each.share > TELLING)
