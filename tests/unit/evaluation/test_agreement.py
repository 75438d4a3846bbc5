from __future__ import annotations

import json

import numpy as np
import pytest

from core.domain.errors import TrainingError
from core.evaluation.agreement import compare
from core.evaluation.unpretrained import FILE, read_unpretrained, write_unpretrained

STATED = {
    "schema": 2,
    "findings": {"mass": {"auroc": {"value": 0.71, "low": 0.6}, "positives": 7, "side": None}},
    "over": ["mass", "nodule"],
}


def again(**changes: object) -> dict[str, object]:
    copied = json.loads(json.dumps(STATED))
    del copied["schema"]
    copied["findings"]["mass"].update(changes)
    return copied


def test_equal_figures_agree_and_are_counted():
    agreement = compare(STATED, again())
    assert agreement.differing == ()
    assert agreement.sentence() == "6 figures agree"


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"auroc": {"value": 0.72, "low": 0.6}}, "findings / mass / auroc / value"),
        ({"auroc": {"value": 0.711, "low": 0.6}}, None),
        ({"positives": 8}, "findings / mass / positives"),
        ({"side": 0.9}, "findings / mass / side"),
        ({"auroc": None}, "findings / mass / auroc"),
        ({"new": 1}, "findings / mass / new"),
    ],
)
def test_what_differs_is_named(changes, names):
    agreement = compare(STATED, again(**changes))
    assert (names is None) == (not agreement.differing)
    assert names is None or any(line.startswith(names) for line in agreement.differing)


def test_scores_without_pretraining_are_kept_beside_the_weights(tmp_path):
    assert read_unpretrained(tmp_path) is None
    scores = np.array([[0.5, -1.5], [np.nan, np.nan]], np.float32)
    write_unpretrained(scores, tmp_path)
    assert np.array_equal(read_unpretrained(tmp_path), scores, equal_nan=True)


def test_damaged_scores_are_refused(tmp_path):
    (tmp_path / FILE).write_bytes(b"not an archive")
    with pytest.raises(TrainingError, match="damaged"):
        read_unpretrained(tmp_path)


@pytest.mark.parametrize(("observed", "agrees"), [(0.1694, True), (0.1774, False)])
def test_one_film_on_the_edge_of_its_bin_may_change_places(observed, agrees):
    curve = {"points": [{"stated": 0.17, "observed": 0.1613, "films": 124}]}
    moved = {"points": [{"stated": 0.17, "observed": observed, "films": 124}]}
    assert (compare(curve, moved).differing == ()) == agrees


def test_a_film_more_in_a_bin_is_a_difference():
    curve = {"points": [{"stated": 0.17, "observed": 0.1613, "films": 124}]}
    more = {"points": [{"stated": 0.17, "observed": 0.1613, "films": 125}]}
    assert len(compare(curve, more).differing) == 1
