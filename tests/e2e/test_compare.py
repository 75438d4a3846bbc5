"""Models side by side, in a browser: from the review, asked for, awaited, compared; and back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server, settle
from tests.factories import dicom_bytes, film_pixels

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(420)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("home"), "--no-samples")
    server.start()
    yield server
    server.stop()


def choose(page: Page, label: str, option: str) -> None:
    """Pick from a list by typing: a long one holds only what is in sight."""
    page.get_by_label(label).first.click()
    page.keyboard.type(option)
    page.get_by_role("option", name=option).first.click()
    settle(page)


def test_models_are_compared_and_the_report_stays_as_it_is(
    page: Page, server: Server, tmp_path: Path
) -> None:
    film = tmp_path / "film.dcm"
    film.write_bytes(dicom_bytes(film_pixels(512, 420)))
    study = int(server.post_files([film])["studies"][0]["id"])
    server.wait_for_draft(study)
    before = server.report(study)

    page.goto(f"{server.url}/review?study={study}")
    settle(page)
    page.get_by_role("link", name="Compare models").click()
    page.wait_for_url(f"**/compare?study={study}")
    settle(page)
    expect(page.get_by_text("DOE, JANE")).to_be_visible()

    # A third model, and the two drafts that are missing.
    choose(page, "Models side by side", "fake-writer")
    page.keyboard.press("Escape")
    heads = page.locator(".head")
    expect(heads).to_have_count(3)
    expect(page.get_by_text("Not asked yet.")).to_have_count(2)
    page.get_by_role("button", name="Ask for 2 drafts").click()
    expect(page.locator(".head progress").first).to_be_visible()
    took = page.locator(".head .took")
    expect(took).to_have_count(3, timeout=120_000)
    expect(took.last).to_have_text(re.compile(r"\d+\.\d s · \d"))
    expect(page.get_by_role("button", name=re.compile("Ask for"))).to_have_count(0)

    # Words that differ are marked by line as well as colour, from whichever text is chosen.
    marked = page.locator(".compared")
    added = marked.locator("ins").first
    assert "underline" in added.evaluate("node => getComputedStyle(node).textDecorationLine")
    removed = marked.locator("del").first
    assert "line-through" in removed.evaluate("node => getComputedStyle(node).textDecorationLine")
    choose(page, "Differences from", "nothing: the texts alone")
    expect(marked.locator("ins, del")).to_have_count(0)
    choose(page, "Differences from", "fake-second")
    expect(heads.nth(1)).to_contain_text("reference")
    expect(marked.locator("ins").first).to_be_visible()

    # Findings where models differ stand first; a sentence of one model lights its own map.
    table = page.locator(".calls table").first
    expect(table.locator("tbody tr").first).to_contain_text("they differ")
    pictures = page.locator("figure img")
    expect(pictures).to_have_count(3)
    plain = pictures.nth(2).get_attribute("src")
    choose(page, "Maps of", "fake-writer: ")
    expect(pictures.nth(2)).not_to_have_attribute("src", plain or "")
    expect(page.locator("figcaption").nth(2)).to_contain_text("model attention, not location")

    # Nothing of it has reached the report, and the address alone shows it all again.
    assert server.report(study) == before
    assert server.get(f"/studies/{study}/draft")["model"]["name"] == "fake-any-film"
    page.goto(f"{server.url}/compare?study={study}")
    settle(page)
    expect(page.locator(".head .took")).to_have_count(3)
    page.get_by_role("link", name="Review").last.click()
    page.wait_for_url(f"**/review?study={study}")


def test_a_text_that_is_being_written_is_stopped_in_its_column(
    page: Page, server: Server, tmp_path: Path
) -> None:
    film = tmp_path / "film.dcm"
    # Many words for the stand-in to repeat: it takes its time for each.
    asked = dicom_bytes(film_pixels(300, 240), PatientID="stop", ReasonForStudy="why " * 300)
    film.write_bytes(asked)
    study = int(server.post_files([film])["studies"][0]["id"])
    server.wait_for_draft(study)
    page.goto(f"{server.url}/compare?study={study}")
    settle(page)
    choose(page, "Models side by side", "fake-writer")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Ask for 2 drafts").click()
    unfinished = page.locator(".unfinished")
    expect(unfinished).to_contain_text("No model answers here.", timeout=60_000)
    page.get_by_role("button", name="Stop", exact=True).last.click()
    expect(page.locator(".head .took")).to_have_count(3, timeout=60_000)
    expect(page.locator(".notes")).to_contain_text("stopped")
    expect(unfinished).to_have_count(0)
    assert server.get(f"/studies/{study}/draft")["model"]["name"] == "fake-any-film"
