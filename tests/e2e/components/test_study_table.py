"""The worklist's table in a real browser: keys, clicks, odd names, reruns."""

from __future__ import annotations

import inspect
import json
import os
import socket
import subprocess
import sys
import textwrap
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[3]
MARKUP = "<img src=x onerror=alert(1)><b>ROE</b>"
TAMIL = "சுப்பிரமணியன் மீனாட்சிசுந்தரம் திருநாவுக்கரசு வேலாயுதம் கந்தசாமி"
LONG = "Productive cough and fever for nine days, weight loss, contact with tuberculosis, smoker"
MADE_UP = [
    ("pleural effusion", "L", 0.81, 0.55, "present"),
    ("lung opacity", "R", 0.42, 0.5, "uncertain"),
    ("cardiomegaly", "", 0.12, 0.4, "absent"),
    ("", "", None, None, ""),
]
STATUSES = [
    ("drafted", "drafted"),
    ("in_progress", "in progress"),
    ("signed", "signed"),
    ("waiting", "waiting"),
]


def table_page() -> None:
    """The page of the harness; its source is written to a script of its own."""
    import json
    import os
    from pathlib import Path

    import streamlit as st

    from dashboard.components import study_table

    st.set_page_config(layout="wide")
    st.html(
        "<style>[data-testid=stHeader]{display:none}"
        "[data-testid=stMainBlockContainer]{padding:12px}"
        "[data-testid=stVerticalBlock]{gap:8px}</style>"
    )
    said = st.session_state.setdefault("said", [])
    with st.container(horizontal=True, height=72, border=False):
        st.button("Run again")
        elsewhere = st.checkbox("Elsewhere")
        st.text_input("Search", key="search")
        st.text(f"opened {said}")
    if elsewhere:
        st.stop()
    rows = json.loads(Path(os.environ["OVERREAD_ROWS"]).read_text(encoding="utf-8"))
    study_table.show(
        [study_table.StudyRow(**row) for row in rows],
        key="worklist",
        empty="No study waits.",
        on_open=said.append,
    )


def make_rows(count: int = 50) -> list[dict[str, Any]]:
    rows = [_row(place) for place in range(count)]
    rows[1]["patient"] = MARKUP
    rows[2]["patient"] = TAMIL
    rows[3]["indication"] = LONG
    rows[3]["draft_state"] = "drafting 40 %"
    rows[4]["phantom"] = True
    return rows


def _row(place: int) -> dict[str, Any]:
    finding, side, value, point, certainty = MADE_UP[place % 4]
    status, word = STATUSES[place % 4]
    return {
        "study_id": 100 + place,
        "patient": f"DOE, JANE {place}",
        "patient_id": f"P{4700 + place}",
        "age_sex": f"{30 + place} F",
        "projections": "PA, LAT",
        "indication": "cough",
        "finding": finding,
        "side": side,
        "value": value,
        "operating_point": point,
        "certainty": certainty,
        "status": status,
        "status_label": word,
        "study_time": "2026-11-20 09:14",
        "age_label": f"{place + 1} min",
        "reader": "Dr A. Reader",
        "phantom": False,
        "draft_state": "queued" if not finding else "",
    }


class TableServer:
    """A Streamlit server that shows the rows of a file."""

    def __init__(self, folder: Path) -> None:
        self.rows = folder / "rows.json"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        script = folder / "table_page.py"
        script.write_text(
            f"{textwrap.dedent(inspect.getsource(table_page))}\n\ntable_page()\n", encoding="utf-8"
        )
        self.write(make_rows())
        self.log = folder / "server.log"
        self.server = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "streamlit",
                "run",
                str(script),
                "--server.port",
                self.url.rsplit(":", 1)[1],
            ],
            cwd=ROOT,
            env={**os.environ, "OVERREAD_ROWS": str(self.rows), "PYTHONPATH": str(ROOT)},
            stdout=self.log.open("wb"),
            stderr=subprocess.STDOUT,
        )
        self._wait_until_healthy()

    def write(self, rows: list[dict[str, Any]]) -> None:
        fresh = self.rows.with_suffix(".fresh")
        fresh.write_text(json.dumps(rows), encoding="utf-8")
        fresh.replace(self.rows)

    def stop(self) -> None:
        self.server.kill()
        self.server.wait()

    def _wait_until_healthy(self) -> None:
        until = time.monotonic() + 40
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1):
                    return
            except OSError:
                time.sleep(0.1)
        raise TimeoutError(self.log.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def table_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TableServer]:
    server = TableServer(tmp_path_factory.mktemp("table"))
    yield server
    server.stop()


@pytest.fixture
def table(table_server: TableServer, page: Page) -> Locator:
    """The open table with its fifty rows."""
    table_server.write(make_rows())
    page.goto(table_server.url)
    body = page.locator("tbody")
    expect(body.locator("tr")).to_have_count(50)
    return body


def row(table: Locator, study_id: int) -> Locator:
    return table.locator(f'tr[data-study="{study_id}"]')


def expect_selected(table: Locator, study_id: int) -> None:
    selected = table.locator('tr[aria-selected="true"]')
    expect(selected).to_have_count(1)
    expect(selected).to_have_attribute("data-study", str(study_id))


def expect_opened(page: Page, *study_ids: int) -> None:
    expect(page.get_by_text(f"opened {list(study_ids)}", exact=True)).to_be_visible()


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


def _inside_the_window(line: Locator, page: Page) -> bool:
    box = line.bounding_box()
    assert box and page.viewport_size
    return box["y"] >= 0 and box["y"] + box["height"] <= page.viewport_size["height"]
