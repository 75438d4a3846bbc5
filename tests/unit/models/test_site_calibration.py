"""The layer over the weights' own calibration: what it changes, and what it must not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.domain.errors import ModelUnavailableError
from core.models.base import Interval
from core.models.embedded import EmbeddedClassifier
from core.models.measured import MEASURED, read_measured
from core.models.site_calibration import (
    SiteCalibration,
    SiteCurve,
    applied,
    path_of,
    read_layer,
    write_layer,
)

CURVE = SiteCurve(0.6, -0.9, 30, 200, Interval(0.2, 0.1, 0.3, 200), Interval(0.05, 0.0, 0.1, 200))


def layer(folder: Path, **curves: SiteCurve) -> SiteCalibration:
    digest = read_measured(folder).weights_sha256
    named = {name.replace("_", " "): curve for name, curve in curves.items()}
    return SiteCalibration(
        digest, "2026-11-27T08:00:00+00:00", "Dr. Test", 200, 150, 20, named, {"edema": (3, 90)}
    )


@pytest.fixture
def folder(weights_folder: Path) -> Path:
    """Points in the middle of the scale, so that films fall on both sides of them."""
    document = json.loads((weights_folder / MEASURED).read_text(encoding="utf-8"))
    for entry in document["findings"].values():
        entry |= {"operating_point": 0.4, "uncertain_point": 0.3}
    (weights_folder / MEASURED).write_text(json.dumps(document), encoding="utf-8")
    return weights_folder


def test_numbers_change_and_calls_do_not(folder: Path) -> None:
    over = replace(layer(folder, pleural_effusion=CURVE, cardiomegaly=CURVE), digest="ab" * 32)
    bare, calibrated = EmbeddedClassifier(folder), EmbeddedClassifier(folder, over)
    rng = np.random.default_rng(1)
    for _film in range(12):
        grey = rng.random((80, 64)).astype(np.float32)
        before, after = bare.read(grey, ()), calibrated.read(grey, ())
        assert before.scores == after.scores
        for name in ("pleural effusion", "cardiomegaly"):
            old, new = bare.figures[name], calibrated.figures[name]
            shown = before.probabilities.get(name, before.scores[name])
            assert after.probabilities[name] != pytest.approx(shown)
            for point in ("operating_point", "uncertain_point"):
                assert (shown >= getattr(old, point)) == (
                    after.probabilities[name] >= getattr(new, point)
                )
            assert new.sensitivity == old.sensitivity and new.calibrated
            assert new.prevalence == 0.15
    assert "no finding" not in calibrated.read(grey, ()).probabilities
    assert bare.identity == calibrated.identity
    assert calibrated.versions == {"site_calibration": "ab" * 32}


def test_a_layer_of_other_weights_is_left_aside(folder: Path) -> None:
    measured = read_measured(folder)
    other = replace(layer(folder, pleural_effusion=CURVE), weights_sha256="cd" * 32)
    assert applied(measured, other) is measured and applied(measured, None) is measured
    assert not EmbeddedClassifier(folder, other).versions


def test_a_layer_is_read_back(folder: Path, tmp_path: Path) -> None:
    made = layer(folder, pleural_effusion=CURVE)
    assert read_layer(tmp_path, "tiny") is None
    write_layer(tmp_path, "tiny", made)
    found = read_layer(tmp_path, "tiny")
    assert found is not None and replace(found, digest="") == made and len(found.digest) == 64
    assert applied(read_measured(folder), found).digest != read_measured(folder).digest


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: entry.pop("slope"),
        lambda entry: entry.update(slope=-1.0),
        lambda entry: entry.update(slope=float("nan")),
        lambda entry: entry.update(intercept=float("inf")),
        lambda entry: entry.update(films=0),
    ],
)
def test_a_damaged_layer_says_so(change, folder: Path, tmp_path: Path) -> None:
    write_layer(tmp_path, "tiny", layer(folder, pleural_effusion=CURVE))
    path = path_of(tmp_path, "tiny")
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document["curves"]["pleural effusion"])
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ModelUnavailableError, match="calibration to this site is damaged"):
        read_layer(tmp_path, "tiny")
