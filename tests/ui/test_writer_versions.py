"""Versions of models that write, on the Versions part of the Models page."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.reader import Reader
from core.evaluation.__main__ import main as evaluation
from core.models import versions
from core.models.language.digests import KEPT
from dashboard.services.fetch_model import shelf
from dashboard.workspace import Workspace
from tests.judged_writers import (
    BASE,
    FEW,
    adapter,
    base,
    forgetful,
    judge,
    silent,
    write_texts,
)
from tests.ui.conftest import words
from tests.ui.test_versions import click, opened

ACTIVE, BACK = f"writer_versions_{BASE}_make_active", f"writer_versions_{BASE}_roll_back"


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
    assert "Unless a reader chooses a model, drafts are made by fake" in words(app)


def test_what_was_accepted_is_made_active_and_rolled_back(
    app: AppTest, place: Workspace, first: Path, tmp_path: Path
) -> None:
    judge(place, tmp_path / "evaluation", BASE, "first")
    opened(app)
    assert "Accepted: of every critical finding" in words(app)
    assert "written under: precision bf16, tokens 512" in words(app)
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
        ({"samples": FEW}, "Refused as underpowered: the frozen patients do not exclude"),
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


def test_a_version_whose_model_was_not_read_yet_can_be_made_active(
    app: AppTest, place: Workspace, first: Path, tmp_path: Path
) -> None:
    judge(place, tmp_path / "evaluation", BASE, "first")
    (place.settings.models / BASE / KEPT).unlink()
    opened(app)
    assert "Making it active reads them first" in words(app) and not app.button(key=ACTIVE).disabled
    click(app, ACTIVE)
    assert not app.error and "it is what writes now" in words(app)


def test_the_way_back_of_a_version_is_not_taken_away(
    app: AppTest, place: Workspace, first: Path, tmp_path: Path
) -> None:
    judge(place, tmp_path / "evaluation", BASE, "first")
    click(opened(app), ACTIVE)
    app.query_params["run"] = "first"
    app.switch_page("../pages/training_runs.py").run()
    assert not app.exception
    assert any(
        "without its folder the version before it writes" in each.value for each in app.caption
    )
    assert "training_take_back" not in {each.key for each in app.button}


def test_two_that_say_nothing_are_refused(
    app: AppTest, place: Workspace, first: Path, tmp_path: Path
) -> None:
    models = shelf(place)
    systems = {name: (models.open(name).digest, silent) for name in (BASE, "first")}
    folder = write_texts(tmp_path / "silent", systems)
    asked = ["promotion", "--evaluation", str(folder), "--old", BASE, "--new", "first"]
    assert evaluation(asked) == 1
    opened(app)
    assert "Nothing was shown of what neither version ever finds (" in words(app)
    assert app.button(key=ACTIVE).disabled


def test_a_damaged_state_is_told_and_written_anew(
    app: AppTest, place: Workspace, first: Path
) -> None:
    (place.settings.models / versions.VERSIONS).mkdir(exist_ok=True)
    (place.settings.models / versions.VERSIONS / versions.ACTIVE).write_text("{", encoding="utf-8")
    opened(app)
    assert any("The model itself writes" in each.value for each in app.error)
    assert "That file stands for all models" in words(app)
    click(app, f"writer_versions_{BASE}_to_itself")
    assert not app.error and "back to the model itself" in words(app)
    assert not [each for each in app.button if "Roll back" in each.label]
