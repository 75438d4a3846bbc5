from __future__ import annotations

import numpy as np

from core.evaluation.scored import Scored
from core.evaluation.shortcuts import mask_writing, masking_figures, source_figures


def test_features_that_carry_the_source_are_found_out():
    rng = np.random.default_rng(0)
    sources = np.where(np.arange(120) % 3 == 0, "here", "there")
    patients = np.array([f"{film // 2}" for film in range(120)])
    noise = rng.normal(size=(120, 6)).astype(np.float32)
    assert source_figures(noise, sources, patients)["here"]["value"] < 0.75
    marked = noise + 3 * (sources == "here")[:, None].astype(np.float32)
    assert source_figures(marked, sources, patients)["here"]["value"] > 0.95


def test_a_source_with_hardly_a_patient_is_left_out():
    sources = np.array(["few", "few", *["many"] * 40])
    patients = np.array([f"{film}" for film in range(42)])
    assert source_figures(np.zeros((42, 2), np.float32), sources, patients) == {}


def test_corners_and_letters_are_masked_and_the_chest_stays():
    rows, columns = 320, 300
    y, x = np.mgrid[:rows, :columns]
    film = (0.3 + 0.3 * np.exp(-((x - 150) ** 2 + (y - 160) ** 2) / 9000)).astype(np.float32)
    written = film.copy()
    written[60:75, 220:223] = 1.0  # an upright stroke of a letter
    written[5:12, 5:9] = 1.0  # a marker in a corner
    masked = mask_writing(written)
    assert np.abs(masked[60:75, 218:225] - film[60:75, 218:225]).max() < 0.1
    assert masked[:30, :30].max() < 0.6
    assert np.array_equal(masked[100:220, 60:200], written[100:220, 60:200])
    assert written[65, 221] == 1  # the film itself is left alone


def test_a_fall_of_the_mean_is_paired():
    rng = np.random.default_rng(1)
    labels = (rng.random((200, 1)) < 0.4).astype(np.float32)
    logits = rng.normal(1.5 * labels, 1.0).astype(np.float32)
    films = Scored(
        ("nodule",),
        labels,
        np.ones((200, 1), np.bool_),
        logits,
        np.full(200, "nih_cxr14"),
        np.arange(200).astype(str),
    )
    same = masking_figures(films, logits)
    assert (same["drop"]["value"], same["drop"]["low"]) == (0, 0)
    noise = rng.normal(size=logits.shape).astype(np.float32)
    assert masking_figures(films, noise)["drop"]["low"] > 0.1
