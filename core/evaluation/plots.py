"""The pictures that lie beside the weights: ROC curves, reliability, drawn lesions by size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_curve

from core.evaluation.document import Measurement
from core.evaluation.plot_style import ACCENT, MUTED, diagonal, saved_plot, series
from core.evaluation.scored import LEAST_FOR_MEAN, Scored

ROC, RELIABILITY, CURVE = "roc.png", "reliability.png", "drawn_curve.png"
ACROSS = 4
"""Small multiples in a row."""


def draw_roc(scored: Scored, path: Path) -> None:
    """Draw the ROC curve of each finding with enough positives in the headline source."""
    films = scored.headline
    with saved_plot(path) as (_, (axes,)):
        diagonal(axes)
        drawn = 0
        for column, name in enumerate(films.findings):
            known = films.known[:, column]
            labels, logits = films.labels[known, column], films.logits[known, column]
            if min(labels.sum(), (1 - labels).sum()) >= LEAST_FOR_MEAN:
                false, true, _ = roc_curve(labels, logits)
                axes.plot(false, true, label=f"{name} ({int(labels.sum())})", **series(drawn))
                drawn += 1
        axes.set(
            xlabel="1 - specificity",
            ylabel="sensitivity",
            title="ROC, unseen patients",
            xlim=(0, 1),
            ylim=(0, 1),
        )
        if drawn:
            axes.legend(title="finding (positives)", loc="lower right")


def draw_reliability(findings: Mapping[str, Mapping[str, Any]], path: Path) -> None:
    """Draw stated probability against observed share of each calibrated finding.

    Parameters
    ----------
    findings : mapping of finding to its entry of ``measured.json``
        The points of ``reliability``: of val patients, and of train patients whose films neither
        the scoring member nor the curve had seen.
    """
    chosen = {
        name: entry["reliability"]
        for name, entry in findings.items()
        if any(entry["reliability"].values())
    }
    rows = max(1, -(-len(chosen) // ACROSS))
    with saved_plot(path, rows, ACROSS, (9.0, 2.3 * rows)) as (figure, axes):
        for (name, parts), one in zip(chosen.items(), axes, strict=False):
            diagonal(one)
            for part, style in (("cross_fit", (MUTED, "o")), ("val", (ACCENT, "s"))):
                points = (parts.get(part) or {}).get("points", [])
                one.plot(
                    [point["stated"] for point in points],
                    [point["observed"] for point in points],
                    color=style[0],
                    marker=style[1],
                    markersize=3,
                    label={"val": "val", "cross_fit": "cross-validation"}[part],
                )
            one.set(title=name, xlim=(0, 1), ylim=(0, 1))
        for one in axes[len(chosen) :]:
            one.axis("off")
        if chosen:
            axes[0].legend(loc="upper left")
        figure.supxlabel("stated probability", fontsize=8)
        figure.supylabel("observed share", fontsize=8)
        figure.tight_layout()


def draw_curve(points: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Draw how drawn nodules are ranked and pointed at, by diameter, one line a contrast.

    Parameters
    ----------
    points : sequence of mapping
        ``drawn / composites / curve`` of ``measured.json``.
    """
    with saved_plot(path, 1, 2, (8.0, 3.6)) as (figure, (ranked, pointed)):
        for place, contrast in enumerate(sorted({point["contrast"] for point in points})):
            here = [point for point in points if point["contrast"] == contrast]
            sizes = [point["size_mm"] for point in here]
            label = f"contrast {contrast:g}"
            for axes, figures in (
                (ranked, [point["auroc"] for point in here]),
                (pointed, [point["pointing_tolerant"]["share"] for point in here]),
            ):
                values = np.array([[f["value"], f["low"], f["high"]] for f in figures])
                style = series(place)
                axes.plot(sizes, values[:, 0], marker="o", markersize=3, label=label, **style)
                axes.fill_between(
                    sizes, values[:, 1], values[:, 2], color=style["color"], alpha=0.15, linewidth=0
                )
        ranked.axhline(0.5, color=MUTED, linewidth=0.8, linestyle=":")
        ranked.set(title="told from the same film without it", ylabel="AUROC", ylim=(0, 1.02))
        pointed.set(
            title="map points at it, within one cell", ylabel="share of films", ylim=(0, 1.02)
        )
        for axes in (ranked, pointed):
            axes.set_xlabel("diameter of a drawn nodule, mm")
        if points:
            ranked.legend(loc="lower right")
        figure.tight_layout()


def draw_plots(measured: Measurement, folder: Path) -> None:
    """Draw every picture of a measurement beside its weights."""
    draw_roc(measured.val, folder / ROC)
    draw_reliability(measured.document["findings"], folder / RELIABILITY)
    draw_curve(measured.document["drawn"]["composites"]["curve"], folder / CURVE)
