"""What a relearning run can turn. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass

WHOLE, HEAD, FUSE = "whole", "head", "fuse"
PARTS = (WHOLE, HEAD, FUSE)


@dataclass(frozen=True)
class Relearning:
    """Written into ``measured.json`` and the card.

    Attributes
    ----------
    parts : str
        What is fitted again. ``whole``: only what the whole film says; the map of each finding
        stays as it is, and what was measured of it holds. ``head``: the maps too. ``fuse``: the
        last stage of each trunk too, which takes many times as long.
    epochs, batch, learning_rate
        Adam (Kingma 2015), the rate falling along a cosine to nothing.
    anchor : float
        Weight of half the squared distance from the old weights (L2-SP, Li 2018): what the labels
        say nothing about stays where it was.
    rehearsal : float
        How much a film of the rehearsal set counts against one of the ledger (Robins 1995).
    most_rehearsal : int
        Films of the rehearsal set at most; which, the seed says.
    seed : int
    """

    parts: str = HEAD
    epochs: int = 40
    batch: int = 32
    learning_rate: float = 3e-3
    anchor: float = 1e-3
    rehearsal: float = 0.5
    most_rehearsal: int = 600
    seed: int = 20261
