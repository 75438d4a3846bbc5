"""A tiny model is taught from the page: started, watched, ended, registered, ready to draft."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from core.training.finetuning.runs import read_run
from dashboard.services.training_runs import Request, write_request
from tests import tiny_models
from tests.e2e.conftest import Server, settle
from tests.factories import dicom_bytes, film_pixels
from tests.small_corpus import small_corpus

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(600)]

TRAINING_MS = 240_000
STEPS = 6


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("training") / "home"
    tiny_models.save("qwen2_vl", home / "models" / "qwen2-vl-2b")
    small_corpus(home / "corpora" / "small")
    # A model that was taught six steps never comes to an end by itself.
    server = Server(home, "--no-samples", writing_seconds="8")
    server.start()
    yield server
    server.stop()


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_label(label, exact=True).click()
    page.keyboard.type(option)
    page.get_by_role("option", name=option).first.click()
    settle(page)


def test_the_whole_page_follows_a_button_of_one_run(page: Page, server: Server) -> None:
    for name in ("first", "second"):
        folder = server.home / "runs" / name
        folder.mkdir(parents=True)
        asked = Request("Dr. Test", "2026-11-20T09:00:00+00:00", "/m", "/c", "small", 50)
        write_request(folder, asked)
    page.goto(f"{server.url}/training_runs")
    settle(page)
    row = page.locator("div.training tbody tr")
    expect(row).to_have_count(2)
    for left in (1, 0):
        page.get_by_role("button", name="Dismiss").click()
        expect(row).to_have_count(left)
    expect(page.get_by_text("No model was trained here yet")).to_be_visible()


def test_a_run_is_started_watched_and_its_adapter_registered(
    page: Page, server: Server, tmp_path: Path
) -> None:
    page.goto(f"{server.url}/training_runs")
    settle(page)
    expect(page.get_by_text("No model was trained here yet")).to_be_visible()
    page.get_by_role("button", name="Start a run").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Corpus")).to_have_value("small, 8 samples to train on")
    choose(page, "Recipe", "small")
    steps = dialog.get_by_label("Steps", exact=True)
    expect(steps).to_have_value("50")

    # What contradicts is said before anything starts.
    steps.fill("3")
    steps.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("5 warm-up steps are more than the 3")
    expect(dialog.get_by_role("button", name="Start this run")).to_be_disabled()
    steps.fill(str(STEPS))
    steps.press("Enter")
    expect(dialog.get_by_text("of memory are free")).to_be_visible()
    dialog.get_by_role("button", name="Start this run").click()
    expect(dialog).to_have_count(0)

    row = page.locator("div.training tbody tr")
    expect(row).to_contain_text("by Dr. Journey")
    # The page is left alone: it tells the steps by itself.
    expect(row).to_contain_text("running", timeout=TRAINING_MS)
    expect(row).to_contain_text("finished", timeout=TRAINING_MS)
    expect(row).to_contain_text(f"{STEPS} of {STEPS}")
    expect(page.get_by_role("img", name="Loss by step of")).to_be_visible()
    expect(page.get_by_role("cell", name="holds", exact=True)).to_have_count(3)
    (folder,) = (server.home / "runs").iterdir()
    run = read_run(folder)
    assert len(run.history) == STEPS and run.weights_sha256

    page.get_by_role("button", name="Register as a model").click()
    expect(page.get_by_text("it can draft, and be compared")).to_be_visible()
    assert folder.name in _ready(server)
    assert _drafts(server, folder.name, tmp_path)["model"]["name"] == folder.name
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_role("button", name="Register as a model")).to_be_visible()
    assert folder.name not in _ready(server)


def _ready(server: Server) -> set[str]:
    """Models that the server offers as ready."""
    return {each["name"] for each in server.get("/models")["items"] if each["state"] == "ready"}


def _drafts(server: Server, model: str, folder: Path) -> Any:
    """What a model drafts of a film, by the API."""
    film = folder / "film.dcm"
    film.write_bytes(dicom_bytes(film_pixels(256, 224)))
    study = int(server.post_files([film])["studies"][0]["id"])
    server.ask_for_draft(study, model)
    until = time.monotonic() + 180
    while (draft := server.get(f"/studies/{study}/draft?model={model}")).get("job"):
        assert time.monotonic() < until, draft
        time.sleep(0.3)
    return draft
