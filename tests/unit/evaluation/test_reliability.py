from __future__ import annotations

import numpy as np
import pytest

from core.evaluation.calibration import Platt
from core.evaluation.operating import Decision, decide
from core.evaluation.reliability import (
    calibration_error_each,
    calibration_figures,
    certainty_codes,
    certainty_figures,
    equal_mass_bins,
    held_out,
    reliability_points,
)


def draws(films: int = 2000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    stated = rng.beta(1, 3, films)
    return (rng.random(films) < stated).astype(np.float32), stated


def test_bins_hold_the_same_number_of_films():
    _, stated = draws()
    assert set(np.bincount(equal_mass_bins(stated))) == {200}


def test_a_handful_of_films_is_not_cut_into_many_bins():
    assert equal_mass_bins(np.linspace(0, 1, 25)).max() == 1
    assert equal_mass_bins(np.array([0.4])).tolist() == [0]
    assert equal_mass_bins(np.full(50, 0.3)).tolist() == [0] * 50


def test_true_probabilities_are_calibrated_and_shifted_ones_are_not():
    labels, stated = draws()
    ones = np.ones((1, len(labels)))
    assert calibration_error_each(labels, stated, ones)[0] < 0.03
    shifted = np.clip(stated + 0.2, 0, 1)
    assert calibration_error_each(labels, shifted, ones)[0] == pytest.approx(0.2, abs=0.03)


def test_points_tell_stated_from_observed():
    labels, stated = draws()
    points = reliability_points(labels, stated)
    assert len(points) == 10
    assert sum(point["films"] for point in points) == len(labels)
    for point in points:
        assert point["observed"] == pytest.approx(point["stated"], abs=0.1)
    figures = calibration_figures(labels, stated, np.arange(len(labels)).astype(str))
    assert figures["points"] == points
    assert figures["error"]["low"] <= figures["error"]["high"]


def test_certainties_count_who_had_it():
    decision = Decision(Platt(1.0, 0.0), 0.5, 0.2, positives=30, films=100, auroc=0.8)
    shown = np.array([0.1, 0.2, 0.49, 0.5, 0.9, 0.9])
    codes = certainty_codes(shown, decision)
    assert codes.tolist() == [0, 1, 1, 2, 2, 2]
    labels = np.array([0, 0, 1, 1, 0, 1])
    figures = certainty_figures(labels, codes, np.arange(6).astype(str))
    assert {name: (f["had"], f["films"]) for name, f in figures.items()} == {
        "absent": (0, 1),
        "uncertain": (1, 2),
        "present": (2, 3),
    }
    assert figures["present"]["share"]["value"] == pytest.approx(2 / 3, abs=1e-4)


def test_no_film_testifies_to_its_own_calibration():
    rng = np.random.default_rng(0)
    labels = (rng.random(400) < 0.4).astype(np.float32)
    logits = rng.normal(labels, 1.0).astype(np.float32)
    folds = np.arange(400) % 4
    shown, codes, calibrated = held_out(labels, logits, folds)
    assert calibrated.all()
    first = decide(labels[folds != 0], logits[folds != 0])
    assert shown[folds == 0] == pytest.approx(first.shown(logits[folds == 0]))
    assert codes[folds == 0].tolist() == certainty_codes(shown[folds == 0], first).tolist()


def test_a_fold_whose_others_carry_no_curve_states_no_probability():
    labels = np.r_[np.ones(25), np.zeros(75)].astype(np.float32)
    logits = np.linspace(2, -2, 100).astype(np.float32)
    folds = np.where(np.arange(100) < 10, 0, 1)  # without fold 0, fifteen positives: too few
    _, _, calibrated = held_out(labels, logits, folds)
    assert not calibrated[folds == 0].any()


def test_the_interval_of_a_small_error_holds_the_error():
    labels, stated = draws(150)
    error = calibration_figures(labels, stated, np.arange(150).astype(str))["error"]
    assert 0 <= error["low"] < error["value"] < error["high"]
