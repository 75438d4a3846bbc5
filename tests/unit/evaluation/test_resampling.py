from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from core.evaluation.metrics import auroc, patient_interval
from core.evaluation.resampling import (
    auroc_each,
    average_precision_each,
    hits_of,
    interval_of,
    mean_each,
    resample,
    share_each,
    share_interval,
)


def draws(decimals: int, films: int = 200) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    labels = (rng.random(films) < 0.3).astype(float)
    scores = np.round(rng.normal(labels, 1.0), decimals)
    weights = rng.integers(0, 4, (5, films)).astype(float)
    return labels, scores, weights


@pytest.mark.parametrize("decimals", [8, 1], ids=["distinct", "many ties"])
def test_every_resample_equals_scikit_learn(decimals):
    labels, scores, weights = draws(decimals)
    areas = auroc_each(labels, scores, weights)
    precisions = average_precision_each(labels, scores, weights)
    for line, area, precision in zip(weights, areas, precisions, strict=True):
        assert area == pytest.approx(roc_auc_score(labels, scores, sample_weight=line))
        assert precision == pytest.approx(
            average_precision_score(labels, scores, sample_weight=line)
        )


def test_a_resample_without_one_class_is_not_a_number():
    labels, scores = np.array([1.0, 0.0]), np.array([2.0, 1.0])
    areas = auroc_each(labels, scores, np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]]))
    assert areas[0] == 1
    assert np.isnan(areas[1:]).all()
    assert np.isnan(average_precision_each(labels, scores, np.array([[0.0, 2.0]]))).all()


def test_scores_that_say_nothing_have_the_prevalence_as_average_precision():
    labels = np.array([1.0, 0, 0, 0])
    assert average_precision_each(labels, np.zeros(4), np.ones((1, 4)))[0] == 0.25


def test_the_interval_is_that_of_one_resample_at_a_time():
    labels, scores, _ = draws(8)
    patients = (np.arange(200) // 2).astype(str)
    slow = patient_interval(lambda w: auroc(labels, scores, w), patients, cases=7)
    fast = interval_of(auroc_each(labels, scores, resample(patients)), cases=7)
    assert fast.value == pytest.approx(slow.value)
    assert (fast.low, fast.high) == pytest.approx((slow.low, slow.high))
    assert fast.cases == 7


def test_films_of_a_patient_are_drawn_together():
    weights = resample(np.array(["a", "b", "a", "c"]), resamples=50)
    assert weights.shape == (51, 4)
    assert (weights[0] == 1).all()
    assert (weights[:, 0] == weights[:, 2]).all()
    assert (weights[1:, [0, 1, 3]].sum(axis=1) == 3).all()


def test_share_and_mean_of_a_resample():
    weights = np.array([[1.0, 1, 1, 1], [0, 2, 1, 1]])
    hit, among = np.array([True, False, True, True]), np.array([True, True, True, False])
    assert share_each(hit, among, weights) == pytest.approx([2 / 3, 1 / 3])
    assert mean_each(np.array([1.0, 2, 3, 4]), weights) == pytest.approx([2.5, 11 / 4])


@pytest.mark.parametrize("outcome", [True, False])
def test_a_share_without_exception_is_not_certain(outcome):
    """Twenty films of ten patients: the bootstrap alone would say 1 (1 to 1)."""
    hit, among = np.full(20, outcome), np.ones(20, bool)
    patients = (np.arange(20) // 2).astype(str)
    found = share_interval(hit, among, patients)
    wilson = hits_of(10 if outcome else 0, 10)
    assert (found.value, found.low, found.high) == (wilson.value, wilson.low, wilson.high)
    assert found.cases == 20
    assert found.high - found.low == pytest.approx(0.2775, abs=1e-3)


def test_a_share_of_nothing_is_not_measured():
    nothing = np.zeros(3, bool)
    assert share_interval(nothing, nothing, np.array(["a", "b", "c"])) is None
    assert hits_of(0, 0) is None
    assert interval_of(np.full(3, np.nan), 0) is None


def test_a_paired_difference_is_narrower_than_its_parts():
    rng = np.random.default_rng(2)
    labels = (rng.random(150) < 0.4).astype(float)
    scores = rng.normal(labels, 1.5)
    weights = resample(np.arange(150).astype(str))
    one = auroc_each(labels, scores, weights)
    other = auroc_each(labels, scores + rng.normal(0, 0.05, 150), weights)
    difference, alone = interval_of(one - other, 150), interval_of(one, 150)
    assert difference.high - difference.low < 0.3 * (alone.high - alone.low)
