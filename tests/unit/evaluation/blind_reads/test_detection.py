"""The detection curve: right where it can be known, none where it cannot."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from core.evaluation.blind_reads.detection import detect


def _reads(films: int, threshold: float, slope: float, seed: int = 0) -> tuple[list, list]:
    rng = np.random.default_rng(seed)
    contrasts = rng.uniform(0.05, 1, films)
    seen = rng.random(films) < 1 / (1 + np.exp(-slope * (contrasts - threshold)))
    return contrasts.tolist(), seen.tolist()


def test_the_curve_is_the_one_of_the_library() -> None:
    contrasts, seen = _reads(60, 0.4, 10)
    found = detect(contrasts, seen)
    model = LogisticRegression(C=np.inf, tol=1e-10).fit(np.asarray(contrasts)[:, None], seen)
    assert found.slope == pytest.approx(model.coef_[0, 0], rel=1e-3)
    assert found.threshold is not None and found.threshold.cases == 60
    expected = -model.intercept_[0] / model.coef_[0, 0]
    assert found.threshold.value == pytest.approx(expected, rel=1e-3)
    assert found.threshold.low < expected < found.threshold.high


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    held = 0
    for seed in range(20):
        threshold = detect(*_reads(80, 0.45, 10, seed)).threshold
        assert threshold is not None
        held += threshold.low <= 0.45 <= threshold.high
    assert held >= 16  # of 20: below that by chance less than once in a hundred at 95 %


@pytest.mark.parametrize(
    ("contrasts", "seen"),
    [
        ([], []),
        ([0.2, 0.4, 0.6], [False, True, True]),  # few
        ([0.2, 0.8] * 8, [False, True, True, True] * 4),  # two contrasts
        ([0.1, 0.2, 0.3, 0.4, 0.5, 0.6] * 2, ([False] * 3 + [True] * 3) * 2),  # separated
        ([0.1, 0.2, 0.3, 0.4] * 3, [True] * 12),  # all alike
        ([0.1, 0.2, 0.3, 0.4] * 4, [True, True, False, False, True, False, True, False] * 2),
    ],
)
def test_where_it_cannot_be_known_there_is_no_threshold(
    contrasts: list[float], seen: list[bool]
) -> None:
    found = detect(contrasts, seen)
    assert found.threshold is None and found.slope is None
    assert sum(shown for _, _, shown in found.points) == len(contrasts)
    assert sum(hits for _, hits, _ in found.points) == sum(seen)


def test_many_contrasts_are_put_into_bins_of_as_many_films() -> None:
    points = detect(*_reads(60, 0.4, 10)).points
    assert [shown for _, _, shown in points] == [10] * 6
    assert [contrast for contrast, _, _ in points] == sorted(contrast for contrast, _, _ in points)
