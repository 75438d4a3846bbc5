"""What a corpus holds, counted: ``figures.json`` for the Corpus page. Imports no torch.

::

    drops        {reason: records}
    records      records of the source
    refused      {reason: lines of the source that were no record}
    findings     {split: {finding: {present, uncertain, absent, share}}}
    caption_words {split: {edges, counts}}    words of the cleaned captions
    kinds        {split: {kind: samples}}
    together     {names, counts}              samples in which both are present; the diagonal is
                                              the finding alone
    sources      {source: samples}
    licences     {licence: samples}           an empty name where the source names none
    cleaning     {rule: captions}             in which the rule changed something, of the samples
    samples, groups {split: count}
    ungrouped    samples whose patient or figure the source does not name; left out if none

``share`` is ``{value, low, high, cases}``: samples in which the finding is present, with Wilson's
interval; ``None`` in an empty split. Findings are what the labeller reads from cleaned captions.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from itertools import combinations_with_replacement
from typing import Any

from core.domain.finding import Certainty
from core.evaluation.resampling import hits_of
from core.findings.vocabulary import NO_FINDING, TERMS
from core.training.corpus.sample import Kind, Sample

NAMES = (*(term.name for term in TERMS), NO_FINDING)
MOST_BINS = 40
DIGITS = 6


@dataclass(frozen=True)
class Origin:
    """What samples cannot tell of themselves; the words are those of the manifest and figures."""

    name: str
    source: str
    seed: int
    command: str
    records: int
    drops: Mapping[str, int] = field(default_factory=dict)
    cleaning: Mapping[str, int] = field(default_factory=dict)
    refused: Mapping[str, int] = field(default_factory=dict)
    ungrouped: int = 0


class Tally:
    """Counts of a corpus, a sample at a time.

    Parameters
    ----------
    splits : iterable of str
        All of them, so that an empty one has its zeros.
    """

    def __init__(self, splits: Iterable[str]) -> None:
        self.samples = Counter[str](dict.fromkeys(splits, 0))
        self.kinds = {name: Counter[str](dict.fromkeys(Kind, 0)) for name in self.samples}
        self.licences, self.sources = Counter[str](), Counter[str]()
        self._groups: dict[str, set[str]] = {name: set() for name in self.samples}
        self._words = {name: Counter[int]() for name in self.samples}
        self._findings: dict[str, dict[str, Counter[str]]] = {
            name: defaultdict(Counter) for name in self.samples
        }
        self._together = Counter[tuple[str, str]]()

    @property
    def groups(self) -> dict[str, int]:
        return {name: len(groups) for name, groups in self._groups.items()}

    def add(self, split: str, sample: Sample) -> None:
        self.samples[split] += 1
        self.kinds[split][sample.kind.value] += 1
        self.licences[sample.licence] += 1
        self.sources[sample.source] += 1
        self._groups[split].add(sample.group)
        self._words[split][len(sample.caption.split())] += 1
        for each in sample.findings:
            self._findings[split][each.name][each.certainty.value] += 1
        present = sorted(
            (each.name for each in sample.findings if each.certainty is Certainty.PRESENT),
            key=NAMES.index,
        )
        self._together.update(combinations_with_replacement(present, 2))

    def document(self, origin: Origin) -> dict[str, Any]:
        """Return ``figures.json``."""
        return {
            "records": origin.records,
            "refused": dict(origin.refused),
            "drops": dict(origin.drops),
            "samples": dict(self.samples),
            "groups": self.groups,
            "findings": {name: self._prevalence(name) for name in self.samples},
            "caption_words": {name: self._histogram(name) for name in self.samples},
            "kinds": {name: _plain(counts) for name, counts in self.kinds.items()},
            "together": self._matrix(),
            "sources": dict(self.sources),
            "licences": dict(self.licences),
            "cleaning": dict(origin.cleaning),
            **({"ungrouped": origin.ungrouped} if origin.ungrouped else {}),
        }

    def _prevalence(self, split: str) -> dict[str, Any]:
        return {name: self._finding(split, name) for name in NAMES}

    def _finding(self, split: str, name: str) -> dict[str, Any]:
        counts = self._findings[split].get(name, Counter())
        return {
            **{certainty.value: counts[certainty.value] for certainty in Certainty},
            "share": share(counts[Certainty.PRESENT.value], self.samples[split]),
        }

    def _histogram(self, split: str) -> dict[str, list[int]]:
        """Bins of equal width, the same for all splits; the last edge lies beyond the longest."""
        longest = max((length for words in self._words.values() for length in words), default=0)
        width = longest // MOST_BINS + 1
        bins = longest // width + 1
        counts = [0] * bins
        for length, captions in self._words[split].items():
            counts[length // width] += captions
        return {"edges": [width * number for number in range(bins + 1)], "counts": counts}

    def _matrix(self) -> dict[str, Any]:
        seen = {name for pair in self._together for name in pair}
        names = [name for name in NAMES if name in seen]
        counts = [
            [
                self._together[(one, other) if i <= j else (other, one)]
                for j, other in enumerate(names)
            ]
            for i, one in enumerate(names)
        ]
        return {"names": names, "counts": counts}


def share(hits: int, tries: int) -> dict[str, float | int] | None:
    """Return a share with Wilson's interval as plain numbers; ``None`` of nothing."""
    interval = hits_of(hits, tries)
    if interval is None:
        return None
    return {
        key: round(number, DIGITS) if isinstance(number, float) else number
        for key, number in asdict(interval).items()
    }


def _plain(counts: Mapping[str, int]) -> dict[str, int]:
    return {str(name): count for name, count in counts.items()}
