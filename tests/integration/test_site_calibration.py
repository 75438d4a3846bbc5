"""The site's calibration, from signed reports to the numbers of the next draft."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import event

from core.domain.model_errors import CalibrationRefusedError
from core.domain.reader import Reader
from core.domain.report import Sections
from core.models import registry
from core.models.base import FindingFigures
from core.models.measured import Calibration, Measured
from core.models.site_calibration import read_layer, write_layer
from core.training.corpus.folder import TRAIN
from core.training.corpus.sources.ledger import HOLDOUT
from dashboard.services.addendum import add_addendum
from dashboard.services.consent import give_consent
from dashboard.services.edit_report import open_review
from dashboard.services.export_split import Sides
from dashboard.services.model_versions import set_calibration
from dashboard.services.read_first import open_bare
from dashboard.services.request_draft import draft_key
from dashboard.services.site_calibration import Reading, calibrate, fit_layer, gather
from dashboard.services.version_history import history
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


@pytest.fixture
def nobody_held_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sides, "of", lambda _self, _patient_id: TRAIN)


def signed(place: Workspace, reader: Reader, number: int, *, bare: bool = False) -> int:
    study = take_in(place, reader, PatientID=f"q{number}", PatientName="ROE^R").study_id
    draft_next(place)
    if bare:
        open_bare(place, study, reader=reader)
    write_and_sign(place, study, reader, TEXT)
    return study


@pytest.mark.usefixtures("nobody_held_out")
def test_labels_are_what_was_signed_with_consent_and_scores_the_drafts(
    either: Workspace, reader: Reader
) -> None:
    place = either
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
    add_addendum(place, studies[0], "Taken back.", reader=reader)
    assert gather(place, draft.scorer.digest) == (), "an addendum may take back what is signed"


@pytest.mark.usefixtures("nobody_held_out")
def test_a_report_read_first_teaches_by_the_draft_it_was_held_against(
    either: Workspace, reader: Reader
) -> None:
    study = signed(either, reader, 0, bare=True)
    give_consent(either, [study], reader=reader)
    with either.look() as look:
        draft = look.drafts.latest(study)
        assert look.signed.draft_of(look.signed.versions(study)[0].sequence) is None
    assert draft is not None
    (found,) = gather(either, draft.scorer.digest)
    assert found.before_reveal and found.labels["pleural effusion"]
    assert found.scores == {each.name: each.score for each in draft.findings}


def test_patients_who_are_held_out_teach_nothing(
    place: Workspace, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    side = {"q0": HOLDOUT}
    monkeypatch.setattr(Sides, "of", lambda _self, patient_id: side.get(patient_id, TRAIN))
    studies = [signed(place, reader, number) for number in range(2)]
    give_consent(place, studies, reader=reader)
    draft = open_review(place, studies[0]).draft
    assert draft is not None
    (found,) = gather(place, draft.scorer.digest)
    assert found.patient == "q1"


@pytest.mark.usefixtures("nobody_held_out")
def test_many_studies_are_read_in_few_queries(
    place: Workspace, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.services.site_calibration.AT_ONCE", 2)
    studies = [signed(place, reader, number) for number in range(3)]
    give_consent(place, studies, reader=reader)
    draft = open_review(place, studies[0]).draft
    assert draft is not None
    asked: list[str] = []
    event.listen(place.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    told: list[tuple[int, int]] = []
    found = gather(place, draft.scorer.digest, lambda done, of: told.append((done, of)))
    assert [each.patient for each in found] == ["q0", "q1", "q2"]
    assert told == [(0, 3), (2, 3), (3, 3)]
    reads = [each for each in asked if each.lstrip().startswith("SELECT")]
    assert len(reads) <= 2 + 2 * 5, "two of all, five of each lot"


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
