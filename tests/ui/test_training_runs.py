"""The Training runs page: empty, at work, ended in every way, of hostile names, in Tamil."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.settings import load_settings
from dashboard import workspace as workspaces
from dashboard.services.training_runs import Request, training_runs, write_request
from dashboard.workspace import Workspace
from tests.checkpoints import write_checkpoint
from tests.run_folders import PASSED, held, line, write_adapter_of, write_run
from tests.small_corpus import small_corpus
from tests.ui.conftest import words

HOSTILE = "<img src=x onerror=alert(1)> [a](http:b) _x_"


@pytest.fixture
def runs(place: Workspace) -> Path:
    return place.settings.runs


def opened(app: AppTest, **query: str) -> AppTest:
    app.run()
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page("../pages/training_runs.py")
    app.run()
    assert not app.exception
    return app


def table(app: AppTest) -> str:
    """The table of the runs."""
    bodies = [str(item.proto.body) for item in app.get("html")]
    (found,) = [body for body in bodies if "measured training" in body]
    return found


def button(app: AppTest, key: str) -> bool:
    return any(each.key == f"training_{key}" for each in app.button)


def test_an_empty_page_says_what_to_do(app: AppTest) -> None:
    app = opened(app)
    assert "No model was trained here yet" in words(app)
    assert "python -m core.training lora" in words(app)
    assert button(app, "ask_run")


def test_a_run_at_work_has_its_numbers_and_can_be_cancelled(app: AppTest, runs: Path) -> None:
    folder = write_run(runs / "first", "running", step=3, steps=12)
    with held(folder):
        app = opened(app)
        row = table(app)
        for said in ("● running", "3 of 12", "width: 25%", "18.46 M", "0.83 %", "210", "2.1 GB"):
            assert said in row, said
        assert "3.34 → 2.42" in row
        assert "About 1 min remain" in words(app)
        app.button(key="training_cancel").click().run()
        assert (folder / "cancel").exists()
        assert "◐ stops after this step" in table(app)
        assert not button(app, "cancel")


def test_a_run_whose_process_died_is_interrupted_and_can_be_resumed(
    app: AppTest, runs: Path
) -> None:
    write_run(runs / "first", "running", step=3, steps=12)
    app = opened(app)
    assert "△ interrupted" in table(app)
    assert "killed, or the machine went down" in words(app)
    assert button(app, "resume") and not button(app, "cancel")


def test_a_run_that_failed_says_its_sentence_and_the_remedy(app: AppTest, runs: Path) -> None:
    error = {"code": "run_failed", "message": "It ran out of memory.", "remedy": "Take less."}
    write_run(runs / "first", "failed", step=3, steps=12, error=error)
    app = opened(app)
    assert "▲ failed" in table(app)
    assert "It ran out of memory. Take less." in words(app)


def test_a_run_that_never_began_is_told_and_dismissed(app: AppTest, runs: Path) -> None:
    (runs / "first").mkdir(parents=True)
    asked = Request("Dr. Test", "2026-11-20T09:00:00+00:00", "/m/own", "/c/roco", "small", 50, 0, 0)
    write_request(runs / "first", asked)
    app = opened(app)
    assert "▽ did not begin" in table(app) and "by Dr. Test" in table(app)
    assert "log.txt" in words(app)
    app.button(key="training_dismiss").click().run()
    assert not (runs / "first").exists()
    assert "No model was trained here yet" in words(app)


def test_a_finished_run_becomes_a_model_and_is_taken_back(
    app: AppTest, runs: Path, place: Workspace
) -> None:
    base = write_checkpoint(place.settings.models / "qwen2-vl-2b")
    folder = write_run(runs / "first", checks=PASSED, weights_sha256="c" * 64)
    write_adapter_of(folder, base)
    app = opened(app)
    assert "cccccccccccc" in words(app)
    assert words(app).count("holds") >= 3
    app.button(key="training_register").click().run()
    assert not app.error and "can draft, and be compared" in words(app)
    assert (place.settings.models / "first.toml").is_file()
    app.button(key="training_take_back").click().run()
    assert not (place.settings.models / "first.toml").exists()
    assert button(app, "register")


def test_an_adapter_without_its_model_says_so(app: AppTest, runs: Path, tmp_path: Path) -> None:
    folder = write_run(runs / "first", model="somebody")
    write_adapter_of(folder, tmp_path / "elsewhere")
    app = opened(app)
    assert "somebody, is not on the shelf" in app.error[0].value.replace("\\", "")
    assert not button(app, "register")


def test_several_runs_are_compared_and_each_can_be_looked_at(app: AppTest, runs: Path) -> None:
    for number in range(5):
        write_run(runs / f"run-{number}", started=f"2026-11-2{number}T09:00:00+00:00")
    (runs / "damaged").mkdir()
    app = opened(app, run="run-1")
    assert app.selectbox(key="training_run").value == "run-1"
    assert app.multiselect(key="training_curves").value == ["run-4", "run-3", "run-2"]
    rows = table(app)
    assert rows.index("run-4") < rows.index("run-0")
    assert "damaged" in app.warning[0].value
    assert app.query_params["run"] == "run-1"
    app.multiselect(key="training_curves").set_value([]).run()
    assert "Choose runs that have logged a step." in words(app)


def test_a_run_that_logs_its_first_step_comes_into_the_figure(app: AppTest, runs: Path) -> None:
    folder = write_run(runs / "first", "running", step=0, steps=12)
    with held(folder):
        app = opened(app)
        assert app.multiselect(key="training_curves").value == []
        (folder / "history.jsonl").write_text(json.dumps(line(1)) + "\n", encoding="utf-8")
        app.run()
        assert app.multiselect(key="training_curves").value == ["first"]


def test_names_from_outside_stay_text(app: AppTest, runs: Path) -> None:
    write_run(
        runs / HOSTILE.replace("/", "-"),
        "failed",
        model=HOSTILE,
        corpus=HOSTILE,
        recipe={"name": HOSTILE, HOSTILE: HOSTILE},
        error={"code": "x", "message": HOSTILE},
    )
    app = opened(app)
    for body in (str(item.proto.body) for item in app.get("html")):
        assert "<img src=x" not in body
    assert "&lt;img src=x" in table(app)


def test_a_start_needs_a_corpus(app: AppTest) -> None:
    app = opened(app)
    app.button(key="training_ask_run").click().run()
    assert "There is no corpus yet" in words(app)
    assert app.button(key="training_start").disabled


def test_a_second_run_is_refused_before_it_starts(
    app: AppTest, runs: Path, place: Workspace
) -> None:
    write_checkpoint(place.settings.models / "qwen2-vl-2b")
    small_corpus(place.settings.corpora / "small")
    with held(write_run(runs / "first", "running", step=1, steps=9)):
        app = opened(app)
        app.button(key="training_ask_run").click().run()
        assert "another run is under way" in app.error[0].value
        assert app.button(key="training_start").disabled
    app.run()
    assert not app.button(key="training_start").disabled
    app.number_input(key="training_steps").set_value(3).run()
    assert "5 warm\\-up steps are more than the 3" in app.error[0].value
    assert app.button(key="training_start").disabled
    app.selectbox(key="training_recipe").select("original-50").run()
    assert app.number_input(key="training_steps").value == 50
    assert not app.button(key="training_start").disabled


def test_the_page_stands_in_tamil(
    app: AppTest, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_run(runs / "first", checks=PASSED)
    monkeypatch.setenv("OVERREAD_LANGUAGE", "ta")
    load_settings.cache_clear()
    workspaces.workspace.cache_clear()
    assert "first" in table(opened(app))
    assert len(training_runs(workspaces.workspace()).rows) == 1
