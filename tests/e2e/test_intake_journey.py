"""Many files at once, as a reader and an administrator send them, in a real browser."""

from __future__ import annotations

import os
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server, settle
from tests.factories import dicom_bytes, film_pixels, image_bytes

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(420)]


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    (tmp_path / "incoming").mkdir()
    monkeypatch.setenv("OVERREAD_IMPORT_ROOT", str(tmp_path / "incoming"))
    server = Server(tmp_path / "home", "--no-samples")
    server.start()
    yield server
    server.stop()


def test_a_zip_and_plain_films(server: Server, page: Page, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "cd.zip", "w") as archive:
        archive.writestr("DICOM/IM1", dicom_bytes())
        archive.writestr("autorun.inf", "x")
    (tmp_path / "film.png").write_bytes(image_bytes((film_pixels() >> 4).astype("uint8")))
    page.goto(server.url)
    settle(page)
    page.set_input_files("input[type=file]", [tmp_path / "cd.zip", tmp_path / "film.png"])
    expect(page.get_by_text("1 stored, 1 refused")).to_be_visible()
    expect(page.get_by_text("cd.zip: autorun.inf is not a DICOM")).to_be_visible()
    page.get_by_label("Family name, given name").fill("மீனாட்சி, <b>A</b>")
    page.locator("[data-testid=stForm] [data-testid=stSelectbox]").first.click()
    page.get_by_role("option", name="PA", exact=True).click()
    page.get_by_role("button", name="Store the film").click()
    expect(page.get_by_text("மீனாட்சி, <b>A</b>")).to_be_visible()
    studies = server.get("/studies")["items"]
    assert {study["patient"]["name"] for study in studies} == {"DOE^JANE", "மீனாட்சி^<b>A</b>"}


def test_an_import_outlives_a_killed_server(server: Server, page: Page, tmp_path: Path) -> None:
    for number in range(120):
        pixels = film_pixels(512, 512, seed=number)
        (tmp_path / "incoming" / f"IM{number:03}").write_bytes(dicom_bytes(pixels))
    (tmp_path / "incoming" / "note.txt").write_text("no film")
    page.goto(server.url)
    settle(page)
    page.get_by_role("button", name="Import a folder").click()
    page.get_by_role("button", name="Import this folder").click()
    expect(page.get_by_text("Import of /:")).to_be_visible()
    while server.get("/imports/1")["counts"]["done"] < 20:
        time.sleep(0.1)
    server.kill()
    server.start()
    page.reload()
    settle(page)
    expect(page.get_by_text("121 files done, ")).to_be_visible(timeout=120_000)
    counts = server.get("/imports/1")["counts"]
    assert counts["stored"] == 120 and counts["refused"] == 1
    assert server.get("/studies")["total"] == 120
    page.get_by_role("button", name="Report").click()
    expect(page.get_by_text("note.txt is not a DICOM, PNG or JPEG file.")).to_be_visible()


@pytest.mark.films
def test_every_odd_file_in_one_upload(server: Server, page: Page) -> None:
    """The page says of each file what the API says of it."""
    folder = Path(os.environ["OVERREAD_TEST_DATA"]) / "dicom"
    files = sorted(folder.glob("*.dcm"))
    page.goto(server.url)
    settle(page)
    page.set_input_files("input[type=file]", files)
    last = page.get_by_text("Last upload:")
    expect(last).to_be_visible(timeout=180_000)
    stored = server.get("/studies")["total"]
    again = server.post_files(files)
    assert len(again["studies"]) == stored and all(item["duplicate"] for item in again["studies"])
    assert f"{len(again['rejected'])} refused" in last.inner_text()
    refused = page.locator(".refused").inner_text()
    for code in {item["code"] for item in again["rejected"]}:
        said = [item["message"] for item in again["rejected"] if item["code"] == code]
        assert any(message in refused for message in said), code
