"""Recipes side by side: a few films and steps, and what is chosen of the figures."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks import embedded_trials
from benchmarks.embedded_trials import TRIALS, Job
from tests.unit.training.conftest import write_films


def row(trial: str, auroc: float, noticed: int, pointed: int) -> dict[str, Any]:
    hits = {
        "noticed": {"hits": noticed, "films": 30},
        "noticed_without": {"hits": 1, "films": 30},
        "pointing_tolerant": {"hits": pointed, "films": 30},
    }
    return {
        "trial": trial, "auroc": auroc, "films": 497, "whole": False,
        "chosen": False, "nodules": hits,
    }  # fmt: skip


def test_the_best_finds_most_nodules_among_those_near_the_highest_auroc() -> None:
    rows = [row("a", 0.750, 20, 22), row("b", 0.742, 28, 27), row("c", 0.70, 30, 30)]
    assert embedded_trials._best(rows) == 1
    said = embedded_trials.table({"device": "a card", "trials": rows}).rows[2]
    assert said == ("c", "0.700", 497, 30, 1, 30, 30)


@pytest.mark.slow
def test_a_trial_is_measured_and_the_best_is_trained_to_its_end(tmp_path: Path) -> None:
    write_films(tmp_path)
    manifest = tmp_path / "manifest.csv"
    manifest.write_text(manifest.read_text().replace("Pneumonia", "Nodule"))
    job = Job(TRIALS[0], tmp_path, tmp_path / "out", 0, True)
    job.out.mkdir()
    embedded_trials._draw([job])
    tried = embedded_trials._tried(job, 1, False)
    assert 0 <= tried["auroc"] <= 1 and tried["nodules"]["noticed"]["films"] == 2
    recipe = replace(job.all_members, threads=1)
    embedded_trials.train_embedded(job.data, job.folder, recipe, job.shape, fit_only=True)
    fitted = json.loads((job.folder / "fitted.json").read_text())
    assert fitted["recipe"]["members"] == 3
