"""The Versions part of the Models page: what reads, what was decided, promote and roll back."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.evaluation.promotion.decision import Decision, Side, write_decision
from core.models import registry, versions
from core.models.measured import CARD, MEASURED, WEIGHTS, read_measured
from core.models.site_calibration import SiteCalibration, SiteCurve, write_layer
from core.settings import load_settings
from tests.ui.conftest import words
from tests.unit.evaluation.promotion.test_decision import decision

MODEL = registry.EMBEDDED


def keep(name: str, made: Decision | None) -> Path:
    """A version of the shipped figures; its weights are some bytes that nobody loads."""
    import hashlib

    folder = versions.folder_of(load_settings().models, name)
    folder.mkdir(parents=True)
    weights = f"weights of {name}".encode()
    digest = hashlib.sha256(weights).hexdigest()
    (folder / WEIGHTS).write_bytes(weights)
    document = json.loads((registry.EMBEDDED_FOLDER / MEASURED).read_text(encoding="utf-8"))
    document |= {
        "weights_sha256": digest,
        "made": "2026-11-27T08:00:00+00:00",
        "relearned": {"labels_sha256": "ee" * 32},
        "split": {"train": {"ledger": {"films": 51, "patients": 50}}, "val": {}},
        "mean_nih_auroc": None,
    }
    (folder / MEASURED).write_text(json.dumps(document), encoding="utf-8")
    (folder / CARD).write_text("# <b>Card</b>\n", encoding="utf-8")
    if made is not None:
        old = Side(MODEL, read_measured(registry.EMBEDDED_FOLDER).weights_sha256)
        write_decision(replace(made, old=old, new=Side(name, digest)), folder)
    return folder


def opened(app: AppTest) -> AppTest:
    app.session_state["models_part"] = "versions"
    app.switch_page("../pages/models.py").run()
    assert not app.exception
    return app


def click(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception
    return app


def test_without_versions_the_page_says_how_one_is_made(app: AppTest) -> None:
    opened(app)
    assert "No version was trained here yet" in words(app)
    assert "core.training relearn" in app.code[0].value
    assert "the shipped model" in words(app)
    assert not [each for each in app.button if each.key == "versions_roll_back"]


def test_an_accepted_version_is_promoted_and_rolled_back(app: AppTest) -> None:
    keep("ward-1", decision())
    opened(app)
    assert "Accepted: of every critical finding (pneumothorax)" in words(app)
    assert "51 films of 50 patients" in words(app)
    assert "30 patients of either kind · comparison 1, SHA-256" in words(app)
    click(app, "versions_make_active")
    assert words(app).count("comparison 1, SHA-256") == 2, "the history names the decision, too"
    assert registry.entry(MODEL).version == "ward-1"
    assert app.button(key="versions_make_active").disabled
    click(app, "versions_roll_back")
    assert registry.entry(MODEL).version == ""
    assert "rolled back" in words(app)


def test_the_models_page_names_the_version_and_shows_no_figures_of_other_patients(
    app: AppTest,
) -> None:
    keep("ward-1", decision())
    click(opened(app), "versions_make_active")
    app.session_state["models_part"] = "read"
    app.run()
    assert not app.exception and "version ward-1" in words(app)
    assert "unseen NIH patients" not in words(app)


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (None, "it was not compared with the active version"),
        ({"missed": 30}, "Refused: it lost on pneumothorax"),
        ({"positives": 40}, "Refused as underpowered"),
    ],
)
def test_what_was_refused_says_why(
    made: dict[str, int] | None, sentence: str, app: AppTest
) -> None:
    keep("ward-1", decision(**made) if made is not None else None)
    opened(app)
    assert sentence in words(app) and app.button(key="versions_make_active").disabled


def test_a_version_of_another_comparison_waits_for_a_new_one(app: AppTest) -> None:
    keep("ward-1", decision())
    keep("ward-2", decision())
    app.session_state["versions_chosen"] = "ward-1"
    click(opened(app), "versions_make_active")
    app.selectbox(key="versions_chosen").select("ward-2").run()
    assert "compared with another version than the active one" in words(app)
    assert app.button(key="versions_make_active").disabled


@pytest.mark.parametrize("content", ["[" * 100_000, '{"schema": 2, "name": [], "findings": []}'])
def test_a_version_with_damaged_figures_is_one_marked_row(content: str, app: AppTest) -> None:
    keep("ward-1", decision())
    (keep("ward-2", None) / MEASURED).write_text(content, encoding="utf-8")
    assert "its figures file is damaged" in words(opened(app))


def test_a_damaged_version_is_told_and_left(app: AppTest) -> None:
    folder = keep("ward-1", decision())
    click(opened(app), "versions_make_active")
    (folder / WEIGHTS).write_bytes(b"something else")
    opened(app)
    assert "ward\\-1 does not read films" in app.error[0].value
    assert "not the ones that were measured" in app.error[0].value
    click(app, "versions_roll_back")
    assert not app.error and registry.entry(MODEL).fallen == ""
    shutil.rmtree(folder)
    opened(app)


def test_the_layer_is_switched_with_its_figures_beside_it(app: AppTest) -> None:
    curve = SiteCurve(0.8, -0.4, 30, 200, None, None)
    digest = read_measured(registry.EMBEDDED_FOLDER).weights_sha256
    layer = SiteCalibration(
        digest, "2026-11-27T08:00:00+00:00", "<i>Dr.</i>", 200, 150, 20,
        {"nodule": curve}, {"edema": (3, 90)},
    )  # fmt: skip
    write_layer(load_settings().models, MODEL, layer)
    opened(app)
    assert "30 of 200" in words(app) and "left as it is" in words(app)
    assert "<i>Dr." not in words(app)
    app.toggle(key="site_layer_on").set_value(True).run()
    assert not app.exception and registry.entry(MODEL).calibration
    app.toggle(key="site_layer_on").set_value(False).run()
    assert not registry.entry(MODEL).calibration


def test_a_fit_without_signed_reports_is_refused_in_words(app: AppTest) -> None:
    click(opened(app), "site_layer_fit")
    assert "cannot be calibrated to this site" in app.error[0].value


def test_a_state_that_cannot_be_read_is_told_once_with_the_way_out(app: AppTest) -> None:
    path = load_settings().models / versions.VERSIONS / versions.ACTIVE
    path.parent.mkdir(parents=True)
    path.write_text('{"schema": 2}', encoding="utf-8")
    opened(app)
    assert len(app.error) == 1 and "of a later program" in app.error[0].value
    assert "then every model works without a version" in words(app)
    click(app, "versions_to_itself")
    assert not app.error and registry.entry(MODEL).fallen == ""
    assert path.with_name("active.json.1").is_file()
