"""Drafts that a model writes, in a real browser: agreed to, streamed, stopped, edited, signed."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import tiny_models
from tests.e2e.conftest import Server, settle
from tests.e2e.test_journey import film_picture, open_study, wait_for_text
from tests.factories import dicom_bytes, film_pixels
from tests.model_server import Answer, ModelServer, model_server

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(420)]

ENTRY = """
[[model]]
name = "tiny"
title = "Tiny Qwen2-VL"
kind = "chat"
folder = "tiny"
prompt = "report.txt"
stored = "fp32"
"""
FIRST = "FINDINGS: There is a left pleural effusion. "


def slowly(answer: Answer) -> None:
    """A report whose second sentence takes its time, as a model on a CPU does."""
    answer.open()
    for word in FIRST.split(" "):
        answer.piece(f"{word} ")
    for _ in range(300):
        answer.piece("The heart is enlarged. ")
        time.sleep(0.2)


@pytest.fixture(scope="module")
def far() -> Iterator[ModelServer]:
    with model_server(slowly) as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, far: ModelServer) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("home")
    tiny_models.save("qwen2_vl", home / "models" / "tiny")
    (home / "models" / "mine.toml").write_text(ENTRY, encoding="utf-8")
    server = Server(home, "--no-samples", remote_model_url=far.url, remote_model="reader-9b")
    server.start()
    yield server
    server.stop()


def test_a_checkpoint_in_the_folder_of_models_drafts(
    page: Page, server: Server, tmp_path: Path
) -> None:
    film = tmp_path / "film.dcm"
    film.write_bytes(dicom_bytes(PatientID="S-3", pixels=film_pixels(seed=8)))
    study = int(server.post_files([film])["studies"][0]["id"])
    server.wait_for_draft(study)
    open_study(page, server, study)
    page.get_by_role("button", name="Draft by another model").click()
    page.get_by_role("menuitem", name="tiny", exact=True).click()
    expect(page.get_by_text("Text by tiny, numbers by fake", exact=False)).to_be_visible(
        timeout=180_000
    )
    draft = server.wait_for_draft(study)
    assert draft["model"]["name"] == "tiny" and len(draft["model"]["digest"]) == 64
    assert draft["sentences"] and all(each["evidence"] for each in draft["sentences"])


def test_choosing_a_sentence_changes_what_lies_over_the_film(
    page: Page, server: Server, tmp_path: Path
) -> None:
    film = tmp_path / "film.dcm"
    film.write_bytes(dicom_bytes(PatientID="S-2", pixels=film_pixels(seed=7)))
    study = int(server.post_files([film])["studies"][0]["id"])
    server.wait_for_draft(study)
    server.ask_for_draft(study, model="fake-writer")
    draft = server.wait_for_draft(study)
    first, second = (each["text"] for each in draft["sentences"])
    open_study(page, server, study)
    expect(page.get_by_text(re.compile(r"W \d+ +L \d+"))).to_be_visible()
    pictures = [film_picture(page)]
    findings = page.get_by_label("Findings", exact=True)
    for sentence in (first, second):
        put_caret = "(area, at) => { area.focus(); area.setSelectionRange(at, at); }"
        findings.evaluate(put_caret, draft["sections"]["findings"].index(sentence) + 2)
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(1500)
        pictures.append(film_picture(page))
    assert len(set(pictures)) == 3
    chosen = page.get_by_label("Map", exact=False).first
    expect(chosen.locator("option:checked")).to_have_text("sentence 2")


def test_a_streamed_draft_is_agreed_to_stopped_edited_and_signed(
    page: Page, server: Server, far: ModelServer, tmp_path: Path
) -> None:
    film = tmp_path / "film.dcm"
    film.write_bytes(dicom_bytes(PatientName="Secret^Person", PatientID="S-1"))
    study = int(server.post_files([film])["studies"][0]["id"])
    server.wait_for_draft(study)
    open_study(page, server, study)

    page.get_by_role("button", name="Draft by another model").click()
    page.get_by_role("menuitem", name="openai-compatible").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("127.0.0.1")).to_be_visible()
    expect(dialog.get_by_text("age, sex, projection and indication", exact=False)).to_be_visible()
    assert "Secret" not in dialog.inner_text() and far.requests == []
    dialog.get_by_role("button", name="Agree and ask for the draft").click()
    expect(dialog).to_have_count(0)

    expect(page.get_by_text("There is a left pleural effusion.")).to_be_visible()
    page.get_by_role("button", name="Stop the draft").click()
    draft = server.wait_for_draft(study)
    assert "stopped_early" in [warning["code"] for warning in draft["warnings"]]
    settle(page)
    findings = page.get_by_label("Findings", exact=True)
    expect(findings).to_have_value(draft["sections"]["findings"])

    findings.fill("Small left pleural effusion.")
    page.get_by_label("Impression", exact=True).fill("Small left pleural effusion.")
    wait_for_text(server, study, "impression", "Small left pleural effusion.")
    page.keyboard.press("Alt+s")
    expect(dialog.get_by_text("Dr. Journey")).to_be_visible()
    reasons = dialog.get_by_placeholder("Reason to sign all the same")
    expect(reasons.first).to_be_visible()
    settle(page)
    for number in range(reasons.count()):
        reasons.nth(number).fill("Seen and judged.")
        reasons.nth(number).press("Tab")
    dialog.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_text("Signed by Dr. Journey", exact=False)).to_be_visible()
    assert server.report(study)["signed"]
    assert len(far.requests) == 1 and "Secret" not in str(far.requests)
