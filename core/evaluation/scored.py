"""Films with the scores that a network gave them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from core.findings.vocabulary import BY_NIH, NO_FINDING

HEADLINE = "nih_cxr14"
LEAST_FOR_MEAN = 5
"""Positives below which a finding's AUROC is noise and stays out of the mean."""


@dataclass(frozen=True)
class Scored:
    """Films with their logits. Arrays have shape (films, findings) or (films,)."""

    findings: tuple[str, ...]
    labels: npt.NDArray[np.float32]
    known: npt.NDArray[np.bool_]
    logits: npt.NDArray[np.float32]
    sources: npt.NDArray[np.str_]
    patients: npt.NDArray[np.str_]

    def of(self, chosen: npt.NDArray[np.bool_]) -> Scored:
        return Scored(
            self.findings,
            self.labels[chosen],
            self.known[chosen],
            self.logits[chosen],
            self.sources[chosen],
            self.patients[chosen],
        )

    def known_of(self, column: int) -> Scored:
        """The films on which somebody looked for this finding."""
        return self.of(self.known[:, column])

    def with_logits(self, logits: npt.NDArray[np.float32]) -> Scored:
        return replace(self, logits=logits)

    @property
    def chosen(self) -> npt.NDArray[np.bool_]:
        """Which films are of the headline source; all of them where it has none."""
        chosen = self.sources == HEADLINE
        return chosen if chosen.any() else np.ones(len(self.sources), np.bool_)

    @property
    def headline(self) -> Scored:
        """The films of the headline source; all films where it has none."""
        return self.of(self.chosen)

    def columns_for_mean(self, least: int = LEAST_FOR_MEAN) -> list[int]:
        """Columns of the NIH findings with enough positives for a mean over findings.

        *No finding* stays out: it is the complement of the others.
        """
        nih = {term.name for term in BY_NIH.values()} - {NO_FINDING}
        positives = (self.labels * self.known).sum(axis=0)
        return [
            column
            for column, name in enumerate(self.findings)
            if name in nih and positives[column] >= least
        ]
