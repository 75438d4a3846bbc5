"""The Models page in a real browser: every section opens, nothing is asked of another host."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("models") / "home", "--no-samples")
    server.start()
    yield server
    server.stop()


def test_every_section_opens_without_an_error(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/models")
    expect(page.get_by_text("what was measured of them?")).to_be_visible()
    expect(page.get_by_text("overread-embedded-3").first).to_be_visible()
    titles = page.get_by_role("tab").all_inner_texts()
    for title in titles:
        page.get_by_role("tab", name=title, exact=True).click()
        panel = page.get_by_role("tabpanel", name=title, exact=True)
        expect(panel.locator("table, p, svg, canvas").first).to_be_visible()
        expect(page.get_by_test_id("stException")).to_have_count(0)
        expect(page.get_by_test_id("stAlert")).to_have_count(0)


def test_no_section_is_wider_than_the_window(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/models")
    expect(page.get_by_role("tab").first).to_be_visible()
    for title in page.get_by_role("tab").all_inner_texts():
        page.get_by_role("tab", name=title, exact=True).click()
        panel = page.get_by_role("tabpanel", name=title, exact=True)
        expect(panel.locator("table, p, svg, canvas").first).to_be_visible()
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, title
