"""A report goes into Tamil before a word is typed, is signed in it and handed out in both."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.e2e.conftest import Server, settle
from tests.factories import dicom_bytes, film_pixels

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(420)]

TAMIL = re.compile("[\u0b80-\u0bff]")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("home"), "--no-samples")
    server.start()
    yield server
    server.stop()


def drafted(server: Server, folder: Path, patient: str) -> int:
    film = folder / f"{patient}.dcm"
    film.write_bytes(dicom_bytes(film_pixels(512, 420), PatientID=patient))
    study = int(server.post_files([film])["studies"][0]["id"])
    server.wait_for_draft(study)
    return study


def opened(page: Page, server: Server, study: int) -> None:
    page.goto(f"{server.url}/review?study={study}")
    settle(page)
    expect(page.get_by_label("Findings", exact=True)).to_be_visible()


def wait_for_language(server: Server, study: int, language: str) -> None:
    until = time.monotonic() + 20
    while server.report(study)["language"] != language:
        assert time.monotonic() < until
        time.sleep(0.1)


def test_from_a_choice_to_a_signature_and_a_translation(
    page: Page, server: Server, tmp_path: Path
) -> None:
    study = drafted(server, tmp_path, "1")
    opened(page, server, study)
    findings, impression = (
        page.get_by_label(name, exact=True) for name in ("Findings", "Impression")
    )
    english = findings.input_value()
    choice = page.get_by_label("Language of the report")
    expect(choice).to_have_value("en")

    choice.select_option("ta")
    expect(findings).to_have_value(TAMIL)
    assert findings.get_attribute("lang") == "ta"
    expect(findings.locator("xpath=..").locator("mark.placeholder").first).to_have_text(
        "[இடது/வலது]"
    )
    choice.select_option("en")
    expect(findings).to_have_value(english)
    choice.select_option("ta")
    expect(findings).to_have_value(TAMIL)

    # Choosing is no typing; a reload shows what was chosen.
    assert not server.report(study)["typed"]
    page.reload()
    settle(page)
    expect(findings).to_have_value(TAMIL)
    for area in (findings, impression):
        area.fill(area.input_value().replace("[இடது/வலது]", "இடது"))
    until = time.monotonic() + 20
    while "[" in server.report(study)["sections"]["impression"]:
        assert time.monotonic() < until
        time.sleep(0.1)

    page.keyboard.press("Alt+s")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("DOE, JANE")).to_be_visible()
    # Every sentence is known: nothing is open, and nothing is called unread.
    expect(dialog.get_by_placeholder("Reason to sign all the same")).to_have_count(0)
    dialog.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_text(re.compile("Signed by Dr. Journey"))).to_be_visible()
    assert server.report(study)["language"] == "ta"

    link = page.get_by_role("link", name="PDF in English")
    expect(link).to_be_visible()
    address = str(link.evaluate("link => link.href"))
    sheet = PdfReader(io.BytesIO(httpx2.get(address, timeout=60).content))
    words = sheet.pages[0].extract_text()
    assert "TRANSLATION" in words and "the signed text is in Tamil" in words
    assert sheet.trailer["/Root"]["/Lang"] == "en"


def test_typed_words_are_marked_and_never_touched(
    page: Page, server: Server, tmp_path: Path
) -> None:
    study = drafted(server, tmp_path, "2")
    opened(page, server, study)
    own = "மார்பில் புதிதாக எதுவும் இல்லை."
    for name in ("Findings", "Impression"):
        page.get_by_label(name, exact=True).fill(own)
    page.get_by_label("Language of the report").select_option("ta")
    wait_for_language(server, study, "ta")
    report = server.report(study)
    assert report["typed"] and report["sections"]["findings"] == own
    expect(page.get_by_label("Findings", exact=True)).to_have_value(own)

    page.keyboard.press("Alt+s")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(re.compile("The text is in Tamil, which the checks"))).to_be_visible()
    expect(dialog.get_by_placeholder("Reason to sign all the same")).to_have_count(1)
