"""The Models page, section by section, on figures of a model that never was."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.models import registry
from core.settings import load_settings
from dashboard.components.models import gate
from tests.ui.conftest import words
from tests.ui.figures_file import (
    gate_document,
    measured_document,
    write_films,
    write_model,
)

SECTIONS = {
    "Findings": "had it, of the films called",
    "Sources": "vqarad",
    "Baselines": "The model beats 3 of 4 comparisons",
    "Calibration": "expected calibration error",
    "Location": "beats the mean box",
    "Drawn lesions": "None of this is a clinical figure",
    "Shortcuts": "With corners and writing masked",
    "Failures": "the label contradicts",
    "Film check": "letter &lt;scan&gt;",
    "Card": "Model card: overread-made-up",
}
KEY = f"models_{registry.EMBEDDED}"
Show = Callable[..., AppTest]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return measured_document()


@pytest.fixture
def show(app: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Show:
    """Open the page on a weights folder with these figures, at one section."""
    folder = tmp_path / "embedded"
    check = tmp_path / "film_check"
    check.mkdir()
    (check / "measured.json").write_text(json.dumps(gate_document()), encoding="utf-8")
    monkeypatch.setattr(gate, "FILM_CHECK_FOLDER", check)
    source = replace(registry.SOURCES[0], folder=folder)
    monkeypatch.setattr(registry, "entries", lambda: (registry._entry(source),))

    def open_at(figures: dict[str, Any], section: str | None = None) -> AppTest:
        write_model(folder, figures)
        if section is not None:
            app.session_state[KEY] = section
        app.run()
        app.switch_page("../pages/models.py")
        return app.run()

    return open_at


def test_every_section_shows_what_was_measured(show: Show, document: dict[str, Any]) -> None:
    app = show(document)
    assert [tab.label for tab in app.tabs] == list(SECTIONS)
    for section, said in SECTIONS.items():
        app.session_state[KEY] = section
        app.run()
        assert not app.exception and not app.error, section
        assert said in words(app), section


def test_the_head_says_what_the_model_is_and_what_it_is_not_for(
    show: Show, document: dict[str, Any]
) -> None:
    said = words(show(document))
    for text in ("Apache-2.0", "abababababab", "4.7 million parameters", "**Not for triage.**"):
        assert text in said
    assert f"<b>{document['mean_nih_auroc']['value']:.2f}</b>" in said


def test_a_baseline_of_the_run_before_is_said_to_be_one(
    show: Show, document: dict[str, Any]
) -> None:
    def said(figures: dict[str, Any]) -> bool:
        captions = [caption.value for caption in show(figures, "Baselines").caption]
        return any("its readout was not fitted anew" in words for words in captions)

    assert not said(document)
    assert said({**document, "went_on_from": {"weights_sha256": "ab" * 32}})


def test_a_section_that_was_not_measured_is_not_there(show: Show, document: dict[str, Any]) -> None:
    absent = ("baselines", "shortcuts", "drawn", "worst", "cross_validation")
    app = show({key: part for key, part in document.items() if key not in absent})
    assert not app.exception and not app.error
    titles = [tab.label for tab in app.tabs]
    assert titles == ["Findings", "Sources", "Calibration", "Location", "Film check", "Card"]


def test_a_file_of_another_schema_is_said_in_a_sentence(show: Show) -> None:
    app = show({"schema": 1, "name": "overread-made-up"})
    assert not app.exception and not app.error
    assert "its figures file has another schema" in words(app)


def test_failures_are_pictures_only_where_the_films_are(
    show: Show, document: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = words(show(document, "Failures"))
    assert "OVERREAD_FILMS" in said and "data:image/jpeg" not in said
    assert document["worst"][0]["image"] in said
    monkeypatch.setenv("OVERREAD_FILMS", str(write_films(tmp_path / "films", document)))
    load_settings.cache_clear()
    said = words(show(document, "Failures"))
    assert said.count("data:image/jpeg") == len(document["worst"])
    assert "operating point 0." in said
    assert said.count("data:image/jpeg") and "film not at hand" not in said


def test_boxed_films_stand_below_the_figures_of_location(
    show: Show, document: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OVERREAD_FILMS", str(write_films(tmp_path / "films", document)))
    load_settings.cache_clear()
    assert "left:10.0%" in words(show(document, "Location"))
