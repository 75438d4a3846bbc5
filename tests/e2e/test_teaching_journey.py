"""A teacher in the dashboard and two trainees in the classroom, at once, in three browsers."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from dashboard.workspace import Workspace
from tests.e2e.conftest import Server, settle
from tests.e2e.teaching_room import (
    EFFUSION,
    NAME_IN_PIXELS,
    Seat,
    beside,
    classroom_url,
    open_part,
    room_server,
    signed_sample,
)
from tests.teaching_cases import made_case, normal_case

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(420)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = room_server(tmp_path_factory.mktemp("teaching"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def place(server: Server) -> Iterator[Workspace]:
    """The server's own home, to lay made cases into it."""
    place = beside(server)
    yield place
    place.engine.dispose()


@pytest.fixture
def seats(context: BrowserContext, server: Server) -> Iterator[tuple[Seat, Seat]]:
    """Two trainees; one writes Tamil."""
    seats = tuple(Seat(context, classroom_url(server), name) for name in ("நிலா", "kavi"))
    yield seats[0], seats[1]
    for seat in seats:
        seat.leave()


def let_in(page: Page, server: Server) -> None:
    """The switch on the Sessions part; the door may be open from before."""
    open_part(page, server, "sessions")
    if not page.get_by_role("switch", name="Let trainees in").is_checked():
        page.get_by_text("Let trainees in").click()
    expect(page.get_by_text("It shows the teaching pages and nothing else.")).to_be_visible(
        timeout=60_000
    )


def new_session(page: Page, title: str, cohort: str, *cases: str, in_step: bool) -> str:
    """Open a session of the named cases; its code."""
    page.get_by_role("button", name="New session").click()
    box = page.get_by_role("combobox", name="Cohort")
    box.click()
    box.fill(cohort)
    box.press("Enter")
    page.get_by_label("Title", exact=True).fill(title)
    page.get_by_label("Title", exact=True).press("Tab")
    settle(page)
    for case in cases:
        row(page, case).click()
        settle(page)
    if in_step:
        page.get_by_text("in step with the teacher").click()
        settle(page)
    page.get_by_role("button", name="Open the session").click()
    code = page.locator(".join .code b")
    expect(code).to_be_visible()
    return code.inner_text()


def row(page: Page, title: str) -> Locator:
    return page.locator(".st-key-session_cases label").filter(has_text=title).first


def of_committed(page: Page, words: str) -> None:
    expect(page.locator(".committed")).to_have_text(words)


def test_a_signed_study_is_taught_in_step(
    page: Page, server: Server, place: Workspace, seats: tuple[Seat, Seat], tmp_path: Path
) -> None:
    normal_case(place)
    study = signed_sample(server, tmp_path)
    make_case_of(page, server, study, "Effusion of the sample")

    let_in(page, server)
    cases = ("Effusion of the sample", "Quokka normalword")
    code = new_session(page, "Monday", "Batch 7", *cases, in_step=True)
    for seat in seats:
        seat.join(code)
    nila, kavi = seats
    expect(page.get_by_text("2 joined")).to_be_visible()

    ill_first = _ill_is_on_show(page)
    if not ill_first:
        _both_read_the_normal(page, seats)
        page.get_by_role("button", name="Next").click()
        for seat in seats:
            seat.expect_film()
    nila.read("Right pleural effusion.", finding=EFFUSION)
    expect(nila.page.get_by_text("The teacher opens the answer.")).to_be_visible()
    of_committed(page, "1 of 2 committed")
    expect(page.get_by_text("Answers are shown from 5 committed reads on.")).to_be_visible()
    kavi.read("No acute abnormality.")
    of_committed(page, "2 of 2 committed")
    page.get_by_role("button", name="Open the answer").click()
    answers = page.locator("table.answers tbody tr")
    expect(answers.filter(has_text=EFFUSION)).to_have_count(1)
    answers = answers.filter(has_text=EFFUSION)
    expect(answers).to_contain_text("1 of 2")
    expect(answers).to_contain_text("right 1")
    assert "நிலா" not in page.locator("table.answers").inner_text()
    expect(page.get_by_text("present: right")).to_be_visible()
    nila.expect_answer("what was drawn into the phantom", "Effusion of the sample")
    kavi.expect_answer("Effusion of the sample")
    expect(kavi.page.locator(f'tr[data-finding="{EFFUSION}"]')).to_contain_text("missed")
    if ill_first:
        page.get_by_role("button", name="Next").click()
        for seat in seats:
            seat.expect_film()
        _both_read_the_normal(page, seats)

    _the_session_is_a_table(page, nickname="நிலா")
    open_part(page, server, "progress")
    expect(page.locator("table.plain tbody tr").first).to_contain_text("202")
    expect(page.locator(".stVegaLiteChart").first).to_be_visible()
    page.get_by_text("Generated films", exact=True).click()
    settle(page)
    expect(page.locator("table.plain tbody tr").first).to_contain_text("202")


def make_case_of(page: Page, server: Server, study: int, title: str) -> None:
    """One click on the signed study; what stands in its pixels is seen and painted over."""
    page.goto(f"{server.url}/review?study={study}")
    settle(page)
    page.get_by_role("link", name="Make a teaching case").click()
    expect(page.get_by_text(re.compile(NAME_IN_PIXELS.split()[0])).first).to_be_visible(
        timeout=60_000
    )
    page.get_by_role("textbox", name="Title").fill(title)
    page.get_by_text("I looked at the film").click()
    page.get_by_role("button", name="Make the case").click()
    expect(page.get_by_text(title).first).to_be_visible(timeout=60_000)


def _ill_is_on_show(page: Page) -> bool:
    """What the teacher alone may ask before the commit."""
    page.get_by_text("Show the reference here").click()
    reference = page.locator(".definitions.reference")
    expect(reference).to_be_visible()
    ill = "Effusion of the sample" in reference.inner_text()
    page.get_by_text("Show the reference here").click()
    expect(reference).to_have_count(0)
    return ill


def _both_read_the_normal(page: Page, seats: tuple[Seat, Seat]) -> None:
    for seat in seats:
        seat.read("No acute abnormality.")
    of_committed(page, "2 of 2 committed")
    page.get_by_role("button", name="Open the answer").click()
    expect(page.get_by_text("Nobody picked a finding.")).to_be_visible()
    for seat in seats:
        seat.expect_answer("Quokka normalword")


def _the_session_is_a_table(page: Page, *, nickname: str) -> None:
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Export CSV").click()
    text = waiting.value.path().read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 4 and nickname in text
    assert "Dr. Journey" not in text and "DOE" not in text


def test_a_session_at_ones_own_pace_goes_on_by_itself(
    page: Page, server: Server, place: Workspace, seats: tuple[Seat, Seat]
) -> None:
    made_case(place, title="First by oneself", seed=31)
    made_case(place, title="Second by oneself", seed=32)
    let_in(page, server)
    code = new_session(page, "By oneself", "Batch 8", "First by", "Second by", in_step=False)
    kavi = seats[1]
    kavi.join(code)
    kavi.read("Right pleural effusion.", finding=EFFUSION)
    kavi.expect_answer("Numbat learningword")
    kavi.page.evaluate("performance.clearMarks()")
    kavi.page.get_by_role("button", name="Next").click()
    kavi.expect_film()
    kavi.read("No acute abnormality.")
    kavi.expect_answer("Numbat learningword")
    expect(page.locator(".members li")).to_have_text("kavi")
    page.get_by_role("button", name="Close the session").click()
    page.get_by_role("button", name="Close for good").click()
    expect(page.get_by_text("This session is closed.")).to_be_visible()
    expect(page.locator(".members li")).to_contain_text("2 of 2")


def test_a_drill_is_made_and_read(page: Page, server: Server) -> None:
    open_part(page, server, "drills")
    films = page.get_by_role("slider", name="Films")
    films.focus()
    films.press("Home")
    page.get_by_role("button", name="Make the drill").click()
    expect(page.get_by_text("2 films were made")).to_be_visible(timeout=120_000)
    open_part(page, server, "practise")
    page.get_by_role("button", name="Read a drill").click()
    expect(page.get_by_text("generated film").first).to_be_visible()
    expect(page.locator("tr[data-finding]").first).to_be_visible()
    page.get_by_label("Impression").fill("No acute abnormality.")
    page.get_by_role("button", name="Commit").click()
    expect(page.locator(".reveal tbody tr").first).to_be_visible()
    page.get_by_role("button", name="Leave").click()
    left = page.locator(".figures div").filter(has_text="drills not read yet").locator("b")
    expect(left).to_have_text("1")
