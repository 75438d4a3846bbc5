"""The Corpus page in a real browser: open it, leaf through samples, filter, take a figure away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.corpus_folder import CAPTIONS, write_small_corpus
from tests.e2e.conftest import Server, settle

pytestmark = pytest.mark.e2e

PARTS = {
    "Dropped": "Records dropped for each reason",
    "Findings": "Share of captions that state each finding as present, by split, with intervals",
    "Together": "Captions that state each two findings together",
    "Caption lengths": "Captions by their number of words, by split",
    "Kinds": "Samples of each kind of instruction, by split",
    "Cleaning": "Captions that each rule of cleaning changed",
    "Licences": "Samples under each licence",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("corpus") / "home"
    write_small_corpus(home / "corpora" / "small")
    server = Server(home, "--no-samples")
    server.start()
    yield server
    server.stop()


def part(page: Page, title: str) -> Locator:
    return page.locator(".st-key-corpus_part").get_by_text(title, exact=True)


def shown(page: Page, number: int) -> None:
    """Wait until this caption stands beside its film, the film is loaded, and keys are heard."""
    expect(page.locator(".pair .answer")).to_have_text(CAPTIONS[number].caption)
    film = page.locator(".pair img")
    expect(film).to_be_visible()
    assert film.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    settle(page)
    page.locator(".st-key-corpus_keys div[hidden]").wait_for(state="attached")
    page.wait_for_timeout(500)


def test_samples_are_leafed_through_and_filtered(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/corpus?corpus=small")
    expect(page.get_by_text("What is the model taught from?")).to_be_visible()
    shown(page, 0)
    page.keyboard.press("ArrowRight")
    shown(page, 1)
    page.get_by_role("button", name="Next").click()
    shown(page, 2)
    page.keyboard.press("ArrowLeft")
    shown(page, 1)
    page.get_by_label("finding stated").click()
    page.get_by_role("option", name="consolidation").click()
    shown(page, 2)
    expect(page.get_by_text("of 5", exact=True)).to_be_visible()


def test_arrows_turn_the_leaf_and_not_the_part_that_has_the_focus(
    page: Page, server: Server
) -> None:
    page.goto(f"{server.url}/corpus")
    part(page, "Dropped").click()
    expect(page.get_by_text("12 of 32 records were dropped.")).to_be_visible()
    part(page, "Sample pairs").click()
    shown(page, 0)
    page.keyboard.press("ArrowRight")
    shown(page, 1)
    assert "part=samples" in page.url
    # Who comes to the parts by the keyboard moves among them.
    page.keyboard.press("Tab")
    page.locator(".st-key-corpus_part [role=radio][aria-checked=true]").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".st-key-corpus_part [role=radio]").nth(1)).to_be_focused()
    shown(page, 1)


def test_every_part_opens_and_its_files_can_be_taken_away(
    page: Page, server: Server, tmp_path: Path
) -> None:
    page.goto(f"{server.url}/corpus")
    shown(page, 0)
    for title in PARTS:
        part(page, title).click()
        expect(page.locator(f'.plot img[alt="{PARTS[title]}"]')).to_be_visible()
        expect(page.locator(".exhibit table")).to_be_visible()
        settle(page)
        expect(page.get_by_test_id("stException")).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    for kind, start in (("PNG", b"\x89PNG"), ("SVG", b"<?xml"), ("CSV", b"licence,samples\r\n")):
        with page.expect_download() as waited:
            page.get_by_role("button", name=f"Export {kind}").click()
        waited.value.save_as(tmp_path / kind)
        assert waited.value.suggested_filename == f"small-licences.{kind.lower()}"
        assert (tmp_path / kind).read_bytes().startswith(start)
