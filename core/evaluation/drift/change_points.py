"""Where a row of numbers changes its level, and whether it does at all.

The place is that of binary segmentation with the squared error as cost; whether there is a change
is settled by a permutation test, so that noise is rarely marked. Numbers are first joined to blocks
of neighbours, which are what is permuted: that bounds the work, and neighbours that resemble each
other stay together. The more they do, the longer the blocks; few blocks prove little.

The level is not held to the letter where neighbours resemble each other. Shares of 400
autoregressive rows of each kind that were marked, without a change and with one of 0.75 standard
deviations (`python -m benchmarks.drift_alarms`, 199 permutations):

===================  ===========  ============  ============
autocorrelation      60 numbers   150 numbers   400 numbers
===================  ===========  ============  ============
0.0, no change       0.04         0.035         0.037
0.3, no change       0.10         0.065         0.06
0.5, no change       0.11         0.085         0.055
0.0, a change        0.58         0.97          1.00
0.3, a change        0.43         0.79          1.00
0.5, a change        0.31         0.58          0.97
===================  ===========  ============  ============

References
----------
Truong, Oudre & Vayatis 2020, Selective review of offline change point detection methods (ruptures).
Fearnhead & Rigaill 2020, on the squared error as cost.
Phipson & Smyth 2010, Permutation P-values should never be zero.
Politis & White 2004, Automatic block-length selection for the dependent bootstrap.
Kendall 1954, Note on bias in the estimation of autocorrelation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

LEAST = 40
"""Numbers without which no change is looked for: fewer tell little from chance."""
LEVEL = 0.05
"""Chance of a false mark among all rows that are tested together, of independent blocks."""
PERMUTATIONS = 1_999
MOST_BLOCKS = 200
LEAST_BLOCKS = 8
MOST_ALIKE = 0.9
"""Autocorrelation beyond which blocks grow no longer."""
MARGIN = 0.1
"""Share of a row, on each of its ends, in which no change can be told from chance outliers."""
MOST_CHANGES = 3


@dataclass(frozen=True)
class Change:
    """A change of level.

    ``place`` is the first number after it, counted from 0. ``before`` and ``after`` are the means
    of the stretches on its sides, up to the next change; ``p`` is corrected for the number of rows
    that were tested together.
    """

    place: int
    p: float
    before: float
    after: float
    counts: tuple[int, int]


def changes(
    values: Sequence[float], *, tests: int = 1, seed: int = 0, permutations: int = PERMUTATIONS
) -> tuple[Change, ...]:
    """Return the changes of level of a row of numbers in time order, none where there is no proof.

    Parameters
    ----------
    values : sequence of float
        In time order; near neighbours may resemble each other, far ones may not.
    tests : int
        Rows that are looked at together: p is multiplied by it (Bonferroni).

    Returns
    -------
    tuple of Change
        At most ``MOST_CHANGES``, in time order; empty where there are fewer than ``LEAST`` numbers.
    """
    row = np.asarray(values, np.float64)
    if len(row) < LEAST:
        return ()
    size = block_size(row)
    blocks = _blocks(row, size)
    rng = np.random.default_rng(seed)
    found: list[tuple[int, float]] = []
    stretches = [(0, len(blocks))]
    while stretches and len(found) < MOST_CHANGES:
        start, end = stretches.pop(0)
        if (end - start) * size < LEAST:
            continue
        p = min(1.0, tests * _chance(blocks[start:end], rng, permutations))
        if p <= LEVEL:
            place = start + _place(blocks[start:end])
            found.append((place, p))
            stretches += [(start, place), (place, end)]
    return tuple(_told(row, [(place * size, p) for place, p in sorted(found)]))


def block_size(row: Floats) -> int:
    """Return how many neighbours make a block: one where they do not resemble each other.

    The length of Politis & White for the autocorrelation of neighbours, taken around the levels
    before and after the best single change, lest a change pass for resemblance.
    """
    count = len(row)
    least, most = -(-count // MOST_BLOCKS), count // LEAST_BLOCKS
    place = _margin(count) + int(_gains(row[None])[0].argmax())
    rest = np.concatenate([part - part.mean() for part in (row[:place], row[place:])])
    power = float(rest @ rest)
    if power <= 0:
        return least
    alike = float(rest[1:] @ rest[:-1]) / power
    alike = min(max(alike + (1 + 3 * alike) / count, 0.0), MOST_ALIKE)
    length = float((1.5 * count * (2 * alike / (1 - alike**2)) ** 2) ** (1 / 3))
    return max(least, min(most, round(length)))


def _blocks(row: Floats, size: int) -> Floats:
    """Means of neighbours; the last block may be shorter and is then left out of two or more."""
    whole = len(row) // size * size
    return np.asarray(row[:whole].reshape(-1, size).mean(axis=1), np.float64)


def _chance(row: Floats, rng: np.random.Generator, permutations: int) -> float:
    """Return how likely a gain as large as that of the best place is without any change."""
    shuffled = rng.permuted(np.broadcast_to(row, (permutations, len(row))), axis=1)
    seen, others = _best_gain(row[None])[0], _best_gain(shuffled)
    # Sums in another order differ in their last digits: a tie is a tie.
    reached = int(np.count_nonzero(others >= seen * (1 - 1e-9) - 1e-12))
    return (1 + reached) / (1 + permutations)


def _best_gain(rows: Floats) -> Floats:
    """Return by how much the squared error falls at the best place of each row, (rows,)."""
    return np.asarray(_gains(rows).max(axis=1), np.float64)


def _gains(rows: Floats) -> Floats:
    """Return by how much the squared error falls at each place, (rows, places)."""
    count = rows.shape[1]
    margin = _margin(count)
    left = np.arange(margin, count - margin + 1)
    centred = rows - rows.mean(axis=1, keepdims=True)
    sums = np.cumsum(centred, axis=1)[:, left - 1]
    # n1 n2 / n times the squared difference of the means, since the centred row sums to zero.
    return np.asarray(sums**2 * (count / (left * (count - left))), np.float64)


def _place(row: Floats) -> int:
    """Return the first number after the best single change of a row."""
    # Not needed where nothing changes.
    from ruptures import Binseg  # type: ignore[import-untyped]

    search = Binseg(model="l2", min_size=_margin(len(row)), jump=1).fit(row)
    return int(search.predict(n_bkps=1)[0])


def _margin(count: int) -> int:
    return max(2, round(MARGIN * count))


def _told(row: Floats, found: Sequence[tuple[int, float]]) -> Iterator[Change]:
    ends = [0, *(place for place, _p in found), len(row)]
    for at, (place, p) in enumerate(found):
        before, after = row[ends[at] : place], row[place : ends[at + 2]]
        counts = (len(before), len(after))
        yield Change(place, p, float(before.mean()), float(after.mean()), counts)
