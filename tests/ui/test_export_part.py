"""The export part of the ledger: its marks and its button, through Streamlit's test runner."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from core.domain.reader import Reader
from dashboard.services.consent import give_consent, signed_studies
from dashboard.workspace import Workspace
from tests.integration.conftest import take_in
from tests.integration.test_export_contents import on_the_institutions_basis
from tests.integration.test_export_signed import sign_one
from tests.ui.conftest import words


def part() -> None:
    from dashboard.components.ledger import export_part
    from dashboard.workspace import workspace

    export_part.show(workspace())


def mark() -> None:
    from dashboard.components import consent_mark
    from dashboard.workspace import workspace

    consent_mark.switch(workspace(), 1)


def shown(script: Callable[[], None] = part) -> AppTest:
    app = AppTest.from_function(script, default_timeout=60).run()
    assert not app.exception
    return app


def test_nothing_signed_is_said_in_one_sentence(place: Workspace) -> None:
    assert "No study of a patient is signed yet" in words(shown())


def test_the_table_shows_the_marks_and_buttons_wait_for_a_choice(
    place: Workspace, reader: Reader
) -> None:
    study = sign_one(place, reader)
    app = shown()
    table = app.dataframe[0].value
    assert list(table["may train"]) == ["yes"] and list(table["patient"]) == ["DOE, JANE"]
    assert table["marked by"][0].startswith("Dr. Test, ")
    assert app.button(key="consent_give").disabled
    assert study == signed_studies(place)[0][0].study.id


def test_an_export_is_made_and_told(place: Workspace, reader: Reader) -> None:
    sign_one(place, reader)
    app = shown()
    app.button(key="export_make").click().run()
    assert not app.exception and not app.error
    assert "<b>1</b><span>studies exported" in words(app)
    assert "signed\\-001" in app.caption[-1].value
    assert app.get("download_button")


def test_what_is_left_out_says_why(place: Workspace, reader: Reader) -> None:
    from tests.integration.test_report_life_cycle import write_and_sign

    write_and_sign(place, take_in(place, reader).study_id, reader)
    app = shown()
    app.button(key="export_make").click().run()
    assert "Left out: 1 not marked as allowed to train." in words(app)


def test_one_study_is_marked_by_its_switch(place: Workspace, reader: Reader) -> None:
    study = sign_one(place, reader)
    assert study == 1
    app = shown(mark)
    assert app.checkbox(key="consent_1").value is True
    app.checkbox(key="consent_1").uncheck().run()
    assert signed_studies(place)[0][0].given is False
    give_consent(place, [study], reader=reader)
    assert shown(mark).checkbox(key="consent_1").value is True


def test_what_may_not_train_is_marked_on_the_institutions_basis_as_well(
    place: Workspace, reader: Reader
) -> None:
    sign_one(place, reader)
    on_the_institutions_basis(place)
    app = shown(mark)
    assert app.checkbox(key="consent_1").value is True
    app.checkbox(key="consent_1").uncheck().run()
    app = shown()
    assert list(app.dataframe[0].value["may train"]) == ["withdrawn"]
    assert "but those that are marked as not to train" in words(app)
