"""What the worklist's table shows: odd names, findings, dense rows in any window."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.components.study_table.conftest import LONG, MARKUP, TAMIL, TableServer, row

pytestmark = pytest.mark.e2e


def test_markup_in_a_name_is_shown_as_it_is(table: Locator) -> None:
    name = row(table, 101).locator(".name")
    expect(name).to_have_text(MARKUP)
    expect(name).to_have_attribute("title", MARKUP)
    assert table.locator("img, b").count() == 0


@pytest.mark.parametrize(
    ("study_id", "cell", "text"), [(102, ".name", TAMIL), (103, "td.indication", LONG)]
)
def test_long_text_ends_in_an_ellipsis_and_is_whole_in_the_title(
    table: Locator, study_id: int, cell: str, text: str
) -> None:
    shown = row(table, study_id).locator(cell)
    expect(shown).to_have_text(text)
    expect(shown).to_have_attribute("title", text)
    assert shown.evaluate("cell => cell.scrollWidth > cell.clientWidth")
    assert shown.evaluate("cell => getComputedStyle(cell).textOverflow") == "ellipsis"
    expect(row(table, study_id).locator(".patient-id")).to_be_in_viewport(ratio=1)


@pytest.mark.usefixtures("table")
def test_the_table_ends_with_the_window_on_a_whole_row(page: Page) -> None:
    for height in (900, 770):
        page.set_viewport_size({"width": 1440, "height": height})
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => done()))")
        box = page.locator(".scroller").bounding_box()
        assert box
        assert box["height"] % 32 == 0
        assert height - 12 - 32 < box["y"] + box["height"] <= height - 12


def test_a_finding_stands_with_side_number_and_operating_point(table: Locator) -> None:
    line = row(table, 100)
    expect(line.get_by_role("img", name="present")).to_have_text("●")
    expect(line.locator(".side")).to_have_attribute("title", "left")
    expect(line.locator(".number")).to_have_text("0.81")
    expect(line.locator(".bar")).to_have_attribute("title", "present · operating point 0.55")
    bar, filled, tick = (line.locator(part).bounding_box() for part in (".bar", ".filled", ".tick"))
    assert bar and filled and tick
    assert bar["width"] == pytest.approx(90)
    assert filled["width"] == pytest.approx(0.81 * 90, abs=0.5)
    assert tick["x"] + 1 - bar["x"] == pytest.approx(0.55 * 90, abs=0.5)
    expect(row(table, 101).get_by_role("img", name="uncertain")).to_have_text("◐")
    expect(row(table, 103)).to_contain_text("drafting 40 %")
    expect(row(table, 104).locator(".tag")).to_have_text("phantom")


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1920, 1080)])
def test_rows_are_dense_and_nothing_scrolls_sideways(
    table: Locator, page: Page, width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    scroller = page.locator(".scroller")
    assert scroller.evaluate("box => box.scrollWidth <= box.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    main = page.locator("[data-testid=stMain]")
    assert main.evaluate("box => box.scrollHeight <= box.clientHeight")
    heights = table.locator("tr").evaluate_all("rows => rows.map((row) => row.offsetHeight)")
    assert set(heights) == {32}


@pytest.mark.usefixtures("table")
def test_the_header_stays_while_the_rows_scroll(page: Page) -> None:
    header = page.locator("thead th").nth(1)
    before = header.bounding_box()
    page.locator(".scroller").evaluate("box => box.scrollTo(0, 600)")
    assert header.bounding_box() == before
    expect(header).to_have_text("Patient")


def test_no_study_is_one_sentence(page: Page, table_server: TableServer) -> None:
    table_server.write([])
    page.goto(table_server.url)
    expect(page.get_by_text("No study waits.")).to_be_visible()
    expect(page.locator("table")).to_be_hidden()
