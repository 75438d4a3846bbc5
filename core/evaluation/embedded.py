"""Measure embedded weights on the val films of a labelled folder."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.evaluation.figures import Scored, all_figures
from core.evaluation.operating import Decision
from core.models.embedded import load_network
from core.models.measured import check_weights, read_measured
from core.models.network import Network
from core.models.preprocessing import to_square
from core.training.films import load_films, read_grey, read_manifest

logger = logging.getLogger(__name__)


def score_val(network: Network, folder: Path) -> Scored:
    """Score every permissive val film as the running app would."""
    shape = network.shape
    rows = tuple(row for row in read_manifest(folder) if row.split == "val")
    logits = np.zeros((len(rows), len(shape.findings)), np.float32)
    with torch.no_grad():
        for place, row in enumerate(rows):
            square, _ = to_square(read_grey(row.path), shape.size)
            logits[place] = network(torch.from_numpy(square)[None, None])[0].numpy()
    films = load_films(rows, shape.findings, size=16)
    return Scored(shape.findings, films.labels, films.known, logits, films.sources, films.patients)


def measure_again(folder: Path, weights: Path) -> dict[str, Any]:
    """Recompute the figures of shipped weights; the decisions come from their figures file.

    Returns
    -------
    dict
        ``findings``, ``mean_nih_auroc`` and ``mean_nih_auroc_over`` as in ``measured.json``.
    """
    measured = read_measured(weights)
    network = load_network(check_weights(weights, measured), measured.name)
    entries = measured.document["findings"]
    decisions = {name: Decision.from_json(entry) for name, entry in entries.items()}
    return all_figures(score_val(network, folder), decisions)


def log_figures(figures: dict[str, Any]) -> None:
    """Log one line a finding, and the mean."""
    for name, entry in figures["findings"].items():
        area = entry["auroc"]
        text = "not measured"
        if area:
            text = f"{area['value']:.3f} ({area['low']:.3f} to {area['high']:.3f})"
        logger.info("%-18s AUROC %s, %d positives", name, text, entry["positives"])
    mean = figures["mean_nih_auroc"]
    if mean:
        logger.info(
            "mean NIH AUROC %.3f (%.3f to %.3f) over %d findings",
            mean["value"],
            mean["low"],
            mean["high"],
            len(figures["mean_nih_auroc_over"]),
        )
