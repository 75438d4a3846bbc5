"""The Scoreboard, on evaluations of models that never were."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.evaluation.drafts.measured import MEASURED, TEXTS, read_measured, write_measured
from core.models.base import Interval
from core.settings import load_settings
from dashboard.services import scoreboard
from dashboard.workspace import Workspace
from tests.evaluation_folders import (
    MODEL,
    NORMAL,
    OTHER,
    TITLES,
    system,
    write_evaluation,
    write_run,
)
from tests.ui.conftest import words

SECTIONS = {
    "Differences": "small-writer",
    "Words": "no sentence encoder was named",
    "Findings": "pleural effusion",
    "Sides and instructions": "locate",
    "Cost": "peak memory",
    "Texts": "Reference 0",
    "How it was measured": "two cores",
}
Open = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def nothing_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoreboard, "SHIPPED", tmp_path / "shipped")
    scoreboard._shipped_runs.cache_clear()


@pytest.fixture
def open_page(app: AppTest) -> Open:
    def open_at(section: str = "Cost", **address: str) -> AppTest:
        app.session_state["scoreboard_section"] = section
        app.run()
        app.switch_page("../pages/scoreboard.py")
        for name, value in address.items():
            app.query_params[name] = value
        return app.run()

    return open_at


@pytest.fixture
def evaluation(place: Workspace) -> Path:
    folder = place.settings.evaluations / "first"
    write_evaluation(folder)
    write_run(place.settings.runs / "taught")
    return folder


def test_nothing_evaluated_is_one_sentence_and_two_commands(
    place: Workspace, open_page: Open
) -> None:
    app = open_page()
    assert not app.exception and not app.error
    assert "Nothing is evaluated yet." in words(app)
    assert "corpus import" in app.code[0].value and "drafts --models" in app.code[0].value


def test_every_section_shows_what_was_measured(evaluation: Path, open_page: Open) -> None:
    app = open_page()
    assert [tab.label for tab in app.tabs] == list(SECTIONS)
    for section, said in SECTIONS.items():
        app.session_state["scoreboard_section"] = section
        app.run()
        assert not app.exception and not app.error, section
        assert said in words(app), section


def test_the_table_is_read_from_the_run_and_the_evaluation(
    evaluation: Path, open_page: Open
) -> None:
    said = words(open_page())
    for text in ("1.2 M", "30 M", "4.00 %", "5.20 → 1.30", "run taught", "a baseline is not"):
        assert text in said
    assert TITLES[MODEL] in said and "0.37 to 0.47" in said
    assert "has the highest figure for findings: macro F1 0.42" in said
    assert "No significant difference from Drafts from the embedded classifier" in said
    assert "Over nearest neighbour: +0.14" in said


def test_texts_that_failed_are_said_beside_the_name(place: Workspace, open_page: Open) -> None:
    whole = system(MODEL, 0.4)
    failed = replace(whole, figures={**whole.figures, "failed_share": Interval(0.1, 0.0, 0.2, 240)})
    write_evaluation(place.settings.evaluations / "first", (failed,))
    assert "10.00 % of its texts failed" in words(open_page())


def test_a_system_that_may_know_the_films_is_marked(place: Workspace, open_page: Open) -> None:
    write_evaluation(place.settings.evaluations / "first")
    write_run(place.settings.runs / "taught", corpus="ef" * 32)
    said = words(open_page())
    assert "taught on another corpus, which may hold these films" in said
    assert "train split" not in said


def test_an_evaluation_of_the_train_split_says_so_first(place: Workspace, open_page: Open) -> None:
    write_evaluation(place.settings.evaluations / "first", split="train")
    write_run(place.settings.runs / "taught")
    said = words(open_page())
    assert "These films are of the train split" in said
    assert said.index("These films are of the train split") < said.index("has the highest figure")
    assert "taught these films" in said


@pytest.mark.parametrize("source", ["films", "rocov2"])
def test_references_that_nobody_wrote_are_named(
    place: Workspace, open_page: Open, source: str
) -> None:
    write_evaluation(place.settings.evaluations / "first", source=source)
    assert ("Nobody wrote the references" in words(open_page())) == (source == "films")


def test_a_system_by_template_says_so_and_why_a_baseline_has_no_memory(
    place: Workspace, open_page: Open
) -> None:
    template = replace(system(OTHER, 0.4, "fake"), versions={"drafting": "template"})
    held = replace(system(MODEL, 0.5), versions={"memory": "gpu"})
    base = system(NORMAL, 0.1)
    base = replace(base, figures={**base.figures, "peak_memory_bytes": None})
    write_evaluation(place.settings.evaluations / "first", (held, template, base))
    said = words(open_page())
    assert "fake, by template" in said
    assert "on the GPU" in said and "a baseline holds no model" in said
    assert "METEOR, exact words and stems" in said


def test_claims_are_marked_as_claims(evaluation: Path, open_page: Open) -> None:
    said = words(open_page())
    assert said.count("claim, not measured here") == 3
    for text in ("52.4 M", "0.48 %", "15.98 → 3.14", "90 %"):
        assert text in said
    assert "how the accuracy was counted is not said" in said


def test_differences_are_told_in_words_and_counted(evaluation: Path, open_page: Open) -> None:
    app = open_page("Differences")
    said = words(app)
    assert "tells findings better than nearest neighbour: macro F1 +0.14" in said
    assert "differences were looked at" in said and "by chance" in said
    assert said.count("data:image/svg+xml") == 2
    app.selectbox(key="scoreboard_against_first").set_value(MODEL).run()
    said = words(app)
    assert "No significant difference between Drafts from the embedded classifier" in said
    app.selectbox(key="scoreboard_figure_first").set_value("seconds_median").run()
    assert not app.exception
    assert "compared in pairs on the headline figures alone" in words(app)


def test_a_model_level_with_a_baseline_is_not_ahead(place: Workspace, open_page: Open) -> None:
    folder = place.settings.evaluations / "first"
    write_evaluation(folder, (system(MODEL, 0.3), system(NORMAL, 0.3)))
    app = open_page()
    assert "No model tells findings better than a baseline: most frequent" in words(app)
    write_evaluation(folder, (system(MODEL, 0.0), system(NORMAL, 0.0)))
    assert "tells a finding right: macro F1 is 0 for all" in words(app.run())


def test_too_few_groups_to_compare_is_said(evaluation: Path, open_page: Open) -> None:
    measured = read_measured(evaluation)
    reason = {"differences": "the samples are of too few patients or figures to compare systems"}
    write_measured(replace(measured, differences=(), not_measured=reason))
    app = open_page("Differences")
    assert not app.exception
    assert words(app).count("Systems were not compared in pairs: the samples are of too few") == 2


def test_several_evaluations_are_chosen_among_and_linked(place: Workspace, open_page: Open) -> None:
    write_evaluation(place.settings.evaluations / "older", made="2026-11-01T10:00:00+00:00")
    write_evaluation(place.settings.evaluations / "newer", (system(MODEL, 0.9, "Only one"),))
    app = open_page(evaluation="older")
    assert app.selectbox(key="scoreboard_evaluation").value == "older"
    assert "Only one" not in words(app)
    app.selectbox(key="scoreboard_evaluation").set_value("newer").run()
    assert "Only one" in words(app) and "newer" in app.query_params["evaluation"]


def test_a_damaged_evaluation_is_one_sentence_and_the_others_go_on(
    evaluation: Path, place: Workspace, open_page: Open
) -> None:
    broken = place.settings.evaluations / "broken"
    broken.mkdir()
    (broken / MEASURED).write_text('{"schema": 1}', encoding="utf-8")
    app = open_page()
    [warning] = app.warning
    assert "broken" in warning.value and "damaged" in warning.value
    assert TITLES[MODEL] in words(app)


def test_texts_are_shown_escaped(evaluation: Path, open_page: Open) -> None:
    app = open_page("Texts")
    said = words(app)
    assert "&lt;script&gt;" in said and "<script>" not in said
    assert "&lt;b&gt;left" in said
    (evaluation / TEXTS).write_text("nothing\n", encoding="utf-8")
    assert "its file of texts is damaged" in words(app.run())
    (evaluation / TEXTS).unlink()
    app = app.run()
    assert "are not at hand" in words(app) and not app.exception


def test_a_hostile_name_stays_words(place: Workspace, open_page: Open) -> None:
    title = "<img src=x onerror=alert(1)> **$x$**"
    write_evaluation(place.settings.evaluations / "first", (system(MODEL, 0.4, title),))
    app = open_page("Differences")
    assert not app.exception
    assert "<img src=x" not in words(app) and "&lt;img src=x" in words(app)


def test_a_system_without_figures_is_a_line_of_dashes(place: Workspace, open_page: Open) -> None:
    empty = replace(system(OTHER, 0.4), figures={}, findings={})
    write_evaluation(place.settings.evaluations / "first", (system(NORMAL, 0.1), empty))
    app = open_page()
    for section in ("Differences", "Findings", "How it was measured"):
        app.session_state["scoreboard_section"] = section
        app.run()
        assert not app.exception and not app.error, section
    assert "No model tells findings better than a baseline" in words(app)


def test_the_page_speaks_tamil_without_breaking(
    evaluation: Path, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OVERREAD_LANGUAGE", "ta")
    load_settings.cache_clear()
    for section in ("Differences", "Findings"):
        app = open_page(section)
        assert not app.exception and not app.error
