from __future__ import annotations

import numpy as np
import pytest

from core.evaluation.calibration import Platt, fit_platt, present_point, sigmoid, uncertain_point
from core.evaluation.operating import Decision, decide


def draws(films: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, films)
    truth = Platt(slope=0.5, intercept=-1.0).probability(logits)
    return (rng.random(films) < truth).astype(float), logits


def test_platt_finds_the_curve_that_made_the_labels():
    labels, logits = draws(20000)
    platt = fit_platt(labels, logits)
    assert platt.slope == pytest.approx(0.5, abs=0.05)
    assert platt.intercept == pytest.approx(-1.0, abs=0.06)
    assert platt.probability(logits).mean() == pytest.approx(labels.mean(), abs=1e-3)


@pytest.mark.parametrize(("positives", "calibrated"), [(19, False), (20, True)])
def test_below_twenty_positives_a_score_stays_a_score(positives, calibrated):
    labels = np.r_[np.ones(positives), np.zeros(200)]
    logits = np.r_[np.full(positives, 1.0), np.zeros(200)] + np.linspace(0, 0.5, len(labels))
    assert (fit_platt(labels, logits) is not None) is calibrated


def test_a_score_that_runs_backwards_is_not_calibrated():
    labels, logits = draws(2000)
    assert fit_platt(labels, -logits) is None


def test_the_two_points():
    labels, logits = draws(5000)
    scores = sigmoid(logits)
    uncertain = uncertain_point(labels, scores)
    present = present_point(labels, scores, calibrated=False)
    assert (scores[labels == 0] < uncertain).mean() == pytest.approx(0.90, abs=0.01)
    assert (scores[labels == 0] < present).mean() == pytest.approx(0.975, abs=0.005)


@pytest.mark.parametrize("scale", [0.2, 1.0])
def test_a_probability_is_called_present_when_more_likely_than_not(scale):
    labels, logits = draws(5000)
    shown = scale * sigmoid(logits)
    present = present_point(labels, shown, calibrated=True)
    assert present == max(0.5, uncertain_point(labels, shown))


def test_a_perfect_score_never_turns_the_points_around():
    labels = np.r_[np.ones(50), np.zeros(50)]
    scores = np.r_[np.full(50, 0.9), np.full(50, 0.1)]
    for calibrated in (True, False):
        assert uncertain_point(labels, scores) <= present_point(
            labels, scores, calibrated=calibrated
        )


def test_a_decision_survives_its_figures_file():
    labels, logits = draws(2000)
    decision = decide(labels, logits)
    again = Decision.from_json(decision.to_json())
    assert again.shown(logits) == pytest.approx(decision.shown(logits))
    assert again.operating_point == pytest.approx(decision.operating_point, abs=1e-4)
    assert again.prevalence == pytest.approx(labels.mean())
