"""A blind read by hand in the classroom: keys, boxes, a server that goes away, a narrow window."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from core.domain.reader import Reader
from core.domain.teaching import TeachingSession
from core.settings import load_settings
from dashboard import workspace as workspaces
from dashboard.services.teaching import room, sessions
from dashboard.services.teaching.sessions import SessionWish
from dashboard.workspace import Workspace, prepare
from tests.e2e.conftest import free_port
from tests.teaching_cases import made_case

pytestmark = pytest.mark.e2e

EFFUSION = 'tr[data-finding="pleural effusion"]'


@pytest.fixture
def classroom(
    home: object, monkeypatch: pytest.MonkeyPatch, reader: Reader
) -> Iterator[tuple[Workspace, TeachingSession]]:
    monkeypatch.setenv("OVERREAD_CLASSROOM_PORT", str(free_port()))
    load_settings.cache_clear()
    place = workspaces.workspace()
    prepare(place)
    wish = SessionWish("Batch", "Monday", (made_case(place).id,))
    session = sessions.open_session(place, wish, reader=reader)
    room.open_door(place, reader=reader)
    yield place, session
    room.end_with_server(place)
    place.engine.dispose()


def join(page: Page, place: Workspace, session: TeachingSession) -> None:
    page.goto(room.door(place).addresses[0])
    page.get_by_label("Code").fill("WRONGONE")
    page.get_by_label("Nickname").fill("Kea")
    page.get_by_role("button", name="Join").click()
    expect(page.locator(".refused")).to_contain_text("You cannot join")
    page.get_by_label("Code").fill(session.code.lower())
    page.get_by_role("button", name="Join").click()
    page.get_by_role("button", name="Begin").click()
    page.wait_for_function("performance.getEntriesByName('film-painted').length > 0")


def test_a_read_by_hand(
    context: BrowserContext, classroom: tuple[Workspace, TeachingSession], reader: Reader
) -> None:
    place, session = classroom
    page = context.new_page()
    join(page, place, session)
    commit, marks = page.get_by_role("button", name="Commit"), page.locator(".placed button")
    expect(commit).to_be_disabled()

    page.locator(f"{EFFUSION} td.name").click()
    page.locator(EFFUSION).press("4")
    page.locator(EFFUSION).press("r")
    expect(page.locator(f"{EFFUSION} button[aria-pressed=true]")).to_have_text(["80", "R"])
    frame = page.locator(".frame")
    frame.focus()
    for key in ("k", "ArrowDown", "ArrowLeft", "Enter"):
        page.keyboard.press(key)
    expect(marks).to_have_count(1)
    box = frame.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x - 60, y)
    page.mouse.down()
    page.mouse.move(x - 10, y + 70, steps=3)
    page.mouse.up()
    expect(marks).to_have_text(["1 pleural effusion ✕", "2 pleural effusion ✕"])
    expect(page.locator("svg.marks rect")).to_have_count(1)
    page.keyboard.press("Delete")
    expect(marks).to_have_count(1)
    # A mark of a finding that was not picked asks how certain.
    page.locator(".of-mark").select_option("nodule")
    page.mouse.click(x, y)
    expect(page.locator(".open")).to_have_text("How certain? nodule")
    expect(commit).to_be_disabled()
    page.get_by_role("button", name="nodule: possible").click()
    expect(commit).to_be_enabled()

    # The server goes away while somebody types, and comes back.
    room.close_door(place, reader=reader)
    page.get_by_label("Impression").fill("வலது புறம். Right pleural effusion.")
    expect(page.locator(".saved-state")).to_contain_text("not saved")
    room.open_door(place, reader=reader)
    expect(page.locator(".saved-state")).to_have_text("saved")
    page.reload()
    expect(page.get_by_label("Impression")).to_have_value("வலது புறம். Right pleural effusion.")
    expect(marks).to_have_count(2)

    commit.click()
    expect(page.locator(".reveal tbody tr").first).to_contain_text("seen")
    expect(page.locator("svg.marks polygon")).to_have_count(1)
    page.locator(".reveal tbody tr").first.press("Enter")
    expect(page.locator(".legend .title")).to_contain_text("pleural effusion")
    page.close()


def test_a_narrow_window_shows_film_and_answer_below_each_other(
    context: BrowserContext, classroom: tuple[Workspace, TeachingSession]
) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    join(page, *classroom)
    expect(page.locator(EFFUSION)).to_be_visible()
    film, form = page.locator(".frame").bounding_box(), page.locator(".blind").bounding_box()
    assert film is not None and form is not None
    assert film["y"] + film["height"] <= form["y"] and film["height"] > 250
    assert form["x"] >= 0 and form["x"] + form["width"] <= 390
    page.close()
