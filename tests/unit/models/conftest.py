"""A small set of weights with a figures file, as training writes them, for adapter tests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from core.models.network import Network, NetworkShape
from core.training.run import save_weights

FINDINGS = ("pleural effusion", "cardiomegaly", "no finding")
SHAPE = NetworkShape(FINDINGS, size=64, widths=(8, 16, 32), blocks=(1, 1, 1), members=2)


def entry(operating: float, uncertain: float, curve: dict[str, float] | None) -> dict[str, object]:
    interval = {"value": 0.8, "low": 0.7, "high": 0.9, "cases": 40}
    return {
        "positives": 40,
        "negatives": 60,
        "prevalence": 0.4,
        "operating_point": operating,
        "uncertain_point": uncertain,
        "calibrated": curve is not None,
        "calibration": curve,
        "auroc": interval,
        "sensitivity": interval,
        "specificity": interval,
        "sensitivity_uncertain": interval,
        "specificity_uncertain": interval,
        "side_accuracy": None,
        "localised": False,
    }


@pytest.fixture
def weights_folder(tmp_path: Path) -> Path:
    """Random weights; the first finding is calibrated and always at or above its point."""
    torch.manual_seed(0)
    network = Network(SHAPE)
    digest = save_weights(network, tmp_path / "weights.safetensors")
    document = {
        "schema": 2,
        "name": "tiny",
        "weights_sha256": digest,
        "mean_nih_auroc": {"value": 0.8, "low": 0.7, "high": 0.9, "cases": 100},
        "localisation": {"default": "trained map"},
        "findings": {
            "pleural effusion": entry(0.0, 0.0, {"slope": 2.0, "intercept": -1.0}),
            "cardiomegaly": entry(1.1, 1.1, None),
            "no finding": entry(1.1, 1.1, None),
        },
    }
    (tmp_path / "measured.json").write_text(json.dumps(document), encoding="utf-8")
    return tmp_path
