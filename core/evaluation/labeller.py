"""The report labeller against the manual MeSH codes of Open-i chest reports.

The reports are cut in two by a hash of their number. The rules were mended by the errors of the
development half alone; what they are worth is read from the unseen half.
"""

from __future__ import annotations

import csv
import hashlib
import json
import logging
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.domain.errors import TrainingError
from core.domain.finding import Certainty, Laterality, Mention
from core.evaluation.metrics import patient_interval
from core.findings.labeller import label, stated
from core.findings.mesh import NOT_INDEXED, RULES, coded
from core.models.base import Interval

logger = logging.getLogger(__name__)

ENOUGH = 20
"""Cases from which a finding counts in the macro mean."""
DEVELOPMENT, UNSEEN = "development", "unseen"
FINDINGS = tuple(dict.fromkeys(rule.finding for rule in RULES))
_COLUMNS = ("uid", "findings", "impression", "mesh_major")
_POSITIVE = {
    "present or uncertain": frozenset({Certainty.PRESENT, Certainty.UNCERTAIN}),
    "present alone": frozenset({Certainty.PRESENT}),
}
Counts = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Report:
    """One coded report, and what the labeller reads in it."""

    uid: str
    coded: Mapping[str, Laterality | None]
    said: Mapping[str, Mention]
    milliseconds: float

    @property
    def half(self) -> str:
        """Which half of the reports it falls into."""
        odd = hashlib.sha256(self.uid.encode()).digest()[0] % 2
        return UNSEEN if odd else DEVELOPMENT


def read_reports(path: Path) -> tuple[Report, ...]:
    """Label every report of a CSV file that has been coded by hand.

    Parameters
    ----------
    path : Path
        CSV with the columns ``uid``, ``findings``, ``impression`` and ``mesh_major``.

    Raises
    ------
    TrainingError
        If the file cannot be read or lacks a column.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TrainingError(reason=f"the reports cannot be read from {path.name}") from error
    missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise TrainingError(reason=f"{path.name} lacks the column {missing[0]}")
    label("The pipeline is built at the first call.")
    return tuple(_read(row) for row in rows if row["mesh_major"] not in NOT_INDEXED)


def _read(row: Mapping[str, str]) -> Report:
    started = time.perf_counter()
    said = stated(label(f"{row['findings']}\n\n{row['impression']}"))
    spent = 1000 * (time.perf_counter() - started)
    return Report(row["uid"], coded(row["mesh_major"]), said, spent)


# --- figures ------------------------------------------------------------------------------------


def measure(reports: Sequence[Report]) -> dict[str, Any]:
    """Precision, recall and F1 of each finding, macro and micro, for each half and for all.

    Returns
    -------
    dict
        A half, then what counts as positive, then ``findings``, ``macro_f1`` (the mean over
        ``macro_over``: findings with 20 or more cases), ``micro_f1``. Intervals are bootstrapped
        by report. ``sides`` is the share of findings found whose coded side is the stated one.
    """
    parts = {
        DEVELOPMENT: [each for each in reports if each.half == DEVELOPMENT],
        UNSEEN: [each for each in reports if each.half == UNSEEN],
        "all": list(reports),
    }
    figures: dict[str, Any] = {
        part: {
            "reports": len(those),
            **{name: _figures(those, certainties) for name, certainties in _POSITIVE.items()},
            "sides": _sides(those),
        }
        for part, those in parts.items()
        if those
    }
    spent = [each.milliseconds for each in reports] or [0.0]
    figures["median_milliseconds"] = statistics.median(spent)
    return figures


def _figures(reports: Sequence[Report], positive: frozenset[Certainty]) -> dict[str, Any]:
    uids = np.array([each.uid for each in reports])
    truth = np.array([[name in each.coded for name in FINDINGS] for each in reports])
    found = np.array([[_is_said(each, name, positive) for name in FINDINGS] for each in reports])
    cases = truth.sum(axis=0)

    def counts(weights: Counts, here: slice = slice(None)) -> tuple[Counts, Counts, Counts]:
        told, coded_so = found[:, here], truth[:, here]
        return weights @ (coded_so & told), weights @ told, weights @ coded_so

    def interval(rate: int, column: int) -> dict[str, float] | None:
        def figure(weights: Counts) -> float:
            return float(_rates(*counts(weights, slice(column, column + 1)))[rate][0])

        return _plain(patient_interval(figure, uids, int(cases[column])))

    many = cases >= ENOUGH
    rows = {
        name: {
            "cases": int(cases[column]),
            "called": int(found[:, column].sum()),
            "precision": interval(0, column),
            "recall": interval(1, column),
            "f1": interval(2, column),
        }
        for column, name in enumerate(FINDINGS)
        if cases[column]
    }

    def macro(weights: Counts) -> float:
        return float(_rates(*counts(weights))[2][many].mean()) if many.any() else float("nan")

    def micro(weights: Counts) -> float:
        summed = [each.sum(keepdims=True) for each in counts(weights)]
        return float(_rates(*summed)[2][0])

    return {
        "findings": rows,
        "macro_f1": _plain(patient_interval(macro, uids, int(cases[many].sum()))),
        "macro_over": [name for name, enough in zip(FINDINGS, many, strict=True) if enough],
        "micro_f1": _plain(patient_interval(micro, uids, int(cases.sum()))),
    }


def _is_said(report: Report, name: str, positive: frozenset[Certainty]) -> bool:
    return name in report.said and report.said[name].certainty in positive


def _rates(hits: Counts, called: Counts, cases: Counts) -> tuple[Counts, Counts, Counts]:
    with np.errstate(invalid="ignore", divide="ignore"):
        return hits / called, hits / cases, 2 * hits / (called + cases)


def _plain(interval: Interval | None) -> dict[str, float] | None:
    return asdict(interval) if interval else None


def _sides(reports: Sequence[Report]) -> dict[str, int]:
    """How many findings have a side in the codes and in the text, and for how many it is one."""
    pairs = [
        (side, each.said[name].laterality)
        for each in reports
        for name, side in each.coded.items()
        if side is not None and _is_said(each, name, _POSITIVE["present or uncertain"])
    ]
    both = [(side, said) for side, said in pairs if said is not None]
    return {"sided": len(both), "agree": sum(side is said for side, said in both)}


# --- output -------------------------------------------------------------------------------------


def log_figures(figures: Mapping[str, Any]) -> None:
    """Log the figures as Markdown, a table for each half."""
    for part in (UNSEEN, DEVELOPMENT, "all"):
        if part not in figures:
            continue
        here = figures[part]
        sure, alone = here["present or uncertain"], here["present alone"]
        logger.info("\n%s: %d coded reports\n", part, here["reports"])
        logger.info("| finding | cases | called | precision | recall | F1 | F1, present alone |")
        logger.info("| --- | --- | --- | --- | --- | --- | --- |")
        for name, row in sorted(sure["findings"].items(), key=lambda each: -each[1]["cases"]):
            shown = [_shown(row[each]) for each in ("precision", "recall", "f1")]
            shown.append(_shown(alone["findings"][name]["f1"]))
            logger.info(
                "| %s | %d | %d | %s |", name, row["cases"], row["called"], " | ".join(shown)
            )
        for mean in ("macro_f1", "micro_f1"):
            title = f"{mean.removesuffix('_f1')} F1"
            logger.info("| %s | | | | | %s | %s |", title, _shown(sure[mean]), _shown(alone[mean]))
        logger.info("\nmacro over: %s", ", ".join(sure["macro_over"]) or "none")
        sides = here["sides"]
        logger.info("sides: %d of %d as coded", sides["agree"], sides["sided"])
    logger.info("\nmedian of %.1f ms a report", figures["median_milliseconds"])


def _shown(interval: Mapping[str, float] | None) -> str:
    if interval is None:
        return "-"
    return f"{interval['value']:.3f} ({interval['low']:.3f} to {interval['high']:.3f})"


def write_figures(figures: Mapping[str, Any], path: Path) -> None:
    """Write the figures as JSON."""
    path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
