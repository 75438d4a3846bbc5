"""The rules that the comparison with random order puts against it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.hidden_labels import Floats, learned
from core.training.active.centres import k_centres
from core.training.active.grounds import disagreement, entropy, of_film, rarity
from core.training.active.queue import Pool, ask_for

RANDOM, COMBINED, PAGE = "random", "combined", "combined, as on the page"
COMMITTEE = 3


@dataclass(frozen=True)
class Known:
    """What a rule may look at: the pool's features, rows that were read, and what heads say."""

    features: Floats
    read: npt.NDArray[np.intp]
    unread: npt.NDArray[np.intp]
    labels: Floats
    """Of the rows that were read alone."""
    said: Floats
    """Probabilities of the rows that were not read."""
    said_of_read: Floats
    rng: np.random.Generator

    @property
    def prevalence(self) -> Floats:
        return np.asarray((self.labels.sum(axis=0) + 1) / (len(self.labels) + 2), np.float64)

    def committee(self) -> Floats:
        """Return what heads say that learned from resamples of what was read."""
        opinions = []
        for _member in range(COMMITTEE):
            drawn = self.rng.integers(0, len(self.read), len(self.read))
            opinions.append(
                learned(
                    self.features[self.read[drawn]],
                    self.labels[drawn],
                    self.features[self.unread],
                )
            )
        return np.stack(opinions)


Rule = Callable[[Known, int], Sequence[int]]
"""What is known and how many films are wanted, to rows among those that were not read."""


def _most(worth: Floats, count: int) -> list[int]:
    return [int(row) for row in np.argsort(-worth, kind="stable")[:count]]


def _diverse(known: Known, count: int) -> list[int]:
    return k_centres(known.features[known.unread], count, known.features[known.read])[0]


def _combined(known: Known, count: int) -> list[int]:
    pool = Pool(
        known.said,
        known.prevalence,
        known.committee(),
        known.features[known.unread],
        known.features[known.read],
    )
    return [choice.row for choice in ask_for(pool, count)]


def _page(known: Known, count: int) -> list[int]:
    """The rule as the Ledger page has it: it knows what drafts say, and no features."""
    prevalence = (known.said.sum(axis=0) + 1) / (len(known.said) + 2)
    pool = Pool(known.said, prevalence, known=known.said_of_read)
    return [choice.row for choice in ask_for(pool, count)]


RULES: Mapping[str, Rule] = {
    RANDOM: lambda known, count: [int(row) for row in known.rng.permutation(len(known.unread))][
        :count
    ],
    "uncertainty": lambda known, count: _most(of_film(entropy(known.said)), count),
    "disagreement": lambda known, count: _most(of_film(disagreement(known.committee())), count),
    "rarity": lambda known, count: _most(of_film(rarity(known.said, known.prevalence)), count),
    "diversity": _diverse,
    COMBINED: _combined,
    PAGE: _page,
}
