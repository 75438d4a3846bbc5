"""Why a film is worth a reader's time: the kinds of reasons, and one choice with its own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Ask(StrEnum):
    """The four grounds on which a film is asked for."""

    UNCERTAINTY = "uncertainty"
    DISAGREEMENT = "disagreement"
    RARITY = "rarity"
    DIVERSITY = "diversity"


@dataclass(frozen=True)
class Reason:
    """One ground with its number.

    Attributes
    ----------
    kind : Ask
    value : float
        Of this film: bits for uncertainty, disagreement and rarity; for diversity the distance to
        the nearest film that is known or chosen before it, in the units of the vectors.
    finding : int or None
        Column of the finding that weighs most; ``None`` where the whole film counts.
    share : float
        Share of the pool whose value is lower, 0 to 1: how much this ground sets the film apart.
    """

    kind: Ask
    value: float
    finding: int | None = None
    share: float = 0.0


@dataclass(frozen=True)
class Choice:
    """A film of the pool, by its row, in the order of asking; its reasons strongest first."""

    row: int
    rank: int
    reasons: tuple[Reason, ...]
