"""A fresh machine: samples, the embedded model, and a second start."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server, settle

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(420)]


def test_a_fresh_machine_shows_drafted_phantoms_and_starts_again(
    page: Page, tmp_path: Path
) -> None:
    server = Server(tmp_path / "home", model="overread-embedded-3")
    server.start()
    try:
        studies = server.get("/studies")["items"]
        assert len(studies) == 3 and all(study["phantom"] for study in studies)
        for study in studies:
            draft = server.wait_for_draft(study["id"])
            assert draft["model"]["name"] == "overread-embedded-3" and len(draft["findings"]) >= 8
        page.goto(server.url)
        settle(page)
        expect(page.get_by_text("drafted", exact=True)).to_have_count(3)
        two_views = next(item for item in studies if len(item["projections"]) == 2)
        page.goto(f"{server.url}/review?study={two_views['id']}")
        settle(page)
        expect(page.get_by_text("phantom, no patient")).to_be_visible()
        expect(page.get_by_role("tab", name="LAT")).to_be_visible()
        server.stop()
        started = time.monotonic()
        server.start()
        assert len(server.get("/studies")["items"]) == 3
        assert time.monotonic() - started < 60
    finally:
        server.stop()
