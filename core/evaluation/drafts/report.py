"""An evaluation as tables: in the log, and as ``report.md`` beside its figures."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence

from core.evaluation.drafts.figures import BY_NAME, FIGURES, Figure
from core.evaluation.drafts.measured import Difference, Measured, System
from core.models.base import Interval

REPORT = "report.md"
TABLE = (
    "bleu_4",
    "rouge_l",
    "meteor_exact_stem",
    "cider_d",
    "micro_f1",
    "macro_f1",
    "critical_f1",
    "side_accuracy",
    "instruction_all",
    "unique_share",
    "length_ratio",
    "seconds_median",
)
"""Figures of the log's one table."""
NONE = "–"

logger = logging.getLogger(__name__)


def log_table(measured: Measured) -> None:
    """Log one aligned table, a line a figure and a column a system."""
    for line in _aligned(_rows(measured.systems, [BY_NAME[name] for name in TABLE])):
        logger.info("%s", line)
    logger.info("")
    logger.info("%s; every figure stands in %s", differences(measured)[-1], REPORT)
    for name, reason in measured.not_measured.items():
        logger.info("not measured: %s: %s", name, reason)


def write_report(measured: Measured) -> None:
    """Write ``report.md``: every figure, figures by finding, and the paired differences.

    Raises
    ------
    OSError
    """
    corpus, lines = measured.corpus, [f"# {measured.name}", ""]
    lines += [
        f"{corpus['samples']} samples of {corpus['groups']} groups, split {corpus['split']} of "
        f"{corpus['name']} ({corpus['digest'][:12]}). Made {measured.made} by "
        f"`{measured.command}`. Intervals are 95 %, bootstrapped by group.",
        "",
        *_markdown(_rows(measured.systems, list(FIGURES))),
        "",
        "## F1 by finding",
        "",
        *_markdown(_findings(measured.systems)),
        "",
        "## Paired differences that leave zero out",
        "",
        *(f"- {line}" for line in differences(measured)),
        "",
        "Not corrected for the number of comparisons.",
        "",
        *(f"Not measured: {name}: {reason}." for name, reason in measured.not_measured.items()),
    ]
    path = measured.folder / REPORT
    part = path.with_suffix(".part")
    part.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    part.replace(path)


def differences(measured: Measured) -> list[str]:
    """Return one line for each difference whose interval leaves zero out, and how many did not."""
    found = [each for each in measured.differences if each.significant]
    lines = [_line(each) for each in found]
    if not measured.differences:
        return ["no pair was compared"]
    alike = len(measured.differences) - len(found)
    return [*lines, f"{alike} of {len(measured.differences)} paired differences leave zero in"]


def _line(difference: Difference) -> str:
    interval = difference.interval
    return (
        f"{BY_NAME[difference.figure].title}: {difference.system} less {difference.against} "
        f"{interval.value:+.3f} ({interval.low:+.3f} to {interval.high:+.3f})"
    )


# --- tables -------------------------------------------------------------------------------------


def _rows(systems: Sequence[System], figures: Sequence[Figure]) -> list[list[str]]:
    head = ["figure", *(system.name for system in systems)]
    shown = [figure for figure in figures if any(figure.name in each.figures for each in systems)]
    return [
        head,
        *(
            [figure.title, *(_shown(each.figures.get(figure.name), figure) for each in systems)]
            for figure in shown
        ),
    ]


def _findings(systems: Sequence[System]) -> list[list[str]]:
    names = list(dict.fromkeys(name for system in systems for name in system.findings))
    f1 = BY_NAME["macro_f1"]
    return [
        ["finding", "positives", *(system.name for system in systems)],
        *(
            [
                name,
                str(systems[0].findings[name]["positives"]),
                *(_shown(each.findings[name]["f1"], f1) for each in systems),
            ]
            for name in names
        ),
    ]


def _shown(interval: Interval | None, figure: Figure) -> str:
    if interval is None:
        return NONE
    if figure.unit == "bytes":
        return f"{interval.value / 1e6:.0f} MB"
    unit = f" {figure.unit}" if figure.unit in ("s", "tokens/s") else ""
    if math.isclose(interval.low, interval.high, rel_tol=1e-6):
        return f"{interval.value:.3f}{unit} (every resample alike)"
    return f"{interval.value:.3f}{unit} ({interval.low:.3f} to {interval.high:.3f})"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _markdown(rows: Sequence[Sequence[str]]) -> list[str]:
    head, *rest = ["| " + " | ".join(row) + " |" for row in rows]
    return [head, "|" + " --- |" * len(rows[0]), *rest]
