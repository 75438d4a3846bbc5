from __future__ import annotations

import numpy as np
import pytest

from core.evaluation.boxes import BoxedFinding, box_mask, boxed_findings
from core.evaluation.localisation import (
    CENTRE,
    MEAN_BOX,
    VAL,
    Pointed,
    localisation_figures,
    mean_box,
    tuned_overlap,
)
from core.evaluation.pointing import THRESHOLDS, MapScore, centre_blob, overlaps, score_map
from core.training.boxes import Box

LEFT_BOX = np.array([[0.1, 0.2, 0.4, 0.6]])


def spot(rows: int, columns: int, row: int, column: int) -> np.ndarray:
    drawn = np.zeros((rows, columns), np.float32)
    drawn[row, column] = 0.7
    return drawn


def test_a_map_points_inside_near_or_elsewhere():
    inside = box_mask(LEFT_BOX, 50, 40)
    assert inside.sum() == 20 * 12
    for column, pointing, tolerant in ((8, True, True), (17, False, True), (30, False, False)):
        score = score_map(spot(50, 40, 20, column), inside, tolerance=2)
        assert (score.pointing, score.tolerant) == (pointing, tolerant)
    assert score_map(spot(50, 40, 20, 8), inside, 2).left == 1
    assert score_map(np.ones((50, 40)), inside, 2).left == pytest.approx(0.5)


def test_an_empty_map_misses_and_has_no_side():
    score = score_map(np.zeros((50, 40)), box_mask(LEFT_BOX, 50, 40), 2)
    assert not score.pointing and not score.tolerant
    assert score.overlap.max() == 0
    assert np.isnan(score.left)


def test_overlap_at_each_threshold_is_intersection_over_union():
    rng = np.random.default_rng(0)
    drawn, inside = rng.random((30, 20)), rng.random((30, 20)) < 0.3
    drawn[0, 0] = 1
    for threshold, found in zip(THRESHOLDS, overlaps(drawn, inside), strict=True):
        called = drawn >= threshold
        assert found == pytest.approx((called & inside).sum() / (called | inside).sum())


def test_the_centre_blob_peaks_in_the_middle():
    blob = centre_blob(41, 31)
    assert np.unravel_index(blob.argmax(), blob.shape) == (20, 15)


def test_boxes_are_gathered_by_film_and_finding_and_know_their_side():
    one, two = Box("nodule", 0.1, 0.2, 0.3, 0.4), Box("mass", 0.4, 0.1, 0.2, 0.1)
    found = boxed_findings({3: (one, two, one)})
    assert [(b.film, b.finding, len(b.boxes)) for b in found] == [(3, "mass", 1), (3, "nodule", 2)]
    assert found[0].side is None
    assert found[1].side == "left"
    assert found[1].boxes[0] == pytest.approx([0.1, 0.2, 0.4, 0.6])
    assert BoxedFinding(0, "mass", np.array([[0.6, 0, 0.9, 1]])).side == "right"


def test_the_mean_box_leaves_out_the_own_fold_and_val():
    right = np.array([[0.6, 0.2, 0.9, 0.6]])
    folds = np.array([0, 1, 1, VAL])
    boxed = [
        BoxedFinding(0, "nodule", LEFT_BOX),
        BoxedFinding(1, "nodule", right),
        BoxedFinding(2, "mass", LEFT_BOX),
        BoxedFinding(3, "nodule", LEFT_BOX),
    ]
    without_0 = mean_box(boxed, folds, "nodule", 0)
    assert without_0[:, :30].max() == 0 and without_0[:, 34:].max() > 0.9
    assert mean_box(boxed, folds, "nodule", VAL)[:, :30].max() == pytest.approx(0.5, abs=0.02)
    assert mean_box(boxed, folds, "hernia", VAL).max() == 0


def pointed(films: int, good: float, seed: int = 0) -> list[Pointed]:
    """Films whose maps point right with a chance of ``good``, the mean box with one of 0.2."""
    rng = np.random.default_rng(seed)

    def score(chance: float, best: int) -> MapScore:
        hit = bool(rng.random() < chance)
        overlap = np.where(np.arange(len(THRESHOLDS)) == best, 0.4, 0.1)
        return MapScore(hit, hit, overlap, 0.8 if hit else 0.2)

    return [
        Pointed(
            finding="lung opacity",
            patient=f"p{film}",
            fold=VAL if film % 5 == 0 else film % 5,
            boxes=1,
            side="left" if film % 2 else None,
            scores={
                "trained map": score(good, 6),
                CENTRE: score(0.1, 3),
                MEAN_BOX: score(0.2, 9),
            },
        )
        for film in range(films)
    ]


def test_thresholds_are_tuned_on_other_patients():
    films = pointed(40, 0.5)
    odd = MapScore(True, True, np.where(np.arange(len(THRESHOLDS)) == 2, 1.0, 0.0), 0.5)
    alone = [
        Pointed(one.finding, one.patient, 7 if at == 1 else one.fold, 1, None, one.scores)
        for at, one in enumerate(films)
    ]
    alone[1] = Pointed("lung opacity", "p1", 7, 1, None, {**films[1].scores, "trained map": odd})
    overlap = tuned_overlap(alone, "trained map")
    assert overlap[0] == 0.4
    assert overlap[1] == 0  # its own best threshold was not asked


def test_a_finding_is_localised_when_its_maps_beat_the_mean_box():
    figures = localisation_figures(pointed(100, 0.9), {"lung opacity": 100}, "trained map")
    entry = figures["findings"]["lung opacity"]
    assert entry["localised"]
    assert entry["pooled"]["films"] == 100
    assert entry["cross_fit"]["films"] + entry["val"]["films"] == 100
    trained = entry["pooled"]["methods"]["trained map"]
    assert trained["pointing"]["value"] == pytest.approx(0.9, abs=0.07)
    assert trained["pointing_minus_mean_box"]["low"] > 0
    assert trained["iou"]["value"] == pytest.approx(0.4)
    assert entry["thresholds"]["trained map"] == pytest.approx(THRESHOLDS[6])
    assert entry["side"]["films"] == 50
    assert set(entry["side"]["methods"]) == {"trained map"}


@pytest.mark.parametrize(("films", "good"), [(100, 0.2), (20, 0.9)])
def test_chance_or_a_few_boxes_localise_nothing(films, good):
    figures = localisation_figures(pointed(films, good), {"lung opacity": films}, "trained map")
    assert not figures["findings"]["lung opacity"]["localised"]
