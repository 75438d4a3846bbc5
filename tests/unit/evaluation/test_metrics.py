from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from core.evaluation.metrics import auroc, patient_interval, sensitivity, specificity


@pytest.mark.parametrize("decimals", [8, 1], ids=["distinct", "many ties"])
def test_auroc_equals_scikit_learn_with_weights_and_ties(decimals):
    rng = np.random.default_rng(0)
    labels = (rng.random(200) < 0.3).astype(float)
    scores = np.round(rng.normal(labels, 1.0), decimals)
    weights = rng.integers(0, 4, 200).astype(float)
    assert auroc(labels, scores) == pytest.approx(roc_auc_score(labels, scores))
    assert auroc(labels, scores, weights) == pytest.approx(
        roc_auc_score(labels, scores, sample_weight=weights)
    )


def test_auroc_of_one_class_is_not_a_number():
    assert np.isnan(auroc(np.ones(4), np.arange(4.0)))


def test_sensitivity_and_specificity():
    labels = np.array([1.0, 1, 1, 0, 0])
    flagged = np.array([True, True, False, False, True])
    ones = np.ones(5)
    assert sensitivity(labels, flagged, ones) == pytest.approx(2 / 3)
    assert specificity(labels, flagged, ones) == pytest.approx(1 / 2)


def test_films_of_one_patient_do_not_narrow_the_interval():
    rng = np.random.default_rng(1)
    labels = (rng.random(40) < 0.5).astype(float)
    scores = rng.normal(labels, 1.0)
    ten = 10  # each film ten times: the same knowledge
    many_labels, many_scores = np.repeat(labels, ten), np.repeat(scores, ten)
    patients = np.repeat(np.arange(40).astype(str), ten)

    few = patient_interval(lambda w: auroc(labels, scores, w), np.arange(40).astype(str), cases=40)
    many = patient_interval(lambda w: auroc(many_labels, many_scores, w), patients, cases=400)

    assert many.value == pytest.approx(few.value)
    assert many.high - many.low == pytest.approx(few.high - few.low, rel=0.15)
    assert few.low < few.value < few.high


def test_an_undefined_figure_has_no_interval():
    assert patient_interval(lambda _: float("nan"), np.array(["a", "b"]), cases=2) is None
