"""A server that shows the worklist's table in a real browser, and its fifty rows."""

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

ROOT = Path(__file__).parents[4]
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


@pytest.fixture(scope="package")
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
