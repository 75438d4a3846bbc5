"""The language of a report on the pages: what the editor is given, what the ledger says."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.errors import DatabaseUnavailableError
from core.domain.reader import Reader
from core.domain.report import Sections
from dashboard.components import review_panels
from dashboard.services.edit_report import choose_language, read_report
from dashboard.workspace import Workspace
from tests.integration.conftest import draft_next, take_in
from tests.integration.test_report_life_cycle import write_and_sign
from tests.ui.conftest import component, words
from tests.ui.test_pages import open_page


@pytest.fixture
def tamil(place: Workspace, reader: Reader) -> int:
    """A drafted study whose report is in Tamil."""
    study_id = take_in(place, reader).study_id
    draft_next(place)
    choose_language(place, study_id, "ta", reader=reader)
    return study_id


def test_the_editor_knows_the_languages_and_its_own(app: AppTest, tamil: int) -> None:
    editor = component(open_page(app, "review", study=str(tamil)), "report_editor")
    assert not app.exception
    assert (editor["language"], editor["translations"]) == ("ta", [])
    assert editor["languages"] == {"en": "English", "ta": "தமிழ்"}
    assert editor["placeholders"] == ["[side]", "[இடது/வலது]"]
    standing = [sentence["text"] for sentence in editor["sentences"]]
    sections = editor["sections"]
    assert standing and all(
        text in sections["findings"] + sections["impression"] for text in standing
    )


def test_a_signed_report_offers_its_translation_and_stands_in_the_ledger(
    app: AppTest, place: Workspace, reader: Reader, tamil: int
) -> None:
    text = read_report(place, tamil).sections
    filled = {name: part.replace("[இடது/வலது]", "இடது") for name, part in text.as_dict().items()}
    write_and_sign(place, tamil, reader, Sections(**filled))
    editor = component(open_page(app, "review", study=str(tamil)), "report_editor")
    [translation] = editor["translations"]
    assert translation["language"] == "English"
    assert translation["url"].endswith(f"/studies/{tamil}/report.pdf?translation=en")
    open_page(app, "ledger", part="corrections")
    assert not app.exception and '<span class="tag">தமிழ்</span>' in words(app)


def test_a_choice_that_cannot_be_kept_is_said(
    app: AppTest, tamil: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_page(app, "review", study=str(tamil))
    app.session_state[review_panels._LANGUAGE_ERROR] = DatabaseUnavailableError()
    app.run()
    assert "database" in app.error[0].value
