"""The whole measurement on tiny films: complete, repeatable, drawable."""

from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from core.evaluation.document import NEAREST, THUMBNAILS, UNPRETRAINED, Effort, measure
from core.evaluation.embedded import compare_with_file, measure_again
from core.evaluation.figures_log import figure_lines
from core.evaluation.plots import CURVE, RELIABILITY, ROC, draw_curve, draw_plots
from core.evaluation.unpretrained import read_unpretrained, write_unpretrained
from core.models.embedded import MAP_METHODS
from core.models.measured import MEASURED, SCHEMA, WEIGHTS
from core.models.network import Network, NetworkShape
from tests.unit.training.conftest import line, write_manifest

FINDINGS = ("nodule", "pleural effusion", "no finding")
KNOWN = "Effusion;Nodule;No Finding"
EFFORT = Effort(phantoms=1, composites=1)
FOLDS, SEED, TRAIN, FILMS = 2, 3, 60, 90


def write_films(folder: Path) -> None:
    """An effusion is a bright lower half; every film with one has a box about it."""
    rng = np.random.default_rng(0)
    lines, boxes = [], ["image,finding,x,y,w,h,orig_w,orig_h"]
    for place in range(FILMS):
        ill = (place // 2) % 2 == 0
        film = rng.uniform(30, 120, (72, 64))
        film[40:, 34:] += 110 * ill
        cv2.imwrite(str(folder / f"film{place}.png"), film.astype(np.uint8))
        labels = "Effusion;Nodule" if ill else "No Finding"
        split = "train" if place < TRAIN else "val"
        source = "nih_cxr14" if place % 6 else "hannover"
        more = {"labels_known": KNOWN, "source": source}
        if source == "hannover":
            more |= {"licence": "CC BY 3.0", "patient_id": f"h{place}"}
        lines.append(line(place, labels, split, **more))
        if ill:
            boxes.append(f"film{place}.png,Effusion,340,400,300,320,640,720")
    write_manifest(folder, lines)
    (folder / "boxes.csv").write_text("\n".join(boxes) + "\n")


@pytest.fixture(scope="module")
def network() -> Network:
    torch.manual_seed(1)
    shape = NetworkShape(FINDINGS, size=32, widths=(8, 8, 8), blocks=(1, 1, 1), fused=8, members=2)
    network = Network(shape).eval()
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    return network


@pytest.fixture(scope="module")
def films(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    write_films(folder)
    return folder


@pytest.fixture(scope="module")
def measured(films, network):
    return measure(network, films, FOLDS, SEED, bare_scores(), effort=EFFORT)


def bare_scores() -> np.ndarray:
    """Of two thirds of the train films; the rest had no member without pretraining."""
    scores = np.random.default_rng(4).normal(size=(TRAIN, len(FINDINGS))).astype(np.float16)
    scores[40:] = np.nan
    return scores.astype(np.float32)


def test_every_part_is_there_and_survives_its_file(measured):
    document = json.loads(json.dumps(measured.document))
    assert set(document) == {
        "findings",
        "mean_nih_auroc",
        "mean_nih_auroc_over",
        "mean_nih_auprc",
        "cross_validation",
        "baselines",
        "localisation",
        "shortcuts",
        "drawn",
        "worst",
    }
    entry = document["findings"]["pleural effusion"]
    assert entry["positives"] + entry["negatives"] == (measured.val.sources == "nih_cxr14").sum()
    assert set(entry["sources"]) == {"nih_cxr14", "hannover"}
    assert entry["cross_validation"]["auroc"]
    assert set(entry["certainties"]) == set(entry["reliability"]) == {"val", "cross_fit"}
    across = document["cross_validation"]
    assert across["films"] == len(measured.cross.folds) == 50
    assert (across["folds"], across["over"]) == (2, ["nodule", "pleural effusion"])


def test_every_train_film_is_scored_by_the_member_that_never_saw_it(measured, network, films):
    from core.evaluation.reading import read_films
    from core.training.films import patient_folds, read_manifest

    train = [row for row in read_manifest(films) if row.split == "train"]
    folds = patient_folds(train, FOLDS, SEED)
    head = [place for place, row in enumerate(train) if row.source == "nih_cxr14"]
    alone = read_films(network.member(1), [train[place] for place in head]).vote
    mine = folds[head] == 1
    assert measured.cross.films.logits[mine] == pytest.approx(alone[mine], abs=1e-4)


def test_each_baseline_has_a_paired_difference(measured):
    baselines = measured.document["baselines"]
    assert set(baselines["val"]) == {"prevalence alone", THUMBNAILS, NEAREST}
    assert set(baselines["cross_fit"]) == {"prevalence alone", THUMBNAILS, NEAREST, UNPRETRAINED}
    assert 0 < baselines["cross_fit"][UNPRETRAINED]["films"] < measured.cross.films.labels.shape[0]
    thumbnails = baselines["cross_fit"][THUMBNAILS]
    assert thumbnails["auroc"]["value"] > 0.95  # bright halves are easy for a thumbnail
    assert not thumbnails["beaten"]


def test_maps_are_scored_by_every_method(measured):
    located = measured.document["localisation"]
    assert located["boxes"]["pleural effusion"] > 30
    entry = located["findings"]["pleural effusion"]
    assert set(entry["pooled"]["methods"]) == {*MAP_METHODS, "centre", "mean box"}
    assert entry["pooled"]["methods"]["mean box"]["pointing"]["value"] == 1
    assert entry["pooled"]["films"] == entry["val"]["films"] + entry["cross_fit"]["films"]
    assert entry["side"]["films"] == entry["pooled"]["films"]
    side = measured.document["findings"]["pleural effusion"]["side_accuracy"]
    assert side == entry["side"]["methods"][located["default"]]
    assert not measured.document["findings"]["nodule"]["localised"]
    assert len(located["examples"]) == entry["val"]["films"]
    for one in located["examples"]:
        inside = one["across"] > 0.53 and one["down"] > 0.55
        assert one["hit"] == (inside and one["across"] < 1 and one["down"] < 1)


def test_phantoms_are_drawn_of_the_kinds_that_the_network_knows(measured):
    phantoms = measured.document["drawn"]["phantoms"]
    assert set(phantoms["kinds"]) == {"nodule", "pleural effusion"}
    assert phantoms["kinds"]["nodule"]["films"] == 1


def test_plots_are_small_files(measured, tmp_path):
    draw_plots(measured, tmp_path)
    for name in (ROC, RELIABILITY, CURVE):
        assert 0 < (tmp_path / name).stat().st_size < 150_000


def test_the_log_has_a_line_for_each_finding(measured):
    lines = list(figure_lines(measured.document))
    assert all(any(line.startswith(name) for line in lines) for name in FINDINGS)


def test_shipped_figures_are_measured_again_from_the_weights(
    measured, network, films, tmp_path, caplog
):
    metadata = {"shape": network.shape.to_json()}
    save_file(network.state_dict(), tmp_path / WEIGHTS, metadata=metadata)
    document = {
        "schema": SCHEMA,
        "name": "tiny",
        "weights_sha256": hashlib.sha256((tmp_path / WEIGHTS).read_bytes()).hexdigest(),
        "recipe": {"folds": FOLDS, "seed": SEED},
        **json.loads(json.dumps(measured.document)),
    }
    write_unpretrained(bare_scores(), tmp_path)
    assert np.array_equal(read_unpretrained(tmp_path), bare_scores(), equal_nan=True)
    (tmp_path / MEASURED).write_text(json.dumps(document))
    again = measure_again(films, tmp_path)
    with caplog.at_level(logging.INFO):
        assert not compare_with_file(again, tmp_path).differing
    assert "figures agree" in caplog.text
    again["findings"]["nodule"]["positives"] += 1
    assert len(compare_with_file(again, tmp_path).differing) == 1


def test_the_curve_of_drawn_nodules(tmp_path):
    share = {"hits": 3, "films": 4, "share": {"value": 0.75, "low": 0.3, "high": 0.95, "cases": 4}}
    points = [
        {
            "size_mm": size,
            "contrast": contrast,
            "auroc": {"value": 0.8, "low": 0.6, "high": 0.9, "cases": 4},
            "pointing_tolerant": share,
        }
        for size in (8.0, 18.0, 30.0)
        for contrast in (0.5, 1.0)
    ]
    draw_curve(points, tmp_path / CURVE)
    assert 5_000 < (tmp_path / CURVE).stat().st_size < 150_000
