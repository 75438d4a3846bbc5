"""What is typed in one window of the classroom while something happens in another."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from core.domain.teaching import TeachingSession
from dashboard.services.teaching.answers import MARKS_LIMIT
from dashboard.workspace import Workspace
from tests.e2e.test_classroom_read import classroom, join  # noqa: F401

pytestmark = pytest.mark.e2e


def test_two_windows_of_one_trainee_and_then_of_two(
    context: BrowserContext,
    classroom: tuple[Workspace, TeachingSession],  # noqa: F811
) -> None:
    first = context.new_page()
    join(first, *classroom)
    second = context.new_page()
    second.goto(first.url)
    expect(impression(second)).to_be_visible()
    impression(first).fill("Right effusion.")
    expect(first.locator(".saved-state")).to_have_text("saved")
    second.get_by_role("button", name="nodule: possible").click()
    elsewhere = second.locator(".elsewhere")
    expect(elsewhere).to_contain_text("Changed in another window. The impression there: Right eff")
    expect(commit(second)).to_be_disabled()
    impression(second).fill("A nodule.")
    elsewhere.get_by_role("button", name="Take over").click()
    expect(impression(second)).to_have_value("Right effusion.")
    expect(elsewhere).to_be_hidden()
    impression(second).fill("Right effusion, no nodule.")
    expect(second.locator(".saved-state")).to_have_text("saved")
    # A window that has typed nothing since does not commit what it has not seen.
    commit(first).click()
    expect(first.locator(".elsewhere")).to_contain_text("no nodule")
    first.get_by_role("button", name="Keep this one").click()
    expect(first.locator(".saved-state")).to_have_text("saved")
    first.reload()
    expect(impression(first)).to_have_value("Right effusion.")

    _, session = classroom
    said = {"code": session.code, "nickname": "Ben"}
    origin = first.url.split("/", 3)
    headers = {"origin": "/".join(origin[:3])}
    answer = context.request.post("/".join([*origin[:3], "join"]), data=said, headers=headers)
    assert answer.ok
    impression(first).fill("Words of Kea.")
    expect(first.locator(".saved-state")).to_contain_text("Somebody else joined in this browser")
    first.close()
    second.close()


def test_a_commit_that_nobody_answers_leaves_the_read_open(
    context: BrowserContext,
    classroom: tuple[Workspace, TeachingSession],  # noqa: F811
) -> None:
    page = context.new_page()
    page.add_init_script(SWALLOWED)
    join(page, *classroom)
    impression(page).fill("No finding.")
    page.evaluate("window.swallow = true")
    commit(page).click()
    expect(commit(page)).to_be_disabled()
    expect(commit(page)).to_be_enabled(timeout=15_000)
    impression(page).fill("No finding at all.")
    expect(page.locator(".saved-state")).to_have_text("saved")
    page.evaluate("window.swallow = false")
    page.close()


def test_a_page_stops_at_the_most_marks(
    context: BrowserContext,
    classroom: tuple[Workspace, TeachingSession],  # noqa: F811
) -> None:
    page = context.new_page()
    join(page, *classroom)
    page.locator(".of-mark").select_option("nodule")
    page.evaluate(MANY_MARKS, MARKS_LIMIT + 5)
    expect(page.locator(".placed button")).to_have_count(MARKS_LIMIT)
    expect(page.locator(".open")).to_have_text(
        f"There are {MARKS_LIMIT} marks; take one back to set another."
    )
    expect(page.locator(".saved-state")).to_have_text("saved")
    page.close()


SWALLOWED = """
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (...said) { if (!window.swallow) send.apply(this, said); };
"""
MANY_MARKS = """
(count) => {
  const { film } = window.overread.marks;
  for (let at = 0; at < count; at++) {
    const add = { finding: "nodule", x: at, y: 9, width: 0, height: 0 };
    window.dispatchEvent(new CustomEvent("overread:mark-wish", { detail: { film, add } }));
  }
}
"""


def impression(page: Page) -> Locator:
    return page.get_by_label("Impression")


def commit(page: Page) -> Locator:
    return page.get_by_role("button", name="Commit")
