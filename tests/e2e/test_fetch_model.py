"""A model is fetched on the Models page: progress, a stop, taken up, ready."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.checkpoints import write_checkpoint
from tests.e2e.conftest import Server
from tests.integration.test_fetch_model import OURS
from tests.stub_hub import StubHub, serve

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StubHub]:
    hub = StubHub(write_checkpoint(tmp_path_factory.mktemp("hub") / "published"))
    stub, address = serve(hub)
    os.environ["HF_ENDPOINT"] = address
    yield hub
    del os.environ["HF_ENDPOINT"]
    stub.shutdown()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, hub: StubHub) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("fetch") / "home"
    (home / "models").mkdir(parents=True)
    (home / "models" / "ours.toml").write_text(OURS, encoding="utf-8")
    server = Server(home, "--no-samples")
    server.start()
    yield server
    server.stop()


def test_a_fetch_is_watched_stopped_taken_up_and_ends_ready(
    page: Page, server: Server, hub: StubHub
) -> None:
    page.goto(f"{server.url}/models")
    page.get_by_text("Models that write").click()
    expect(page).to_have_url(re.compile("part=write"))
    row = page.get_by_role("row").filter(has_text="ours")
    expect(row).to_contain_text("needs download")
    page.get_by_role("combobox", name="Fetch a model").click()
    page.get_by_role("option", name="Ours").click()
    assert hub.asked == []

    hub.hold = threading.Event()
    page.get_by_role("button", name="Fetch", exact=True).click()
    expect(page.get_by_text(re.compile(r"ours: \d+ MB of \d+ MB"))).to_be_visible()
    expect(page.get_by_role("progressbar")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    hub.hold.set()
    expect(page.get_by_text("fetching goes on from there")).to_be_visible()

    page.get_by_role("button", name="Fetch", exact=True).click()
    expect(page.get_by_text("every checksum right")).to_be_visible()
    expect(row).to_contain_text("ready")
    expect(row).to_contain_text("0123456789ab")
    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_text("every checksum right")).to_have_count(0)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    assert server.get("/models")["items"][-1]["state"] == "ready"


@pytest.mark.parametrize("width", [1440, 1920])
def test_the_section_is_not_wider_than_the_window(page: Page, server: Server, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{server.url}/models?part=write")
    expect(page.get_by_role("row").filter(has_text="qwen2-vl-2b")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    table = page.locator("div.writers div.measured")
    assert table.evaluate("element => element.scrollWidth - element.clientWidth") <= 0
