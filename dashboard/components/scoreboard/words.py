"""Figures, systems and reasons of an evaluation as words; what was not measured is a dash."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from core.evaluation.drafts.figures import BY_NAME, FIGURES
from core.evaluation.drafts.measured import DRAFTING, MEMORY, TEMPLATE, Role, System
from core.models.base import Interval
from core.models.language.precision import gigabytes
from dashboard.components.models.figures import NOTHING, decimal, inline
from dashboard.components.models.table import Cell, measured
from dashboard.language import translate as _
from dashboard.services.scoreboard import Board

PEAK = "peak_memory_bytes"
_PLAIN = ("", "score", "ratio")
"""Units whose figures are bare numbers."""


def title(figure: str) -> str:
    """The name of a figure; one of a later version is told by the name that the file has."""
    return _(BY_NAME[figure].title) if figure in BY_NAME else figure


def definition(figure: str) -> str:
    return _(BY_NAME[figure].definition) if figure in BY_NAME else ""


def titles(board: Board) -> dict[str, str]:
    """Return the title of each system by its name, in the order of the table, no two alike."""
    words = {system.name: _titled(system) for system in board.systems}
    often = Counter(words.values())
    return {name: word if often[word] == 1 else f"{word} ({name})" for name, word in words.items()}


def _titled(system: System) -> str:
    title = _(system.title) or system.name
    if system.versions.get(DRAFTING) != TEMPLATE:
        return title
    return _("{name}, by template").format(name=title)


def measured_figures(board: Board) -> list[str]:
    """Return the figures that some system has, in the order of their list."""
    return [
        figure.name
        for figure in FIGURES
        if any(system.figures.get(figure.name) is not None for system in board.systems)
    ]


def cell(board: Board, system: System, figure: str, tone: str = "") -> Cell:
    """Return a figure above its interval, or a dash with the reason."""
    interval = system.figures.get(figure)
    if interval is None:
        return Cell(NOTHING, title=absence(board, system, figure), tone="muted")
    unit = BY_NAME[figure].unit if figure in BY_NAME else ""
    if unit in _PLAIN:
        return measured(asdict(interval), tone=tone)
    ends = _("{low} to {high}").format(
        low=in_unit(interval.low, unit), high=in_unit(interval.high, unit)
    )
    alike = interval.low == interval.high
    if figure == PEAK:
        # What a GPU holds and what is resident are no equals: each says which it is.
        kinds = {"gpu": _("on the GPU"), "resident": _("resident")}
        ends = kinds.get(system.versions.get(MEMORY, ""), "")
        return Cell(in_unit(interval.value, unit), ends, definition(figure), tone)
    cases = _("{count} cases").format(count=interval.cases)
    return Cell(in_unit(interval.value, unit), "" if alike else ends, cases, tone)


def in_unit(value: float, unit: str) -> str:
    """Return a number with its unit."""
    if unit == "bytes":
        return gigabytes(round(value))
    if unit == "s" and value < 0.1:
        return f"{decimal(1000 * value, digits=0 if value >= 0.01 else 1)} ms"
    if unit == "s":
        return f"{decimal(value, digits=1 if value >= 10 else 2)} s"
    if unit == "tokens/s":
        return decimal(value, digits=0)
    return decimal(value)


def absence(board: Board, system: System, figure: str) -> str:
    """Say why a system has no such figure."""
    reason = board.measured.not_measured.get(figure, "")
    if reason:
        return _("not measured: {reason}").format(reason=_(reason))
    if figure == PEAK and system.role is Role.BASELINE:
        return _("a baseline holds no model")
    if figure in system.figures:
        return _("undefined here: no sample gives it")
    return _("not measured")


def in_percent(interval: Interval) -> Cell:
    """Return a share as percents, above its interval."""
    value, low, high = (decimal(100 * end, digits=0) for end in _ends(interval))
    note = _("{low} to {high}").format(low=low, high=high)
    return Cell(f"{value} %", note, _("{count} cases").format(count=interval.cases))


def parameters(count: int) -> str:
    """Return a count of parameters as they are spoken of: ``52.4 M``."""
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if count >= size:
            return f"{count / size:.1f}".removesuffix(".0") + f" {letter}"
    return str(count)


def share(value: float) -> str:
    return f"{decimal(100 * value)} %" if value < 1 else "100 %"


def difference(interval: Interval) -> str:
    """Return a difference with its interval on one line, ``+0.12 (+0.05 to +0.19)``."""
    return inline(asdict(interval), signed=True)


def date(made: str) -> str:
    """The day of a time in ISO 8601."""
    return made[:10]


def corpus_facts(corpus: Mapping[str, Any]) -> str:
    """Return what was evaluated on, in one line."""
    counted = _("{samples} samples of {groups} patients or article figures").format(
        samples=corpus.get("samples", NOTHING), groups=corpus.get("groups", NOTHING)
    )
    where = _("{split} split of {corpus}").format(
        split=_(str(corpus.get("split", NOTHING))), corpus=corpus.get("name", NOTHING)
    )
    return f"{counted} · {where}"


def _ends(interval: Interval) -> tuple[float, float, float]:
    return interval.value, interval.low, interval.high
