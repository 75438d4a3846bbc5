"""A signed study's way to a teaching case: button, form, list; and the form of drills."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.reader import Reader
from core.domain.report import Sections
from core.domain.study import Instance
from core.domain.teaching import Reference
from core.imaging.burned_in import Box, FoundText
from core.imaging.windowing import Pixels
from dashboard.components.teaching import drill_part
from dashboard.services.teaching import case_film, drills
from dashboard.services.teaching.cases import cases
from dashboard.services.teaching.drills import DrillWish
from dashboard.workspace import Workspace
from tests.integration.conftest import take_in
from tests.integration.test_report_life_cycle import write_and_sign
from tests.teaching_cases import drill_case, made_case
from tests.ui.conftest import component, words

Open = Callable[..., AppTest]
TEXT = Sections(indication="Cough.", findings="Pleural effusion on the right.",
                impression="Right pleural effusion. Film of 3 May 2024.")  # fmt: skip
NAME = FoundText((10, 12, 30, 6), "DOE JANE <b>", 0.9, False)
MARKER = FoundText((60, 5, 6, 6), "L", 0.9, True)


@pytest.fixture(autouse=True)
def letters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Text until something is painted over, instead of a reader that takes seconds."""

    def find(pixels: Pixels, *_: object, **__: object) -> tuple[FoundText, ...]:
        return (MARKER,) if pixels.flags.writeable else (MARKER, NAME)

    monkeypatch.setattr(case_film, "find_text", find)
    monkeypatch.setattr(case_film, "masked", _masked)
    case_film._found.clear()


def _masked(place: Workspace, film: Instance, boxes: tuple[Box, ...]) -> Pixels:
    pixels = case_film.pixels_of(place, film).copy()
    pixels.flags.writeable = bool(boxes)
    return pixels


@pytest.fixture
def study(place: Workspace, reader: Reader) -> int:
    number = take_in(place, reader).study_id
    write_and_sign(place, number, reader, TEXT)
    return number


@pytest.fixture
def open_part(app: AppTest) -> Open:
    def open_at(part: str, **query: str) -> AppTest:
        app.run()
        app.query_params["part"] = part
        for name, value in query.items():
            app.query_params[name] = value
        app.switch_page("../pages/teaching.py")
        app.run()
        assert not app.exception
        return app

    return open_at


def field(app: AppTest, kind: str, label: str) -> object:
    return next(item for item in app.get(kind) if item.label == label)


def test_the_form_is_filled_and_says_what_must_go(open_part: Open, study: int) -> None:
    app = open_part("cases", case_of=str(study))
    film = component(app, "case_film")
    assert [box["marker"] for box in film["boxes"]] == [True, False]  # type: ignore[attr-defined]
    assert field(app, "text_area", "History").value == "Cough."  # type: ignore[attr-defined]
    assert field(app, "text_input", "Title").value == "Pleural effusion (right)"  # type: ignore[attr-defined]
    assert "Impression: a date" in words(app)
    assert "Text in the film: 1." in words(app)


def test_a_case_is_refused_until_it_names_nobody_and_is_then_made(
    open_part: Open, study: int, place: Workspace
) -> None:
    app = open_part("cases", case_of=str(study))
    make = next(item for item in app.button if item.label == "Make the case")
    make.click().run()
    assert "still names somebody" in app.error[0].value and cases(place) == ()
    field(app, "text_area", "Impression").set_value("Right effusion.")  # type: ignore[attr-defined]
    next(item for item in app.button if item.label == "Make the case").click().run()
    assert not app.exception and not app.error
    (case,) = cases(place)
    assert case.reference is Reference.SIGNED and not case.scored
    assert case.report.impression == "Right effusion." and case.history == "Cough."
    assert "The teaching case was made" in app.success[0].value
    assert "not scored" in words(app)


def test_a_study_that_cannot_become_a_case_says_why(
    open_part: Open, place: Workspace, reader: Reader
) -> None:
    unsigned = take_in(place, reader).study_id
    app = open_part("cases", case_of=str(unsigned))
    assert "its report is not signed" in app.error[0].value
    app.button(key="case_leave").click().run()
    assert not app.error and "no teaching case yet" in words(app)


def test_a_foreign_number_in_the_address_is_no_study(open_part: Open) -> None:
    assert "no teaching case yet" in words(open_part("cases", case_of="<b>"))
    assert open_part("cases", case_of="77").error


def test_the_list_hides_drills_and_retired_cases_and_takes_them_out(
    open_part: Open, place: Workspace
) -> None:
    case, drill = made_case(place, title="<i>Quokka</i>"), drill_case(place)
    app = open_part("cases")
    assert "&lt;i&gt;Quokka&lt;/i&gt;" in words(app) and "drillword" not in words(app)
    app.checkbox(key="teaching_cases_drills").check().run()
    assert "drillword" in words(app)
    app.button(key=f"case_retire_{drill.id}").click().run()
    assert "drillword" not in words(app)
    app.checkbox(key="teaching_cases_retired").check().run()
    assert "(retired)" in words(app)
    assert [each.id for each in cases(place)] == [case.id]


def test_a_drill_is_made_and_its_ends_are_shown(
    open_part: Open, place: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[DrillWish] = []

    def make(_place: Workspace, wish: DrillWish, progress: drills.Progress, **_: object) -> object:
        asked.append(wish)
        progress(0, 2)
        return [drill_case(place, contrast=0.2), drill_case(place, contrast=0.9, seed=4)]

    monkeypatch.setattr(drill_part.drills, "make_drills", make)
    app = open_part("drills")
    app.selectbox(key="drill_finding").select("mass").run()
    next(item for item in app.button if item.label == "Make the drill").click().run()
    assert not app.exception
    (wish,) = asked
    assert wish.finding == "mass" and wish.size_mm == (31.0, 75.0) and wish.normals == 5
    assert "2 films were made, 0 of them without a lesion" in app.success[0].value


def test_the_review_of_a_signed_study_leads_there(
    app: AppTest, place: Workspace, reader: Reader, study: int
) -> None:
    def links() -> list[str]:
        return [str(item.proto) for item in app.get("page_link")]

    app.run()
    app.query_params["study"] = str(study)
    app.switch_page("../pages/review.py")
    app.run()
    assert not app.exception
    assert any("Make a teaching case" in link for link in links())
