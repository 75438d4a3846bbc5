from __future__ import annotations

import numpy as np
import pytest

from core.evaluation.baseline import _fit_thumbnails, neighbour_scores
from core.evaluation.metrics import auroc


def clusters(films: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = (rng.random((films, 2)) < 0.5).astype(np.float32)
    features = rng.normal(size=(films, 4)).astype(np.float32)
    features[:, 0] += 4 * labels[:, 0]
    return features, labels


def test_neighbours_vote_with_what_was_looked_for():
    seen, labels = clusters(200, 0)
    unseen, truth = clusters(80, 1)
    known = np.ones_like(labels, np.bool_)
    known[:, 1] = False
    five, twenty = neighbour_scores(seen, labels, known, unseen, [5, 20])
    assert set(np.unique(five[:, 0] * 5).round(4)) <= set(range(6))
    assert auroc(truth[:, 0], twenty[:, 0]) > 0.9
    assert (five[:, 1] == 0).all()


def test_a_finding_with_one_class_keeps_a_thumbnail_logit_of_zero():
    features, labels = clusters(100, 2)
    labels[:, 1] = 0
    logits = _fit_thumbnails(features, labels, np.ones_like(labels, np.bool_), features)
    assert (logits[:, 1] == 0).all()
    assert auroc(labels[:, 0], logits[:, 0]) > 0.9
    assert logits.shape == pytest.approx((100, 2))
