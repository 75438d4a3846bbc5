"""What the worklist's table keeps when the page runs again."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.components.study_table.conftest import (
    TableServer,
    expect_opened,
    expect_selected,
    make_rows,
    row,
)

pytestmark = pytest.mark.e2e


def test_a_rerun_keeps_row_focus_and_scroll(
    table: Locator, page: Page, table_server: TableServer
) -> None:
    for _ in range(40):
        page.keyboard.press("ArrowDown")
    scrolled = page.locator(".scroller").evaluate("box => box.scrollTop")
    rows = make_rows()
    rows[40]["draft_state"], rows[40]["finding"] = "failed", ""
    table_server.write([rows[49], *rows[:49]])
    page.keyboard.press("Enter")
    expect_opened(page, 140)
    expect(row(table, 140)).to_contain_text("failed")
    assert table.locator("tr").first.get_attribute("data-study") == "149"
    expect_selected(table, 140)
    expect(row(table, 140)).to_be_focused()
    assert abs(page.locator(".scroller").evaluate("box => box.scrollTop") - scrolled) <= 32


def test_a_rerun_takes_no_focus_from_a_field(
    table: Locator, page: Page, table_server: TableServer
) -> None:
    row(table, 110).locator("td.indication").click()
    table_server.write(make_rows()[5:])
    search = page.get_by_label("Search")
    search.fill("doe")
    search.press("Enter")
    expect(table.locator("tr")).to_have_count(45)
    expect(search).to_be_focused()
    expect_selected(table, 110)


def test_a_study_that_leaves_hands_the_selection_to_its_place(
    table: Locator, page: Page, table_server: TableServer
) -> None:
    row(table, 110).locator("td.indication").click()
    table_server.write([line for line in make_rows() if line["study_id"] != 110])
    page.get_by_role("button", name="Run again").click()
    expect(table.locator("tr")).to_have_count(49)
    expect_selected(table, 111)


def test_who_comes_back_finds_the_study_that_was_left(table: Locator, page: Page) -> None:
    row(table, 110).locator("td.indication").click()
    page.get_by_text("Elsewhere").click()
    expect(table).to_have_count(0)
    page.get_by_text("Elsewhere").click()
    expect_selected(table, 110)
