"""The two pictures that lie beside the weights: ROC curves and reliability."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import roc_curve

from core.evaluation.figures import LEAST_FOR_MEAN, Scored
from core.evaluation.operating import Decision

BINS = 8


def draw_roc(scored: Scored, path: Path) -> None:
    """Draw the ROC curve of each finding with enough positives in the headline source."""
    films = scored.headline
    figure, axes = plt.subplots(figsize=(6, 6), dpi=90)
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    for column, name in enumerate(films.findings):
        known = films.known[:, column]
        labels, logits = films.labels[known, column], films.logits[known, column]
        if min(labels.sum(), (1 - labels).sum()) >= LEAST_FOR_MEAN:
            false, true, _ = roc_curve(labels, logits)
            axes.plot(false, true, label=f"{name} ({int(labels.sum())})", linewidth=1.2)
    axes.set(xlabel="1 - specificity", ylabel="sensitivity", title="Unseen patients")
    if axes.lines[1:]:
        axes.legend(fontsize=7, title="finding (positives)", title_fontsize=7)
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


def draw_reliability(scored: Scored, decisions: Mapping[str, Decision], path: Path) -> None:
    """Draw stated against observed frequency, all calibrated findings pooled."""
    films = scored.headline
    stated, observed = [], []
    for column, name in enumerate(films.findings):
        known = films.known[:, column]
        if decisions[name].calibration is not None:
            stated.append(decisions[name].shown(films.logits[known, column]))
            observed.append(films.labels[known, column])
    figure, axes = plt.subplots(figsize=(5, 5), dpi=90)
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    if stated:
        probability, truth = np.concatenate(stated), np.concatenate(observed)
        edges = np.unique(np.quantile(probability, np.linspace(0, 1, BINS + 1)))
        place = np.clip(np.searchsorted(edges, probability, "right") - 1, 0, len(edges) - 2)
        filled = [b for b in range(len(edges) - 1) if (place == b).any()]
        axes.plot(
            [probability[place == b].mean() for b in filled],
            [truth[place == b].mean() for b in filled],
            marker="o",
        )
    axes.set(
        xlabel="stated probability",
        ylabel="observed share",
        title="Unseen patients",
        xlim=(0, 1),
        ylim=(0, 1),
    )
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)
