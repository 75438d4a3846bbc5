"""The models that could make another draft, in the menu of the review and on Compare."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.reader import Reader
from core.models import registry
from core.models.language.precision import Memory
from dashboard.services import writers
from dashboard.services.writer_versions import make_active
from dashboard.workspace import Workspace
from tests.integration.conftest import draft_next, take_in
from tests.judged_writers import BASE, FEW, adapter, base, judge
from tests.ui.test_pages import open_page


@pytest.fixture
def study(place: Workspace, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> int:
    """A study with a draft, beside a model that writes with three adapters, none judged."""
    monkeypatch.setattr(writers, "memory_at_hand", lambda: Memory(64 * 10**9))
    base(place)
    for name in ("first", "second", "third"):
        adapter(place, name, reader)
    study_id = take_in(place, reader).study_id
    draft_next(place)
    return study_id


def offered(app: AppTest, study: int) -> list[str]:
    """What the menu lists."""
    open_page(app, "review", study=str(study))
    assert not app.exception
    return next(
        [each.replace("\\", "") for each in menu.proto.options] for menu in app.get("menu_button")
    )


def test_the_menu_says_what_was_decided_of_an_adapter_and_which_one_is_active(
    app: AppTest, place: Workspace, reader: Reader, study: int, tmp_path: Path
) -> None:
    assert judge(place, tmp_path / "first", BASE, "first") == 0
    assert judge(place, tmp_path / "second", "first", "second", samples=FEW) == 1
    make_active(place, "first", reader=reader)
    names = offered(app, study)
    assert f"{BASE} (version first)" in names and "first" in names
    assert "second (refused)" in names
    assert "third (not judged)" in names and place.settings.model not in names
    open_page(app, "compare", study=str(study))
    [choice] = app.multiselect
    assert any("(version first)" in each for each in choice.options)
    assert any("(refused)" in each for each in choice.options)


def test_the_name_of_a_draft_that_would_be_another_now_is_offered_again(
    app: AppTest, place: Workspace, study: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = registry.entry
    monkeypatch.setattr(registry, "entry", lambda name: replace(entry(name), digest="b" * 64))
    assert place.settings.model in offered(app, study)


def test_without_a_model_that_writes_a_button_asks_again(
    app: AppTest, place: Workspace, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.components.draft_request.ready_writers", lambda _place: ())
    study = take_in(place, reader).study_id
    draft_next(place)
    open_page(app, "review", study=str(study))
    assert not [each for each in app.button if each.label == "Draft again"]
    entry = registry.entry
    monkeypatch.setattr(registry, "entry", lambda name: replace(entry(name), digest="b" * 64))
    open_page(app, "review", study=str(study))
    next(each for each in app.button if each.label == "Draft again").click().run()
    assert not app.exception
    with place.look() as look:
        job = look.jobs.latest(study)
    assert job is not None and job.state.open
