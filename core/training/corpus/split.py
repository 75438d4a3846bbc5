"""Split a corpus by group: a patient or a figure never lies on both sides.

What the source has fixed is kept. The other groups go to either side so that training has its share
of their samples, and of each kind of sample as near as whole groups allow. Nothing hangs on the
order of the samples or on the machine: groups are taken by size and then by a hash of the seed and
their name.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.domain.errors import N_
from core.training.corpus.folder import TRAIN, VALIDATION
from core.training.corpus.sample import Kind
from core.training.corpus.sources.source import refusal

SHARE = 0.8
SEED = 3407
"""The share and the seed of the first edition of this project."""


@dataclass(frozen=True)
class Placed:
    """A sample as far as a split looks at it. ``split`` is what the source has fixed, or empty."""

    identifier: str
    group: str
    kind: Kind
    split: str = ""


def split_samples(
    samples: Iterable[Placed], seed: int, train_share: float = SHARE
) -> Mapping[str, str]:
    """Return the split of each group.

    Of the samples that the source left open, training gets ``train_share`` to within the size of
    the largest group; where there are two groups or more, neither side is left empty.

    Parameters
    ----------
    train_share : float in (0, 1)

    Returns
    -------
    mapping of group to ``train`` or ``validation``

    Raises
    ------
    CorpusError
        If the source has put one group on both sides, or the share is none.
    """
    if not 0 < train_share < 1:
        raise refusal(N_("the share of training must lie between 0 and 1"))
    fixed: dict[str, str] = {}
    groups: dict[str, Counter[Kind]] = {}
    for sample in samples:
        groups.setdefault(sample.group, Counter())[sample.kind] += 1
        if sample.split and fixed.setdefault(sample.group, sample.split) != sample.split:
            raise refusal(N_("its source puts one patient or figure on both sides"))
    left = {group: kinds for group, kinds in groups.items() if group not in fixed}
    placed = {**fixed, **_balanced(left, seed, train_share)}
    return _neither_empty(placed, left, seed)


def drawn(seed: int, *names: str) -> str:
    """Return a number, as text of one length, that hangs on the seed and the names alone."""
    return hashlib.sha256("\0".join((str(seed), *names)).encode()).hexdigest()


def _order(groups: Mapping[str, Counter[Kind]], seed: int) -> list[str]:
    """Return the largest first: small ones then even out what these leave."""
    return sorted(groups, key=lambda group: (-groups[group].total(), drawn(seed, "split", group)))


def _balanced(groups: Mapping[str, Counter[Kind]], seed: int, train_share: float) -> dict[str, str]:
    largest = max((kinds.total() for kinds in groups.values()), default=0)
    # Samples of training above its share, so far: in all, and by kind.
    excess, by_kind = 0.0, dict.fromkeys(Kind, 0.0)
    placed: dict[str, str] = {}
    for group in _order(groups, seed):
        kinds = groups[group]
        steps = {TRAIN: 1 - train_share, VALIDATION: -train_share}
        after = {side: excess + step * kinds.total() for side, step in steps.items()}
        near = [side for side in steps if abs(after[side]) <= largest]
        if len(near) == 2:
            side = min(
                steps,
                key=lambda each: after[each] ** 2 + _unevenness(by_kind, kinds, steps[each]),
            )
        else:
            side = min(steps, key=lambda each: abs(after[each]))
        placed[group], excess = side, after[side]
        for kind, count in kinds.items():
            by_kind[kind] += steps[side] * count
    return placed


def _unevenness(by_kind: Mapping[Kind, float], kinds: Counter[Kind], step: float) -> float:
    return sum((by_kind[kind] + step * kinds[kind]) ** 2 for kind in Kind)


def _neither_empty(
    placed: dict[str, str], left: Mapping[str, Counter[Kind]], seed: int
) -> dict[str, str]:
    for empty in (TRAIN, VALIDATION):
        if empty not in placed.values() and len(placed) > 1 and left:
            placed[_order(left, seed)[-1]] = empty
    return placed
