"""The findings panel in a real browser: reading, choosing, folding."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.e2e

LISTEN = """
  () => {
    window.chosen = [];
    window.addEventListener("overread:choose", (e) => window.chosen.push(e.detail.finding));
  }
"""


@pytest.fixture
def panel(page: Page, harness: Any) -> Page:
    page.goto(harness.url)
    expect(page.locator(".panel > .rows .row")).to_have_count(3)
    page.evaluate(LISTEN)
    return page


def test_a_row_reads_shape_name_side_number_and_word(panel: Page) -> None:
    rows = panel.locator(".panel > .rows .row")
    tick = rows.nth(0).locator(".tick").bounding_box()
    bar = rows.nth(0).locator(".bar").bounding_box()

    expect(rows).to_have_text(
        [
            "● pleural effusion L 0.81 ≥ 0.50 present",
            "◐ lung opacity R score 0.42 < 0.50 uncertain",
            "◐ cardiomegaly 0.38 < 0.50 uncertain",
        ],
        use_inner_text=True,
    )
    assert tick is not None and bar is not None
    assert tick["x"] + tick["width"] / 2 == pytest.approx(bar["x"] + bar["width"] / 2, abs=1)


def test_a_number_stands_beside_its_operating_point_and_says_what_it_was_measured_on(
    panel: Page,
) -> None:
    row = panel.locator(".row[data-finding='lung opacity']")
    told = "operating point 0.50: from here on called present"
    expect(row.locator(".point")).to_have_attribute("title", told)
    expect(row.locator(".bar")).to_have_attribute("title", told)
    measured = "Measured on 1,204 films, 96 of them positive."
    expect(row).to_have_attribute("aria-description", measured)
    number, point = (row.locator(part).bounding_box() for part in (".number", ".point"))
    assert number is not None and point is not None
    assert 0 <= point["x"] - (number["x"] + number["width"]) < 8


def test_a_longer_word_of_another_language_does_not_run_into_the_point(panel: Page) -> None:
    row = panel.locator(".row[data-finding='lung opacity']")
    bars = [one.bounding_box() for one in panel.locator(".panel > .rows .bar").all()]
    row.locator(".number small").evaluate("word => { word.textContent = 'மதிப்பெண்'; }")
    ends = row.locator(".number").evaluate(
        "cell => { const all = document.createRange(); all.selectNodeContents(cell);"
        " return all.getBoundingClientRect().right; }"
    )
    point = row.locator(".point").bounding_box()
    assert point is not None and ends <= point["x"] + 1
    # The columns to its right stay where they are.
    assert [one.bounding_box() for one in panel.locator(".panel > .rows .bar").all()] == bars


def test_a_number_just_below_its_point_does_not_read_as_equal(page: Page, harness: Any) -> None:
    row = {**harness.read()["rows"][0], "certainty": "uncertain", "value": 0.4981}
    at = {**row, "name": "mass", "label": "mass", "value": 0.5}
    near = {**row, "name": "nodule", "label": "nodule", "value": 0.49996}
    harness.change(rows=[row, at, near])
    page.goto(harness.url)
    expect(page.locator(".panel .number")).to_have_text(["0.498", "0.50", "0.49996"])
    expect(page.locator(".panel .point")).to_have_text(["< 0.500", "≥ 0.50", "< 0.50000"])


def test_what_a_text_alone_states_shows_no_number(page: Page, harness: Any) -> None:
    scored = harness.read()["rows"][0]
    stated = {**scored, "name": "mass", "label": "mass", "value": None, "operating_point": None}
    harness.change(rows=[scored, stated])
    page.goto(harness.url)
    rows = page.locator(".panel > .rows .row")
    expect(rows.nth(1)).to_have_text("● mass L present", use_inner_text=True)
    expect(rows.nth(1).locator(".bar")).to_have_count(0)
    above, below = (rows.nth(n).locator(".certainty").bounding_box() for n in (0, 1))
    assert above is not None and below is not None and above["x"] == below["x"]


def test_no_word_of_a_row_is_cut_off(panel: Page) -> None:
    cut = panel.locator(".panel > .rows .row").evaluate_all(
        "rows => rows.flatMap(row => [...row.children])"
        ".filter(cell => cell.scrollWidth > cell.clientWidth + 1).map(cell => cell.className)"
    )
    assert cut == []


def test_absent_findings_are_folded_and_the_strip_is_not(panel: Page) -> None:
    expect(panel.get_by_text("pneumothorax")).to_be_hidden()
    expect(panel.get_by_text("not assessed: lines and tubes, free air")).to_be_visible()

    panel.get_by_text("+ 1 absent").click()

    expect(panel.get_by_text("pneumothorax")).to_be_visible()


def test_at_most_eight_rows_are_open(page: Page, harness: Any) -> None:
    row = harness.read()["rows"][0]
    harness.change(
        rows=[{**row, "name": f"finding {i}", "label": f"finding {i}"} for i in range(10)]
    )
    page.goto(harness.url)

    expect(page.locator(".panel > .rows .row")).to_have_count(8)
    expect(page.get_by_text("+ 2 more")).to_be_visible()


def test_choosing_again_clears(panel: Page) -> None:
    row = panel.locator(".row[data-finding='pleural effusion']")
    row.click()
    expect(row).to_have_attribute("aria-selected", "true")
    expect(panel.locator("select.map")).to_have_value("pleural effusion")
    row.click()
    expect(row).to_have_attribute("aria-selected", "false")
    expect(panel.locator("select.map")).to_have_value("")
    assert panel.evaluate("window.chosen") == ["pleural effusion", None]


def test_the_keyboard_chooses(panel: Page) -> None:
    panel.locator(".row[data-finding='pleural effusion']").focus()

    for key in ("Enter", "ArrowDown", "ArrowDown", "ArrowUp", "Space"):
        panel.keyboard.press(key)

    assert panel.evaluate("window.chosen") == [
        "pleural effusion", "lung opacity", "cardiomegaly", "lung opacity", None,
    ]  # fmt: skip


def test_pointing_previews_the_map_and_explains_the_number(panel: Page) -> None:
    panel.locator(".row[data-finding='lung opacity']").hover()

    expect(panel.locator(".hint")).to_have_text("Measured on 1,204 films, 96 of them positive.")
    expect(panel.locator(".legend")).to_contain_text("lung opacity")
    panel.mouse.move(5, 5)
    expect(panel.locator(".legend")).to_be_hidden()
    assert panel.evaluate("window.chosen") == []


def test_a_state_stands_where_the_rows_will_be(page: Page, harness: Any) -> None:
    harness.change(rows=[], state="The draft is being made.")
    page.goto(harness.url)
    expect(page.get_by_text("The draft is being made.")).to_be_visible()

    harness.change(rows=harness.read()["rows"], state="")
    expect(page.locator(".absent")).to_be_hidden()
