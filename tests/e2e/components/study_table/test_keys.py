"""Keys and clicks in the worklist's table: the selected study and the opened one."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.components.study_table.conftest import expect_opened, expect_selected, row

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize(
    ("keys", "selected"),
    [
        (["ArrowDown"], 101),
        (["ArrowDown", "ArrowDown", "ArrowUp"], 101),
        (["ArrowUp"], 100),
        (["End"], 149),
        (["End", "ArrowDown"], 149),
        (["End", "Home"], 100),
        (["PageDown"], 110),
    ],
)
def test_keys_move_without_a_click(
    table: Locator, page: Page, keys: list[str], selected: int
) -> None:
    expect_selected(table, 100)
    for key in keys:
        page.keyboard.press(key)
    expect_selected(table, selected)
    expect(row(table, selected)).to_be_focused()


def test_the_row_that_the_keys_reach_is_in_sight(table: Locator, page: Page) -> None:
    page.keyboard.press("End")
    assert _inside_the_window(row(table, 149), page)
    for _ in range(40):
        page.keyboard.press("ArrowUp")
    header = page.locator("thead th").nth(1).bounding_box()
    box = row(table, 109).bounding_box()
    assert header and box
    assert box["y"] >= header["y"] + header["height"] - 1


def test_enter_opens_the_selected_study(table: Locator, page: Page) -> None:
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect_opened(page, 102)
    expect_selected(table, 102)


def test_a_click_selects_and_a_double_click_opens(table: Locator, page: Page) -> None:
    row(table, 105).locator("td.indication").click()
    expect_selected(table, 105)
    expect_opened(page)
    row(table, 106).locator("td.indication").dblclick()
    expect_opened(page, 106)


def test_the_name_opens_once_however_often_it_is_pressed(table: Locator, page: Page) -> None:
    table.get_by_role("button", name="Open DOE, JANE 5", exact=True).click()
    expect_opened(page, 105)
    table.get_by_role("button", name="Open DOE, JANE 7", exact=True).dblclick()
    expect_opened(page, 105, 107)
    page.keyboard.press("Enter")
    expect_opened(page, 105, 107, 107)


def test_the_body_is_one_tab_stop(table: Locator, page: Page) -> None:
    page.keyboard.press("ArrowDown")
    assert table.locator('[tabindex="0"]').count() == 1
    page.keyboard.press("Shift+Tab")
    assert not table.evaluate("body => body.contains(body.getRootNode().activeElement)")
    page.keyboard.press("Tab")
    expect(row(table, 101)).to_be_focused()


def _inside_the_window(line: Locator, page: Page) -> bool:
    box = line.bounding_box()
    assert box and page.viewport_size
    return box["y"] >= 0 and box["y"] + box["height"] <= page.viewport_size["height"]
