"""Measure embedded weights again, and compare with the figures that lie beside them."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from core.evaluation.agreement import Agreement, compare
from core.evaluation.document import Effort, Measurement, measure
from core.evaluation.unpretrained import read_unpretrained
from core.models.embedded import load_network
from core.models.measured import check_weights, read_measured
from core.models.network import for_reading

logger = logging.getLogger(__name__)


def measure_again(folder: Path, weights: Path) -> dict[str, Any]:
    """Recompute every figure of shipped weights from the weights and the films.

    Returns
    -------
    dict
        The measured part of ``measured.json``; see `core.evaluation.document.measure`.
    """
    return measurement_of(folder, weights).document


def measurement_of(folder: Path, weights: Path) -> Measurement:
    """Recompute everything, with the scores behind it."""
    measured = read_measured(weights)
    network = for_reading(load_network(check_weights(weights, measured), measured.name))
    recipe = measured.document["recipe"]
    return measure(
        network,
        folder,
        recipe["folds"],
        recipe["seed"],
        read_unpretrained(weights),
        map_method=measured.document["localisation"]["default"],
        effort=Effort(**measured.document["drawn"]["effort"]),
    )


def compare_with_file(figures: dict[str, Any], weights: Path) -> Agreement:
    """Compare recomputed figures with the file beside the weights, and log the outcome."""
    agreement = compare(read_measured(weights).document, figures)
    for line in agreement.differing:
        logger.info("%s", line)
    logger.info("%s", agreement.sentence())
    return agreement
