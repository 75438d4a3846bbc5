from __future__ import annotations

import numpy as np
import pytest

from core.evaluation.comparison import PRIOR, comparison_figures
from core.evaluation.operating import decide, decide_all
from core.evaluation.ranking import (
    decision_figures,
    mean_auroc,
    mean_figures,
    ranking_figures,
    source_figures,
)
from core.evaluation.scored import HEADLINE, Scored
from core.evaluation.worst import worst_errors

FINDINGS = ("atelectasis", "nodule", "no finding")


def scored(films: int = 300, strength: float = 1.5, seed: int = 0) -> Scored:
    """Films of which the first finding is ranked well, the second by chance."""
    rng = np.random.default_rng(seed)
    labels = (rng.random((films, 3)) < 0.3).astype(np.float32)
    logits = rng.normal(labels * np.array([strength, 0.0, 1.0]), 1.0).astype(np.float32)
    known = np.ones((films, 3), np.bool_)
    known[: films // 3, 1] = False
    sources = np.where(np.arange(films) % 3 == 0, "hannover", HEADLINE)
    patients = np.array([f"p{film // 2}" for film in range(films)])
    return Scored(FINDINGS, labels, known, logits, sources, patients)


def test_ranking_says_how_many_stood_behind_it():
    films = scored().headline.known_of(0)
    figures = ranking_figures(films, 0)
    assert figures["positives"] + figures["negatives"] == len(films.labels)
    assert figures["auroc"]["cases"] == min(figures["positives"], figures["negatives"])
    assert figures["auroc"]["low"] < figures["auroc"]["value"] < figures["auroc"]["high"]
    assert figures["auprc"]["low"] > figures["positives"] / len(films.labels)


def test_one_class_alone_is_not_ranked():
    films = scored()
    healthy = films.of(films.labels[:, 0] == 0)
    figures = ranking_figures(healthy, 0)
    assert (figures["positives"], figures["auroc"], figures["auprc"]) == (0, None, None)


def test_calls_at_both_points():
    films = scored()
    decision = decide(films.labels[:, 0], films.logits[:, 0])
    figures = decision_figures(films, 0, decision)
    assert figures["specificity_uncertain"]["value"] == pytest.approx(0.90, abs=0.01)
    assert figures["sensitivity_uncertain"]["value"] >= figures["sensitivity"]["value"]
    assert figures["specificity"]["value"] >= figures["specificity_uncertain"]["value"]


def test_each_source_has_its_own_figures_and_only_films_that_were_looked_at():
    films = scored()
    decision = decide(films.labels[:, 0], films.logits[:, 0])
    parts = source_figures(films, 1, decision)
    assert set(parts) == {"hannover", HEADLINE}
    count = sum(part["positives"] + part["negatives"] for part in parts.values())
    assert count == films.known[:, 1].sum()
    assert set(parts["hannover"]) == {
        "positives",
        "negatives",
        "auroc",
        "auprc",
        "sensitivity",
        "specificity",
    }


def test_the_mean_is_over_nih_findings_without_no_finding():
    films = scored()
    mean, names = mean_auroc(films)
    assert names == ["atelectasis", "nodule"]
    single = [ranking_figures(films.headline.known_of(c), c)["auroc"]["value"] for c in (0, 1)]
    assert mean.value == pytest.approx(np.mean(single), abs=1e-4)
    assert mean_figures(films)["auroc"]["value"] == pytest.approx(mean.value, abs=1e-4)


def test_too_few_positives_leave_no_mean():
    films = scored(12)
    assert mean_auroc(films, least=50) == (None, [])


def test_a_baseline_is_beaten_only_beyond_the_play_of_chance():
    films = scored(strength=2.0).headline
    rng = np.random.default_rng(5)
    table = comparison_figures(
        films,
        {
            "noise": rng.normal(size=films.logits.shape).astype(np.float32),
            "itself": films.logits,
        },
    )
    assert list(table) == [PRIOR, "noise", "itself"]
    assert table[PRIOR]["auroc"]["value"] == 0.5
    assert table[PRIOR]["beaten"] and table["noise"]["beaten"]
    assert not table["itself"]["beaten"]
    assert table["itself"]["difference"]["value"] == 0


def test_the_worst_errors_are_the_most_confident_ones_of_each_kind():
    films = scored().headline
    decisions = decide_all(films)
    images = [f"images/{place}.jpg" for place in range(len(films.labels))]
    listed = worst_errors(films, images, decisions, each=3)
    assert [one["kind"] for one in listed] == ["called"] * 3 + ["missed"] * 3
    assert all((one["label"] == 0) == (one["kind"] == "called") for one in listed)
    assert all(one["finding"] != "no finding" for one in listed)
    shown = [one["shown"] for one in listed]
    assert shown[:3] == sorted(shown[:3], reverse=True)
    assert shown[3:] == sorted(shown[3:])
    assert len({one["image"] for one in listed[:3]}) == 3
