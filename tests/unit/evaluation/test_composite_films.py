"""Lesions in normal films, with a phantom in the place of a patient."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from core.evaluation.calibration import Platt
from core.evaluation.composite_films import CONTRASTS, DIAMETERS_MM, composite_figures, normal_rows
from core.evaluation.operating import Decision
from core.evaluation.reading import fitted
from core.imaging.phantom.film import make_film
from core.models.embedded import TRAINED
from core.models.network import Network, NetworkShape
from core.training.films import FilmRow
from core.training.phantoms import phantom_grey

DECISION = Decision(Platt(1.0, 0.0), 0.5, 0.3, positives=30, films=100, auroc=0.8)
FINDINGS = ("nodule", "edema")


def row(path: Path, patient: str, positive: str = "no finding", source: str = "nih_cxr14"):
    return FilmRow(
        path=path,
        source=source,
        patient=patient,
        split="val",
        view="PA",
        sex="",
        age=None,
        positive=frozenset({positive}),
        known=frozenset(FINDINGS),
    )


@pytest.fixture(scope="module")
def rows(tmp_path_factory) -> list[FilmRow]:
    folder = tmp_path_factory.mktemp("normal")
    grey = phantom_grey(make_film(5001, "PA", (), 320).pixels)
    cv2.imwrite(str(folder / "chest.png"), np.rint(grey * 255).astype(np.uint8))
    cv2.imwrite(
        str(folder / "noise.png"), np.random.default_rng(0).integers(0, 255, (90, 80), np.uint8)
    )
    return [row(folder / "noise.png", "a"), row(folder / "chest.png", "b")]


def test_normal_films_are_one_a_patient_of_the_headline_source():
    path = Path("film.png")
    chosen = normal_rows(
        [
            row(path, "a"),
            row(path, "a"),
            row(path, "b", positive="nodule"),
            row(path, "c", source="hannover"),
            row(path, "d"),
        ]
    )
    assert [one.patient for one in chosen] == ["a", "d"]


def test_lesions_are_measured_by_kind_and_nodules_by_size_and_contrast(rows):
    torch.manual_seed(0)
    shape = NetworkShape(FINDINGS, size=64, widths=(8, 8, 8), blocks=(1, 1, 1), fused=8)
    network = Network(shape).eval()
    decisions = dict.fromkeys(FINDINGS, DECISION)
    figures = composite_figures(network, rows, decisions, TRAINED, most=5)
    assert figures["films"] == 1  # noise has no lungs
    assert set(figures["kinds"]) == {"nodule", "edema"}
    grid = [(point["size_mm"], point["contrast"]) for point in figures["curve"]]
    assert grid == [(size, contrast) for size in DIAMETERS_MM for contrast in CONTRASTS]
    assert all(point["films"] == 1 for point in figures["curve"])
    rises = [abs(point["rise"]["value"]) for point in figures["curve"]]
    assert max(rises) > 0
    assert composite_figures(network, rows, decisions, TRAINED, most=5) == figures


def test_a_small_mask_is_not_lost_on_a_coarser_map():
    mask = np.zeros((100, 80), np.bool_)
    mask[51, 41] = True
    small = fitted(mask, (25, 20))
    assert small.sum() == 1 and small[12, 10]
    assert fitted(mask, (100, 80)) is mask
