"""Versions of models that write, on the Versions part of the Models page."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.reader import Reader
from core.models import versions
from dashboard.services.fetch_model import shelf
from dashboard.workspace import Workspace
from tests.judged_writers import BASE, FEW, adapter, base, forgetful, judge
from tests.ui.conftest import words
from tests.ui.test_versions import click, opened

ACTIVE, BACK = f"writer_versions_make_active_{BASE}", f"writer_versions_roll_back_{BASE}"


@pytest.fixture
def first(place: Workspace, reader: Reader) -> Path:
    """An adapter on a model whose files were read."""
    base(place)
    folder = adapter(place, "first", reader)
    shelf(place).open("first")
    return folder


def test_without_adapters_the_page_says_how_one_is_made(app: AppTest) -> None:
    opened(app)
    assert "No adapter is registered here yet" in words(app)
    assert any("core.evaluation promotion --evaluation" in each.value for each in app.code)


def test_an_adapter_that_was_not_compared_says_how(app: AppTest, first: Path) -> None:
    opened(app)
    assert "it was not compared with the active version" in words(app)
    assert app.button(key=ACTIVE).disabled
    assert any(f"--models {BASE},first --corpus made" in each.value for each in app.code)
    assert "made: 40 samples" in words(app) and "the model itself" in words(app)
    assert "Where no model is chosen, fake drafts" in words(app)


def test_what_was_accepted_is_made_active_and_rolled_back(
    app: AppTest, place: Workspace, first: Path, tmp_path: Path
) -> None:
    judge(place, tmp_path / "evaluation", BASE, "first")
    opened(app)
    assert "Accepted: of every critical finding" in words(app)
    assert "180 films of 180 frozen patients" in words(app) and "AUROC" not in words(app)
    click(app, ACTIVE)
    shown = words(app)
    assert f"Drafts of {BASE} are written by" in shown and "made active" in shown
    assert shown.count("comparison 1, SHA-256") == 2, "the history names the decision, too"
    assert app.button(key=ACTIVE).disabled and "it is what writes now" in shown
    click(app, BACK)
    assert "rolled back" in words(app)
    assert versions.read_state(place.settings.models).active == {BASE: ""}
    assert not [each for each in app.button if each.key == BACK]


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        ({"samples": FEW}, "Refused as underpowered: too few frozen patients"),
        ({"write": forgetful}, "Refused: it lost on"),
    ],
)
def test_what_was_refused_says_why(
    made: dict[str, object],
    sentence: str,
    app: AppTest,
    place: Workspace,
    first: Path,
    tmp_path: Path,
) -> None:
    judge(place, tmp_path / "evaluation", BASE, "first", **made)  # type: ignore[arg-type]
    opened(app)
    assert sentence in words(app) and app.button(key=ACTIVE).disabled


def test_a_version_that_is_gone_is_told_and_left(
    app: AppTest, place: Workspace, first: Path, tmp_path: Path
) -> None:
    judge(place, tmp_path / "evaluation", BASE, "first")
    click(opened(app), ACTIVE)
    shutil.rmtree(first)
    opened(app)
    assert "first does not write\\: its folder is missing" in app.error[0].value
    assert "The model itself writes" in app.error[0].value and "cannot write" in words(app)
    click(app, BACK)
    assert not app.error


def test_a_damaged_state_is_told_and_written_anew(
    app: AppTest, place: Workspace, first: Path
) -> None:
    (place.settings.models / versions.VERSIONS).mkdir(exist_ok=True)
    (place.settings.models / versions.VERSIONS / versions.ACTIVE).write_text("{", encoding="utf-8")
    opened(app)
    assert any("The model itself writes" in each.value for each in app.error)
    click(app, f"writer_versions_to_itself_{BASE}")
    assert not app.error and "back to the model itself" in words(app)
