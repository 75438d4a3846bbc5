"""What texts state of findings and sides, held against what their references state.

Both are read by the same labeller (`core.findings.labeller`), whose own errors are in both. Present
and uncertain count as positive, absent and not mentioned as negative: a reader acts on "possible"
as on "present", and a caption seldom denies. Sentences that the labeller cannot read state nothing.

References
----------
Irvin 2019 (labels of reports), Smit 2020 (F1 of drafted reports by such labels).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.domain.finding import Certainty, Laterality, Mention
from core.evaluation.resampling import Floats
from core.findings.labeller import label, stated
from core.findings.vocabulary import TERMS

NAMES = tuple(term.name for term in TERMS)
POSITIVE = (Certainty.PRESENT, Certainty.UNCERTAIN)

Booleans = npt.NDArray[np.bool_]


def read(text: str) -> Mapping[str, Laterality | None]:
    """Return the findings that a text states as present or uncertain, with their side."""
    return {name: each.laterality for name, each in mentions(text).items() if name in NAMES}


def mentions(text: str) -> dict[str, Mention]:
    """Return what a text states as present or uncertain, one mention a finding."""
    said = stated(label(text))
    return {name: each for name, each in said.items() if each.certainty in POSITIVE}


@dataclass(frozen=True)
class Said:
    """What texts and references state.

    Attributes
    ----------
    told, truth : ndarray, shape (samples, findings), bool
        In the order of `NAMES`.
    sided, right : ndarray, shape (samples,), float
        Findings whose side the reference names and that the text states too; those with that side.
    """

    told: Booleans
    truth: Booleans
    sided: npt.NDArray[np.float64]
    right: npt.NDArray[np.float64]


def compare(texts: Sequence[str], references: Sequence[str]) -> Said:
    """Read texts and their references; a text that occurs again is read once."""
    known = {text: read(text) for text in {*texts, *references}}
    pairs = [(known[text], known[ref]) for text, ref in zip(texts, references, strict=True)]
    sides = [_sides(ours, theirs) for ours, theirs in pairs]
    return Said(
        told=_table([ours for ours, _ in pairs]),
        truth=_table([theirs for _, theirs in pairs]),
        sided=np.array([float(len(each)) for each in sides]),
        right=np.array([float(sum(each)) for each in sides]),
    )


def _table(stated_each: Sequence[Mapping[str, Laterality | None]]) -> Booleans:
    rows = [[name in said for name in NAMES] for said in stated_each]
    return np.array(rows, np.bool_).reshape(-1, len(NAMES))


def _sides(
    ours: Mapping[str, Laterality | None], theirs: Mapping[str, Laterality | None]
) -> list[bool]:
    return [
        ours[name] is side for name, side in theirs.items() if side is not None and name in ours
    ]


# --- rates --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Counts:
    """Of every resample and finding, shape (resamples, findings)."""

    hits: Floats
    called: Floats
    cases: Floats

    def of(self, columns: Sequence[int]) -> Counts:
        """Return the counts summed over some findings, as one column."""
        chosen = list(columns)
        return Counts(*(each[:, chosen].sum(axis=1, keepdims=True) for each in self._all))

    @property
    def _all(self) -> tuple[Floats, Floats, Floats]:
        return self.hits, self.called, self.cases

    def rate(self, name: str) -> Floats:
        """Return precision, recall or F1; NaN where it is undefined."""
        above = 2 * self.hits if name == "f1" else self.hits
        below = {
            "precision": self.called,
            "recall": self.cases,
            "f1": self.called + self.cases,
        }[name]
        undefined = np.full(above.shape, np.nan)
        return np.asarray(np.divide(above, below, out=undefined, where=below > 0), np.float64)

    def macro(self, name: str) -> Floats:
        """Return the mean over the findings with cases, of every resample; (resamples,).

        A finding that is never called has no precision; it counts 0 in the mean.
        """
        rates = np.where(self.cases > 0, np.nan_to_num(self.rate(name)), 0.0)
        among = (self.cases > 0).sum(axis=1)
        undefined = np.full(len(rates), np.nan)
        mean = np.divide(rates.sum(axis=1), among, out=undefined, where=among > 0)
        return np.asarray(mean, np.float64)


def count(said: Said, weights: Floats) -> Counts:
    """Return hits, calls and cases of every resample.

    Parameters
    ----------
    weights : ndarray, shape (resamples, samples)
    """
    return Counts(weights @ (said.told & said.truth), weights @ said.told, weights @ said.truth)
