"""The Ledger in a real browser: every part fits, charts are handed out, filters narrow."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from benchmarks.films import new_place
from benchmarks.many_signatures import fill
from core.models import registry
from tests.e2e.conftest import PATIENCE_MS, Server, settle

pytestmark = pytest.mark.e2e

PARTS = {
    "Corrections": "corrections",
    "Drift": "drift",
    "To learn from": "learn",
    "Export for training": "export",
    "Overview": "overview",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("ledger") / "home"
    place = new_place(home, registry.FAKE)
    fill(place, 120)
    place.engine.dispose()
    server = Server(home, "--no-samples")
    server.start()
    yield server
    server.stop()


def test_every_part_opens_within_the_window(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/ledger")
    # The first look imports what draws and what reads.
    expect(page.locator(".plot img")).to_have_count(2, timeout=3 * PATIENCE_MS)
    for title, part in PARTS.items():
        page.get_by_role("radio", name=title, exact=True).click()
        expect(page).to_have_url(re.compile(f"part={part}"))
        settle(page)
        expect(page.get_by_test_id("stException")).to_have_count(0)
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, title


def test_charts_are_downloaded_and_corrections_are_narrowed(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/ledger?part=overview")
    expect(page.locator(".plot img")).to_have_count(2)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export PNG").first.click()
    assert download.value.path().read_bytes().startswith(b"\x89PNG")
    page.get_by_role("radio", name="Corrections", exact=True).click()
    expect(page.get_by_text("120 signed studies")).to_be_visible()
    page.get_by_text("Read before the draft was seen").click()
    expect(page.get_by_text("13 signed studies")).to_be_visible()
    expect(page.get_by_text("written before the draft was seen").first).to_be_visible()
    page.get_by_role("radio", name="Drift", exact=True).click()
    expect(page.get_by_text("changed their level: pleural effusion")).to_be_visible()
