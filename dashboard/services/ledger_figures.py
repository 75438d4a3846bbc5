"""What readers changed, in figures: how much, of which findings, against which model, how fast.

References
----------
Efron 1993, An Introduction to the Bootstrap: intervals, each study drawn whole.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.domain.reading import Nature
from core.evaluation.drift.weeks import Part, Week, middle, pooled, shares, step_of
from core.evaluation.edits.distance import longer, word_distance
from core.models.base import Interval
from dashboard.workspace import Workspace
from storage.repositories.ledger_figures import FindingNatures, SignedEdits

UNTOLD = "untold"
"""In place of a nature: corrections that were written before natures were kept."""


@dataclass(frozen=True)
class Edited:
    """One signature with its distance: ``words_apart`` of ``words_long`` words."""

    signed: SignedEdits
    words_apart: int
    words_long: int

    @property
    def day(self) -> dt.date:
        return self.signed.at.astimezone().date()

    @property
    def sentences(self) -> int:
        """Sentences of draft and signed text, those that stand in both counted once."""
        each = self.signed
        return each.kept + each.changed + each.added + each.removed

    @property
    def sentences_edited(self) -> int:
        return self.sentences - self.signed.kept


@dataclass(frozen=True)
class Edits:
    """What signatures against one version of a model, or against all, have in common.

    ``rate`` is the share of sentences of draft and signed text that were changed, added or
    removed; ``distance`` the words put in, taken out or replaced over the words of the longer of
    each pair of sentences; ``style`` the share of changed sentences that change no finding; each
    pooled, with a 95 % interval by study. Seconds are medians; ``None`` where nothing is known.
    """

    model: str
    digest: str
    studies: int
    rate: Interval | None
    distance: Interval | None
    style: Interval | None
    seconds_open: Interval | None
    seconds_reading: Interval | None
    seconds_editing: Interval | None
    rate_by_week: tuple[Week, ...]
    distance_by_week: tuple[Week, ...]


@dataclass(frozen=True)
class LedgerFigures:
    """All that the page tells of the ledger at once.

    ``natures`` counts the corrections of each finding by nature, most corrected finding first; a
    correction of two natures counts under both. ``corrections`` counts each once. One point of the
    weeks is ``step`` weeks.
    """

    signed: int
    real: int
    phantoms_counted: bool
    overall: Edits
    models: tuple[Edits, ...]
    natures: Mapping[str, Mapping[str, int]]
    corrections: Mapping[str, int]
    step: int

    @property
    def phantoms(self) -> int:
        return self.signed - self.real


def newest_signature(place: Workspace) -> int:
    """The last signature of the ledger, 0 for an empty one: figures change with it alone."""
    with place.look() as look:
        return look.ledger_figures.newest()


def ledger_figures(place: Workspace, *, phantoms: bool = False) -> LedgerFigures:
    """Return the figures of the ledger.

    Parameters
    ----------
    phantoms : bool
        Whether samples count; they always do where nothing else is signed.
    """
    with place.look() as look:
        every = look.ledger_figures.signed()
        found = look.ledger_figures.finding_natures()
        apart, long = _rewritten(look.ledger_figures.rewritten())
    real = sum(not each.phantom for each in every)
    counted = phantoms or not real
    rows = tuple(
        Edited(
            each,
            each.words_edited + apart[each.sequence],
            each.words + long[each.sequence],
        )
        for each in every
        if counted or not each.phantom
    )
    step = step_of([row.day for row in rows])
    natures, corrections = _natures(each for each in found if counted or not each.phantom)
    return LedgerFigures(
        signed=len(every),
        real=real,
        phantoms_counted=counted,
        overall=_edits("", "", rows, step),
        models=_by_model(rows, step),
        natures=natures,
        corrections=corrections,
        step=step,
    )


def _rewritten(sentences: Iterable[tuple[int, str, str]]) -> tuple[Counter[int], Counter[int]]:
    apart: Counter[int] = Counter()
    long: Counter[int] = Counter()
    for sequence, before, after in sentences:
        apart[sequence] += word_distance(before, after)
        long[sequence] += longer(before, after)
    return apart, long


def _by_model(rows: Sequence[Edited], step: int) -> tuple[Edits, ...]:
    """Most signed against first."""
    grouped: dict[tuple[str, str], list[Edited]] = defaultdict(list)
    for row in rows:
        grouped[(row.signed.model, row.signed.digest)].append(row)
    ordered = sorted(grouped.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(_edits(model, digest, some, step) for (model, digest), some in ordered)


def _edits(model: str, digest: str, rows: Sequence[Edited], step: int) -> Edits:
    signed = [row.signed for row in rows]
    days = [row.day for row in rows]
    sentences = [row.sentences_edited for row in rows], [row.sentences for row in rows]
    words = [row.words_apart for row in rows], [row.words_long for row in rows]
    told = [each for each in signed if each.told]
    return Edits(
        model=model,
        digest=digest,
        studies=len(rows),
        rate=_pooled(*sentences),
        distance=_pooled(*words),
        style=_pooled([each.style for each in told], [each.told for each in told]),
        seconds_open=_median(each.seconds_open for each in signed),
        seconds_reading=_median(each.seconds_reading for each in signed),
        seconds_editing=_median(each.seconds_editing for each in signed),
        rate_by_week=shares([Part(*each) for each in zip(days, *sentences, strict=True)], step),
        distance_by_week=shares([Part(*each) for each in zip(days, *words, strict=True)], step),
    )


def _pooled(hits: Sequence[float], of: Sequence[float]) -> Interval | None:
    found = pooled(hits, of)
    return None if found is None else Interval(*found, len(of))


def _median(seconds: Iterable[float | None]) -> Interval | None:
    known = [each for each in seconds if each is not None]
    found = middle(known)
    return None if found is None else Interval(*found, len(known))


def _natures(found: Iterable[FindingNatures]) -> tuple[dict[str, Counter[str]], Counter[str]]:
    by_finding: dict[str, Counter[str]] = defaultdict(Counter)
    total: Counter[str] = Counter()
    for each in found:
        total[each.finding] += each.count
        for name in each.natures.split(",") if each.natures else [UNTOLD]:
            by_finding[each.finding][name] += each.count
    ordered = [name for name, _count in total.most_common()]
    return {name: by_finding[name] for name in ordered}, total


NATURES = (*(nature.value for nature in Nature), UNTOLD)
"""In the order in which they are drawn."""
