"""What an evaluation measured, as tables for a spreadsheet: every figure to its ends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.evaluation.drafts.figures import FIGURES
from core.models.base import Interval
from dashboard.services.corpus_export import as_csv
from dashboard.services.scoreboard import Board, significant

Cell = str | int | float | None
ENDS = ("value", "low", "high", "cases")


def figures_csv(board: Board) -> bytes:
    """Return one line a system and figure, with what its run trained; empty: not measured."""
    heads = ("system", "title", "role", "weights_sha256", "figure", "unit", *ENDS, "not_measured")
    return as_csv(heads, _figure_rows(board))


def training_csv(board: Board) -> bytes:
    """Return one line a system with its training run; empty: none is known."""
    heads = (
        "system", "title", "run", "trained_parameters", "total_parameters", "share", "steps",
        "first_loss", "last_loss",
    )  # fmt: skip
    rows: list[Sequence[Cell]] = []
    for system in board.systems:
        run = board.trained.get(system.name)
        counted = run.parameters if run else None
        losses = [step.loss for step in run.history] if run else []
        rows.append(
            (
                system.name,
                system.title,
                run.name if run else None,
                counted.trained if counted else None,
                counted.total if counted else None,
                counted.share if counted else None,
                run.history[-1].step if run and losses else None,
                losses[0] if losses else None,
                losses[-1] if losses else None,
            )
        )
    return as_csv(heads, rows)


def findings_csv(board: Board) -> bytes:
    """Return one line a system, finding and rate."""
    heads = ("system", "title", "finding", "positives", "rate", *ENDS)
    rows: list[Sequence[Cell]] = [
        (system.name, system.title, name, entry["positives"], rate, *_ends(entry[rate]))
        for system in board.systems
        for name, entry in system.findings.items()
        for rate in ("precision", "recall", "f1")
    ]
    return as_csv(heads, rows)


def differences_csv(board: Board) -> bytes:
    """Return one line a pair and figure; ``significant``: the 95 % interval leaves zero out."""
    heads = ("system", "against", "figure", *ENDS, "significant")
    rows: list[Sequence[Cell]] = [
        (
            each.system,
            each.against,
            each.figure,
            *_ends(each.interval),
            str(significant(each.interval)).lower(),
        )
        for each in board.compared()
    ]
    return as_csv(heads, rows)


def _figure_rows(board: Board) -> Iterable[Sequence[Cell]]:
    reasons = board.measured.not_measured
    for system in board.systems:
        units = {figure.name: figure.unit for figure in FIGURES}
        # The file may hold figures that this version has no name for.
        for name in dict.fromkeys((*units, *system.figures)):
            yield (
                system.name,
                system.title,
                system.role.value,
                system.digest,
                name,
                units.get(name, ""),
                *_ends(system.figures.get(name)),
                reasons.get(name, ""),
            )


def _ends(interval: Interval | None) -> tuple[Cell, ...]:
    if interval is None:
        return (None,) * len(ENDS)
    return (interval.value, interval.low, interval.high, interval.cases)
