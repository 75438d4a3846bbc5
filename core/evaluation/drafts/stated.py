"""What texts state of findings and sides, held against what their answers must state.

What must be stated is what `core.training.corpus.expected` says of the caption, without what a
definition says of a finding in general. A finding that a text states beyond that is wrong unless
the caption states it too, or the definition that was asked for names it.

Texts and captions are read by the same labeller (`core.findings.labeller`), whose own errors are in
both. Present
and uncertain count as positive, absent and not mentioned as negative: a reader acts on "possible"
as on "present", and a caption seldom denies. Sentences that the labeller cannot read state nothing.

References
----------
Irvin 2019 (labels of reports), Smit 2020 (F1 of drafted reports by such labels).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from core.domain.finding import Certainty, Laterality, Mention
from core.evaluation.drafts.texts import Asked
from core.evaluation.resampling import Floats
from core.findings.labeller import label, stated
from core.findings.vocabulary import TERMS
from core.training.corpus.expected import expected
from core.training.corpus.sample import Kind

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
    """What texts state, and what they had to.

    Attributes
    ----------
    told, truth : ndarray, shape (samples, findings), bool
        In the order of `NAMES`. A finding that is neither right nor wrong is not told.
    sided, right : ndarray, shape (samples,), float
        Findings whose side must be named and that the text states too; those with that side.
    """

    told: Booleans
    truth: Booleans
    sided: npt.NDArray[np.float64]
    right: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Wanted:
    """``findings`` that must be stated, with their side; others ``allowed`` are not wrong."""

    findings: Mapping[str, Laterality | None]
    allowed: frozenset[str]


def compare(texts: Sequence[str], asked: Sequence[Asked]) -> Said:
    """Read texts and what was asked for; a text that occurs again is read once."""
    known = {text: read(text) for text in set(texts)}
    pairs: list[tuple[Mapping[str, Laterality | None], Mapping[str, Laterality | None]]] = []
    for text, each in zip(texts, asked, strict=True):
        wanted = wanted_of(Kind(each.kind), each.caption)
        told = {name: side for name, side in known[text].items() if name not in wanted.allowed}
        pairs.append((told, wanted.findings))
    sides = [_sides(ours, theirs) for ours, theirs in pairs]
    return Said(
        told=_table([ours for ours, _ in pairs]),
        truth=_table([theirs for _, theirs in pairs]),
        sided=np.array([float(len(each)) for each in sides]),
        right=np.array([float(sum(each)) for each in sides]),
    )


# Every system answers the same questions.
@lru_cache(maxsize=50_000)
def wanted_of(kind: Kind, caption: str) -> Wanted:
    """Return what an answer must state, and what it may state beyond."""
    said, must = read(caption), expected(kind, caption)
    if must is None:
        return Wanted({}, frozenset(said))
    findings = {
        name: must.sides.get(name)
        for name, certainty in must.findings.items()
        if certainty in POSITIVE and name in NAMES
    }
    beyond = {*said, *read(must.definition)} - findings.keys()
    return Wanted(findings, frozenset(beyond))


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
