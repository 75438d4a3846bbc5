"""The Scoreboard in a real browser: sections open, a chart is handed out, nothing leaves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server, settle
from tests.evaluation_folders import MODEL, TITLES, write_evaluation, write_run

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("scoreboard") / "home"
    write_evaluation(home / "evaluations" / "first")
    write_evaluation(home / "evaluations" / "older", made="2026-11-01T10:00:00+00:00")
    write_run(home / "runs" / "taught")
    server = Server(home, "--no-samples")
    server.start()
    yield server
    server.stop()


def test_every_section_opens_within_the_window(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/scoreboard?evaluation=older")
    expect(page.get_by_text("by how much?")).to_be_visible()
    expect(page.locator(".scoreboard").get_by_text(TITLES[MODEL])).to_be_visible()
    expect(page.get_by_text("claim, not measured here")).to_have_count(3)
    for title in page.get_by_role("tab").all_inner_texts():
        page.get_by_role("tab", name=title, exact=True).click()
        panel = page.get_by_role("tabpanel", name=title, exact=True)
        expect(panel.locator("table, .texts").first).to_be_visible()
        settle(page)
        expect(page.get_by_test_id("stException")).to_have_count(0)
        expect(page.get_by_test_id("stAlert")).to_have_count(0)
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, title
    assert "evaluation=older" in page.url


def test_a_chart_is_downloaded_and_texts_are_leafed_through(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/scoreboard?evaluation=first")
    expect(page.locator(".plot img").first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export PNG").first.click()
    assert download.value.path().read_bytes().startswith(b"\x89PNG")
    page.get_by_role("tab", name="Texts", exact=True).click()
    expect(page.get_by_text("Reference 0: a *large* effusion <b>left</b>.")).to_be_visible()
    page.get_by_role("button", name="Next page").click()
    expect(page.get_by_text("Reference 1")).to_be_visible()
    expect(page.get_by_text("no text: out_of_memory")).to_be_visible()
