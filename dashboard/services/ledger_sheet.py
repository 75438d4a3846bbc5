"""The figures of the ledger as tables for a spreadsheet; no reader and no patient in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from core.evaluation.drift.weeks import Week
from dashboard.services.corpus_export import as_csv
from dashboard.services.ledger_drift import Drift, Series
from dashboard.services.ledger_figures import NATURES, LedgerFigures

Cell = str | int | float | None


def weeks_csv(lines: Mapping[str, Mapping[str, Iterable[Week]]]) -> bytes:
    """Return one line a figure, series and week.

    Parameters
    ----------
    lines : mapping of figure to mapping of series to weeks
    """
    heads = ("figure", "series", "week", "value", "low", "high", "studies")
    rows = (
        (figure, name, week.monday.isoformat(), week.value, week.low, week.high, week.studies)
        for figure, series in lines.items()
        for name, weeks in series.items()
        for week in weeks
    )
    return as_csv(heads, rows)


def natures_csv(found: LedgerFigures) -> bytes:
    """Return one line a finding: its corrections, and how many have each nature."""
    heads = ("finding", "corrections", *NATURES)
    rows: Iterable[tuple[Cell, ...]] = (
        (name, found.corrections[name], *(counts.get(nature, 0) for nature in NATURES))
        for name, counts in found.natures.items()
    )
    return as_csv(heads, rows)


def changes_csv(found: Drift) -> bytes:
    """Return one line a finding and change, one without a change where there is none."""
    heads = (
        "series",
        "points",
        "mean",
        "low",
        "high",
        "from",
        "p",
        "before",
        "after",
        "before_n",
        "after_n",
    )
    rows: list[tuple[Cell, ...]] = []
    every = [*found.scores, *([found.agreement] if found.agreement else [])]
    for each in every:
        rows += _changes(each)
    return as_csv(heads, rows)


def _changes(series: Series) -> list[tuple[Cell, ...]]:
    name = series.name or "agreement"
    mean = series.mean
    head = (name, series.points, mean.value, mean.low, mean.high)
    if not series.marks:
        return [(*head, *[None] * 6)]
    return [
        (*head, mark.day.isoformat(), mark.change.p, mark.change.before, mark.change.after,
         *mark.change.counts)
        for mark in series.marks
    ]  # fmt: skip
