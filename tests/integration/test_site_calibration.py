"""The site's calibration, from signed reports to the numbers of the next draft."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from core.domain.model_errors import CalibrationRefusedError
from core.domain.reader import Reader
from core.domain.report import Sections
from core.models import registry
from core.models.base import FindingFigures
from core.models.measured import Calibration, Measured
from core.models.site_calibration import read_layer, write_layer
from dashboard.services.consent import give_consent
from dashboard.services.edit_report import open_review
from dashboard.services.model_versions import history, set_calibration
from dashboard.services.request_draft import draft_key
from dashboard.services.site_calibration import Reading, calibrate, fit_layer, gather
from dashboard.workspace import Workspace
from tests.integration.conftest import draft_next, take_in
from tests.integration.test_report_life_cycle import write_and_sign

TEXT = Sections(findings="There is a pleural effusion.", impression="No nodule.")


def figures(name: str, *, calibrated: bool = True) -> FindingFigures:
    return FindingFigures(name, 40, 0.4, 0.5, 0.3, calibrated)


MEASURED = Measured(
    name="made",
    weights_sha256="ab" * 32,
    findings={name: figures(name) for name in ("nodule", "mass", "edema")},
    calibrations={"nodule": Calibration(1.0, 2.0)},
    mean_nih_auroc=None,
    map_method="trained map",
    digest="cd" * 32,
    document={},
)


def readings(films: int, seed: int = 0) -> list[Reading]:
    """Scores that know the truth, stated far too high: the own curve adds two to each logit."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(films):
        z = float(rng.normal(-1, 1.5))
        ill = bool(rng.random() < 1 / (1 + np.exp(-z)))
        scores = dict.fromkeys(("nodule", "mass", "edema"), 1 / (1 + np.exp(-z)))
        labels = {"nodule": ill, "mass": ill, "edema": number < 3}
        found.append(Reading(f"p{number // 2}", scores, labels, number % 4 == 0))
    return found


def test_a_curve_brings_stated_numbers_to_what_is_seen_here() -> None:
    layer = fit_layer(readings(300), MEASURED, by="Dr. Test")
    nodule, mass = layer.curves["nodule"], layer.curves["mass"]
    assert nodule.slope == pytest.approx(1, abs=0.35)
    assert nodule.intercept == pytest.approx(-2, abs=0.6)
    assert nodule.before is not None and nodule.after is not None
    assert nodule.after.high < nodule.before.low, "held-out patients"
    assert mass.before is None and mass.after is not None, "no probability was stated before"
    assert layer.left == {"edema": (3, 300)}
    assert (layer.films, layer.patients, layer.before_reveal) == (300, 150, 75)


def test_few_films_leave_a_finding_as_it_is() -> None:
    layer = fit_layer(readings(50), MEASURED)
    assert not layer.curves and set(layer.left) == {"nodule", "mass", "edema"}
    assert fit_layer([], MEASURED).films == 0


def test_scores_that_run_backwards_get_no_curve() -> None:
    turned = [
        dataclasses.replace(each, labels={k: not v for k, v in each.labels.items()})
        for each in readings(300)
    ]
    assert not fit_layer(turned, MEASURED).curves


def signed(place: Workspace, reader: Reader, number: int) -> int:
    study = take_in(place, reader, PatientID=f"q{number}", PatientName="ROE^R").study_id
    draft_next(place)
    write_and_sign(place, study, reader, TEXT)
    return study


def test_labels_are_what_was_signed_with_consent_and_scores_the_drafts(
    place: Workspace, reader: Reader
) -> None:
    studies = [signed(place, reader, number) for number in range(2)]
    draft = open_review(place, studies[0]).draft
    assert draft is not None
    assert gather(place, draft.scorer.digest) == (), "nobody consented"
    give_consent(place, studies[:1], reader=reader)
    (found,) = gather(place, draft.scorer.digest)
    assert found.patient == "q0" and not found.before_reveal
    assert found.labels["pleural effusion"] and not found.labels["nodule"]
    assert found.scores == {each.name: each.score for each in draft.findings}
    assert gather(place, "ab" * 32) == (), "other weights"


def test_too_few_signed_reports_are_refused(place: Workspace, reader: Reader) -> None:
    with pytest.raises(CalibrationRefusedError, match="no finding has enough"):
        calibrate(place, reader=reader)
    assert read_layer(place.settings.models, registry.EMBEDDED) is None and not history(place)


def test_on_and_off_are_a_step_each_and_ask_for_another_draft(
    place: Workspace, reader: Reader, tmp_path: Path
) -> None:
    study = open_review(place, take_in(place, reader).study_id).study
    shipped = registry.entry(registry.EMBEDDED)
    assert shipped.measured is not None
    measured = dataclasses.replace(MEASURED, weights_sha256=shipped.digest)
    layer = fit_layer(readings(300), measured, by=reader.name)
    write_layer(place.settings.models, registry.EMBEDDED, layer)
    keys = [draft_key(place, study, registry.EMBEDDED)]
    for on in (True, False):
        set_calibration(place, on=on, reader=reader)
        entry = registry.entry(registry.EMBEDDED)
        assert bool(entry.calibration) is on and entry.digest == shipped.digest
        keys.append(draft_key(place, study, registry.EMBEDDED))
    assert keys[0] == keys[2] != keys[1]
    assert [each.act for each in history(place)] == ["calibration_off", "calibration_on"]
