"""The Corpus page on small corpora: whole, absent, damaged, hostile, and in Tamil."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.finding import Certainty, Mention
from core.settings import load_settings
from core.training.corpus.folder import FIGURES, MANIFEST, STAGING, TRAIN
from dashboard.workspace import Workspace
from tests.corpus_folder import CAPTIONS, Words, write_small_corpus
from tests.ui.conftest import words

PARTS = {
    "samples": "Describe accurately what you see in this image.",
    "drops": "12 of 32 records were dropped.",
    "findings": "Wilson",
    "together": "On the diagonal",
    "lengths": "words",
    "kinds": "Which findings does the film show?",
    "cleaning": "the original stays beside each sample",
    "licences": "CC BY-NC 4.0",
}
HOSTILE = "<script>alert(1)</script> [link](javascript:alert(1)) $x$ **bold** & " + "a" * 5_000
Open = Callable[..., AppTest]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_corpus(tmp_path_factory.mktemp("corpora") / "small").folder


@pytest.fixture
def folder(place: Workspace, small: Path) -> Path:
    """The folder of the corpora, with one in it."""
    shutil.copytree(small, place.settings.corpora / "small")
    return place.settings.corpora


@pytest.fixture
def opened(app: AppTest) -> Open:
    def at(part: str | None = None, **address: str) -> AppTest:
        if part is not None:
            app.session_state["corpus_part"] = part
        app.run()
        app.query_params.update(address)
        app.switch_page("../pages/corpus.py")
        return app.run()

    return at


def test_every_part_shows_what_the_import_wrote(opened: Open, folder: Path) -> None:
    app = opened()
    for part, said in PARTS.items():
        app.session_state["corpus_part"] = part
        app.run()
        assert not app.exception and not app.error, part
        assert said in words(app), part


def test_the_head_says_how_large_it_is_and_under_which_licences(opened: Open, folder: Path) -> None:
    said = words(opened())
    for number, label in ((20, "samples"), (10, "patients or figures"), (12, "records dropped")):
        assert f"<b>{number}</b><span>{label}</span>" in said
    assert "training 16 · validation 4" in said
    assert "CC BY 4.0 (10), CC BY-NC 4.0 (10)" in said
    assert "a report of a patient here" in said


def test_a_figure_can_be_taken_away_in_three_formats(opened: Open, folder: Path) -> None:
    app = opened("findings")
    labels = [item.proto.label for item in app.get("download_button")]
    assert labels == ["Export PNG", "Export SVG", "Export CSV"]
    assert "data:image/svg+xml" in words(app)


def test_nothing_imported_is_one_sentence_and_the_command(opened: Open) -> None:
    app = opened()
    assert "No corpus was imported here yet" in words(app)
    assert [code.value for code in app.code] == [
        "python -m core.training corpus import rocov2 PATH"
    ]


def test_damaged_and_unfinished_folders_are_named_and_the_others_go_on(
    opened: Open, folder: Path
) -> None:
    (folder / f"{STAGING}later").mkdir()
    (folder / "broken").mkdir()
    (folder / "broken" / "corpus.json").write_text("{", encoding="utf-8")
    app = opened()
    said = words(app)
    assert "later: its import is not finished" in said
    assert "broken: " in said and "damaged" in said
    assert "<b>20</b><span>samples</span>" in words(app)


def test_a_shard_cut_short_is_a_sentence_and_the_figures_stay(opened: Open, folder: Path) -> None:
    shard = next((folder / "small" / TRAIN).glob("*.arrow"))
    shard.write_bytes(shard.read_bytes()[:700])
    app = opened()
    assert len(app.error) == 1 and "cannot be used" in app.error[0].value
    app.session_state["corpus_part"] = "drops"
    app.run()
    assert not app.error and PARTS["drops"] in words(app)


def test_lines_that_were_no_record_are_told_with_their_reasons(
    opened: Open, place: Workspace
) -> None:
    refused = {"columns": 3, "duplicate_identifier": 1_200, "later_reason": 2, "json": 0}
    write_small_corpus(place.settings.corpora / "small", refused=refused)
    said = words(opened("drops"))
    for each in ("another number of columns 3", "came before 1\u202f200", "later reason 2"):
        assert each in said
    assert "no JSON" not in said


def test_figures_that_somebody_changed_are_not_shown(opened: Open, folder: Path) -> None:
    file = folder / "small" / FIGURES
    file.write_text(file.read_text().replace("20", "90"), encoding="utf-8")
    app = opened()
    assert "was changed since the import" in app.error[0].value.replace("\\", "")
    assert "<b>20</b>" not in words(app)


def test_the_address_names_the_corpus(opened: Open, folder: Path) -> None:
    write_small_corpus(folder / "other", samples=10)
    app = opened(corpus="small")
    assert app.selectbox(key="corpus_chosen").value == "small"
    app.selectbox(key="corpus_chosen").select("other").run()
    assert app.query_params["corpus"] == "other"
    assert "<b>10</b><span>samples</span>" in words(app)


def test_samples_are_found_by_split_kind_and_finding(opened: Open, folder: Path) -> None:
    app = opened()
    app.selectbox(key="corpus_finding").select("cardiomegaly").run()
    assert app.number_input(key="corpus_sample").max == 5
    app.selectbox(key="corpus_split").select("validation").run()
    assert app.number_input(key="corpus_sample").max == 1
    assert "Cardiomegaly with bilateral effusions" in words(app)
    app.selectbox(key="corpus_finding").select("consolidation").run()
    app.selectbox(key="corpus_kind").select("locate").run()
    assert not app.exception


def test_next_and_previous_turn_the_leaves(opened: Open, folder: Path) -> None:
    app = opened()
    assert CAPTIONS[0].caption in words(app)
    assert app.button(key="corpus_back").disabled
    app.button(key="corpus_on").click().run()
    assert CAPTIONS[1].caption in words(app)
    app.button(key="corpus_back").click().run()
    assert CAPTIONS[0].caption in words(app)
    app.number_input(key="corpus_sample").set_value(20).run()
    assert app.button(
        key="corpus_on"
    ).disabled and '<span class="tag" dir="auto">validation' in words(app)


def test_what_was_cleaned_is_marked(opened: Open, folder: Path) -> None:
    said = words(opened())
    assert "<del>" in said and "(Fig. 2)" in said


def test_words_from_outside_stay_words(opened: Open, place: Workspace) -> None:
    hostile = Words(HOSTILE, HOSTILE[:-10], (Mention("mass", Certainty.PRESENT),))
    corpus = place.settings.corpora / "hostile"
    write_small_corpus(corpus, captions=(hostile,), samples=5, licences=(HOSTILE, "=1+1"))
    app = opened()
    for part in ("samples", "licences"):
        app.session_state["corpus_part"] = part
        app.run()
        assert not app.exception and not app.error, part
        assert "<script" not in words(app), part
        assert not [item for item in app.markdown if "javascript" in item.value], part


def test_a_picture_that_is_none_keeps_its_words(opened: Open, place: Workspace) -> None:
    write_small_corpus(place.settings.corpora / "odd", samples=5, image=b"no picture")
    app = opened()
    assert "cannot be shown" in words(app) and CAPTIONS[0].caption in words(app)


def test_the_page_opens_in_tamil(
    opened: Open, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OVERREAD_LANGUAGE", "ta")
    load_settings.cache_clear()
    app = opened()
    for part in ("samples", "drops", "findings"):
        app.session_state["corpus_part"] = part
        app.run()
        assert not app.exception and not app.error, part
    assert "நுரையீரல்" in words(app) or "இதய" in words(app)


def test_samples_whose_group_the_source_does_not_name_are_told(opened: Open, folder: Path) -> None:
    manifest = folder / "small" / MANIFEST
    assert "names no patient or figure" not in words(opened())
    manifest.write_text(manifest.read_text().replace('"ungrouped": 0', '"ungrouped": 7'))
    assert "names no patient or figure of 7 samples" in words(opened())
