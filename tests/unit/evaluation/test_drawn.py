from __future__ import annotations

import numpy as np
import pytest

from core.evaluation.calibration import Platt
from core.evaluation.drawn import DrawnReading, curve_points, drawn_figures
from core.evaluation.operating import Decision

DECISION = Decision(Platt(1.0, 0.0), 0.5, 0.3, positives=30, films=100, auroc=0.8)


def reading(film: int, logit: float, **changes: object) -> DrawnReading:
    return DrawnReading(
        "nodule", f"{film}", logit, -2.0 + 0.01 * film, film % 2 == 0, True, **changes
    )


def test_a_lesion_that_raises_the_score_is_seen_and_counted():
    figures = drawn_figures(
        [reading(film, 1.0 if film < 6 else -0.5) for film in range(10)], DECISION
    )
    assert figures["films"] == 10
    assert (figures["called"]["hits"], figures["called_without"]["hits"]) == (6, 0)
    assert figures["noticed"]["hits"] == 10
    assert figures["auroc"]["value"] == 1
    assert figures["rise"]["value"] == pytest.approx(0.4 + 1.955, abs=1e-3)
    assert figures["rise"]["low"] > 0
    assert figures["pointing"]["hits"] == 5
    share = figures["pointing_tolerant"]["share"]
    assert share["value"] == 1 and share["low"] < 0.8


def test_a_lesion_that_changes_nothing_is_at_chance():
    same = [DrawnReading("nodule", f"{n}", float(n), float(n), False, False) for n in range(8)]
    figures = drawn_figures(same, DECISION)
    assert figures["auroc"]["value"] == pytest.approx(0.5)
    assert figures["rise"]["value"] == 0


def test_the_curve_has_a_point_for_each_size_and_contrast():
    grid = [(size, contrast) for size in (10.0, 20.0) for contrast in (0.5, 1.0)]
    readings = [
        reading(film, np.log(size), size_mm=size, contrast=contrast)
        for size, contrast in grid
        for film in range(4)
    ]
    points = curve_points(readings, DECISION)
    assert [(point["size_mm"], point["contrast"]) for point in points] == grid
    assert all(point["films"] == 4 for point in points)
