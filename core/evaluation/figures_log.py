"""The figures as lines of a log, for the commands that measure."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

logger = logging.getLogger(__name__)


def log_figures(figures: Mapping[str, Any]) -> None:
    """Log every figure of a measurement, a line for each finding, baseline, map and drawn kind."""
    for line in figure_lines(figures):
        logger.info("%s", line)


def figure_lines(figures: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of `log_figures`."""
    for name, entry in figures["findings"].items():
        text = f"{name:<18} AUROC {interval_text(entry['auroc'])}, {entry['positives']} positives"
        cross = entry.get("cross_validation")
        yield text + (f"; cross-validated {interval_text(cross['auroc'])}" if cross else "")
    over = len(figures["mean_nih_auroc_over"])
    yield f"mean NIH AUROC {interval_text(figures['mean_nih_auroc'])} over {over} findings"
    if "cross_validation" in figures:
        across = figures["cross_validation"]
        yield (
            f"cross-validated mean NIH AUROC {interval_text(across['mean_nih_auroc'])} over "
            f"{len(across['over'])} findings, {across['films']} films"
        )
    yield from _baseline_lines(figures.get("baselines", {}))
    yield from _place_lines(figures.get("localisation", {}))
    yield from _shortcut_lines(figures.get("shortcuts"))
    yield from _drawn_lines(figures.get("drawn", {}))


def interval_text(entry: Mapping[str, Any] | None) -> str:
    """Return a figure with its interval."""
    if not entry:
        return "not measured"
    return f"{entry['value']:.3f} ({entry['low']:.3f} to {entry['high']:.3f})"


def _baseline_lines(baselines: Mapping[str, Any]) -> Iterator[str]:
    for part in ("val", "cross_fit"):
        for name, entry in baselines.get(part, {}).items():
            beaten = "beaten" if entry["beaten"] else "not beaten"
            yield (
                f"baseline on {part}, {name}: {interval_text(entry['auroc'])}; difference "
                f"{interval_text(entry['difference'])}, {beaten}"
            )


def _place_lines(located: Mapping[str, Any]) -> Iterator[str]:
    for name, entry in located.get("findings", {}).items():
        for method, figures in entry["pooled"]["methods"].items():
            yield (
                f"{name}, {method}: points right {interval_text(figures['pointing'])}, "
                f"IoU {interval_text(figures['iou'])}, {entry['films']} films"
            )
        for method, side in entry["side"]["methods"].items():
            films = entry["side"]["films"]
            yield f"{name}, {method}: side right {interval_text(side)}, {films} films"


def _shortcut_lines(shortcuts: Mapping[str, Any] | None) -> Iterator[str]:
    if shortcuts:
        for source, area in shortcuts["source_auroc"].items():
            yield f"features tell {source} from the other sources: {interval_text(area)}"
        masked = shortcuts["masked"]
        yield f"corners and writing masked, mean AUROC falls by {interval_text(masked['drop'])}"


def _drawn_lines(drawn: Mapping[str, Any]) -> Iterator[str]:
    for where in (part for part in ("phantoms", "composites") if part in drawn):
        entry = drawn[where]
        for kind, figures in entry["kinds"].items():
            noticed, pointing = figures["noticed"], figures["pointing_tolerant"]
            yield (
                f"{where}, drawn {kind}: AUROC {interval_text(figures['auroc'])}, noticed "
                f"{noticed['hits']} of {noticed['films']}, pointed at {pointing['hits']} of "
                f"{pointing['films']}"
            )
