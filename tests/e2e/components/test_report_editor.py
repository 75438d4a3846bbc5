"""The report editor in a real browser: no typed word is lost, none is replaced."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.e2e

LONG_ENOUGH_FOR_A_DIALOG_MS = 5000
LINE = 21  # height of a line of the editor in pixels


@pytest.fixture
def editor(page: Page, harness: Any) -> Page:
    page.goto(harness.url)
    expect(_area(page, "findings")).to_be_visible(timeout=15_000)
    return page


def test_typing_saves_itself_in_every_section(editor: Page, harness: Any) -> None:
    expect(_state(editor)).to_have_text("nothing typed yet")
    editor.get_by_text("Comparison, technique").click()

    for name in ("indication", "comparison", "technique", "findings", "impression"):
        _area(editor, name).fill(f"{name}: தமிழ்")

    for name in ("indication", "comparison", "technique", "findings", "impression"):
        harness.wait_for_text(name, f"{name}: தமிழ்")
    expect(_state(editor)).to_have_text("saved 2 s ago")


def test_typing_without_a_pause_is_saved_meanwhile(editor: Page, harness: Any) -> None:
    area = _area(editor, "findings")
    area.click()

    editor.keyboard.type("x" * 40, delay=80)

    saves = [save["findings"] for save in harness.read()["saves"]]
    assert saves and all(len(text) < 40 for text in saves)
    harness.wait_for_text("findings", "x" * 40)


@pytest.mark.parametrize("fault", ["stopped", "503"])
def test_a_server_that_is_down_costs_no_word(editor: Page, harness: Any, fault: str) -> None:
    area = _area(editor, "findings")
    area.fill("Before.")
    harness.wait_for_text("findings", "Before.")

    if fault == "stopped":
        harness.stop()
    else:
        harness.change(api="down")
    area.press_sequentially(" During the outage.", delay=20)
    expect(_state(editor)).to_have_text("not saved: the server does not answer, retrying")
    editor.wait_for_timeout(LONG_ENOUGH_FOR_A_DIALOG_MS)
    editor.keyboard.type(" Still typing.")

    if fault == "stopped":
        harness.start()
    else:
        harness.change(api="up")
    harness.wait_for_text("findings", "Before. During the outage. Still typing.", seconds=20)
    expect(area).to_have_value("Before. During the outage. Still typing.")
    expect(_state(editor)).to_contain_text("saved")


def test_a_lost_answer_is_no_conflict(editor: Page, harness: Any) -> None:
    harness.change(api="losing answers")

    _area(editor, "findings").fill("Clear lungs.")

    harness.wait_for_text("findings", "Clear lungs.")
    expect(_state(editor)).to_contain_text("saved")
    expect(editor.locator(".conflict")).to_be_hidden()


@pytest.mark.parametrize(
    ("button", "edited", "kept"),
    [
        ("Keep mine", None, "Mine."),
        ("Take theirs", None, "Theirs."),
        ("Keep mine", "Mine and theirs.", "Mine and theirs."),
    ],
)
def test_a_conflict_shows_both_texts(
    editor: Page, harness: Any, button: str, edited: str | None, kept: str
) -> None:
    sections = harness.read()["sections"]
    harness.change(version=4, sections={**sections, "findings": "Theirs."})
    _area(editor, "findings").fill("Mine.")

    conflict = editor.locator(".conflict")
    expect(conflict.locator("textarea")).to_have_value("Mine.")
    expect(conflict.locator(".text")).to_have_text("Theirs.")
    if edited:
        conflict.locator("textarea").fill(edited)
    conflict.get_by_role("button", name=button).click()

    expect(conflict).to_be_hidden()
    expect(_area(editor, "findings")).to_have_value(kept)
    harness.wait_for_text("findings", kept)


def test_an_arriving_draft_fills_an_untouched_report(
    editor: Page, harness: Any, contents: Any
) -> None:
    _draft_arrives(editor, harness, contents, version=2)

    expect(_area(editor, "findings")).to_have_value(f"{contents.EFFUSION} {contents.OPACITY}")
    expect(editor.locator(".arrived")).to_be_hidden()


def test_an_arriving_draft_never_replaces_typed_text(
    editor: Page, harness: Any, contents: Any
) -> None:
    harness.change(api="down")
    _area(editor, "findings").fill("My own words.")
    expect(_state(editor)).to_contain_text("not saved")
    _draft_arrives(editor, harness, contents, version=1)

    expect(editor.get_by_role("button", name="A draft has arrived")).to_be_visible()
    expect(_area(editor, "findings")).to_have_value("My own words.")

    editor.get_by_role("button", name="A draft has arrived").click()
    expect(editor.locator(".draft")).to_contain_text(contents.OPACITY)
    editor.locator(".draft").get_by_role("button", name="Insert").click()
    expect(_area(editor, "findings")).to_have_value(
        f"My own words.\n{contents.EFFUSION} {contents.OPACITY}"
    )
    editor.keyboard.press("Control+z")
    expect(_area(editor, "findings")).to_have_value("My own words.")


def test_a_report_signed_elsewhere_keeps_the_late_words_to_copy(editor: Page, harness: Any) -> None:
    harness.change(api="signed")

    _area(editor, "findings").fill("Too late.")

    expect(editor.locator(".signed")).to_contain_text("This report has been signed.")
    expect(editor.locator(".signed .own")).to_have_text("Too late.")
    expect(_area(editor, "findings")).to_be_hidden()
    expect(editor.get_by_role("button", name="Approve")).to_be_hidden()


def test_late_words_meet_a_correction_as_a_conflict(editor: Page, harness: Any) -> None:
    harness.change(api="signed")
    _area(editor, "findings").fill("Too late.")
    expect(editor.locator(".signed .own")).to_have_text("Too late.")

    sections = {**harness.read()["sections"], "findings": "As signed."}
    harness.change(api="up", sections=sections, version=9)
    editor.get_by_role("button", name="Run again").click()

    expect(editor.locator(".conflict textarea")).to_have_value("Too late.")
    expect(editor.locator(".conflict .text")).to_have_text("As signed.")


def test_a_refusal_is_told_and_the_next_word_tries_again(editor: Page, harness: Any) -> None:
    harness.change(api="refusing")
    _area(editor, "impression").fill("Long.")
    expect(_state(editor)).to_have_text("not saved: The impression is too long.")

    harness.change(api="up")
    _area(editor, "impression").fill("Short.")
    harness.wait_for_text("impression", "Short.")


def test_a_chosen_finding_marks_its_sentence_and_a_caret_chooses(
    editor: Page, harness: Any, contents: Any
) -> None:
    _draft_arrives(editor, harness, contents, version=2)
    area = _area(editor, "findings")
    expect(area).to_have_value(f"{contents.EFFUSION} {contents.OPACITY}")
    marks = editor.locator(".field.findings mark.chosen")

    editor.locator(".row[data-finding='lung opacity']").click()
    expect(marks).to_have_text([contents.OPACITY])
    expect(editor.locator(".field.findings mark.placeholder")).to_have_text(["[side]"])

    area.focus()
    editor.keyboard.press("Control+Home")
    expect(editor.locator(".row[data-finding='pleural effusion']")).to_have_attribute(
        "aria-selected", "true"
    )
    expect(editor.locator("select.map")).to_have_value("pleural effusion")

    area.press_sequentially("No ")
    area.press("Delete")
    expect(marks).to_have_count(0)


@pytest.mark.parametrize("way", ["click", "key"])
def test_approving_saves_first(editor: Page, harness: Any, way: str) -> None:
    _area(editor, "impression").fill("Normal.")

    if way == "click":
        editor.get_by_role("button", name="Approve").click()
    else:
        editor.keyboard.press("Alt+s")

    expect(editor.get_by_text("sign 2")).to_be_visible()
    assert harness.read()["sections"]["impression"] == "Normal."


def test_going_on_saves_first_and_does_not_sign(editor: Page, harness: Any) -> None:
    _area(editor, "impression").fill("Normal.")

    editor.keyboard.press("Alt+n")

    expect(editor.get_by_text("next", exact=True)).to_be_visible()
    assert harness.read()["sections"]["impression"] == "Normal."


def test_nothing_is_approved_that_is_not_saved(editor: Page, harness: Any) -> None:
    harness.change(api="down")
    _area(editor, "impression").fill("Normal.")

    editor.get_by_role("button", name="Approve").click()

    expect(_state(editor)).to_contain_text("The text is not on the server yet; it stays here.")
    expect(editor.get_by_text("nothing yet")).to_be_visible()


def test_a_pause_after_a_save_is_told_where_asked_for(page: Page, harness: Any) -> None:
    harness.change(tell_saves=True)
    page.goto(harness.url)
    _area(page, "findings").fill("Clear.")

    expect(page.get_by_text("saved 2", exact=True)).to_be_visible()
    expect(_area(page, "findings")).to_have_value("Clear.")


def test_closing_the_page_saves_what_was_just_typed(editor: Page, harness: Any) -> None:
    _area(editor, "findings").fill("Last words.")

    editor.goto("about:blank")

    harness.wait_for_text("findings", "Last words.")


def test_a_signed_report_is_set_as_text(page: Page, harness: Any) -> None:
    sections = {**harness.read()["sections"], "findings": "Clear lungs.", "impression": "Normal."}
    harness.change(read_only=True, sections=sections, version=5)
    page.goto(harness.url)

    expect(page.locator(".signed .text")).to_have_text(["Clear lungs.", "Normal."])
    expect(page.locator(".editor textarea").first).to_be_hidden()
    expect(page.get_by_role("button", name="Approve")).to_be_hidden()
    expect(page.get_by_role("link", name="PDF")).to_have_attribute(
        "href", "/api/v1/studies/7/report.pdf"
    )


def test_nothing_stays_in_the_browsers_storage(editor: Page, harness: Any) -> None:
    _area(editor, "findings").fill("A private sentence.")
    harness.wait_for_text("findings", "A private sentence.")

    stored = editor.evaluate("() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }])")

    assert "private" not in stored


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1920, 1080)])
def test_the_page_needs_no_scrolling(page: Page, harness: Any, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto(harness.url)
    expect(_area(page, "findings")).to_be_visible(timeout=15_000)

    page.wait_for_function(
        """() => {
          const ends = [...document.querySelectorAll("*")]
            .map((one) => one.shadowRoot?.querySelector(".viewer, .editor"))
            .filter(Boolean)
            .map((part) => part.getBoundingClientRect().bottom);
          return ends.length === 2 && ends[0] === ends[1] && ends[0] <= window.innerHeight;
        }"""
    )
    findings = _area(page, "findings").bounding_box()
    assert findings is not None and findings["height"] > 8 * LINE


def _area(page: Page, name: str) -> Locator:
    return page.locator(f".fields textarea[name={name}]")


def _state(page: Page) -> Locator:
    return page.locator(".saved-state")


def _draft_arrives(page: Page, harness: Any, contents: Any, version: int) -> None:
    """A draft comes; the server puts it into the report only where nobody has typed."""
    sections = harness.read()["sections"]
    if version > 1:
        sections = {**sections, "findings": f"{contents.EFFUSION} {contents.OPACITY}"}
    harness.change(sentences=contents.sentences(), sections=sections, version=version)
    page.get_by_role("button", name="Run again").click()
