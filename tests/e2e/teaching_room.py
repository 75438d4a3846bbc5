"""A teaching room for journeys: a server whose classroom opens, and trainees at browsers."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import httpx2
import numpy as np
from playwright.sync_api import BrowserContext, Page, expect
from pydicom import dcmread

from core.imaging.phantom.samples import sample_studies
from core.settings import Settings
from dashboard.workspace import Workspace, open_workspace
from tests.e2e.conftest import Server, free_port, settle

NAME_IN_PIXELS = "JANE DOE 1957"
SAMPLE_ROWS = 640
EFFUSION = "pleural effusion"


def room_server(home: Path) -> Server:
    """A server with an empty worklist and a port of its own for the classroom."""
    return Server(home, "--no-samples", classroom_port=str(free_port()))


def classroom_url(server: Server) -> str:
    return f"http://127.0.0.1:{server.settings['OVERREAD_CLASSROOM_PORT']}"


def beside(server: Server) -> Workspace:
    """The same home seen from the test, to lay made cases into it."""
    return open_workspace(Settings(home=server.home))


def named_sample() -> bytes:
    """The sample study with a right effusion, a name burned into its pixels."""
    study = next(each for each in sample_studies(SAMPLE_ROWS) if "right" in each.label)
    dataset = dcmread(io.BytesIO(study.files[0]))
    pixels = dataset.pixel_array.copy()
    letters = np.zeros(pixels.shape, np.uint8)
    letters = np.zeros(pixels.shape, dtype=np.uint8)
    cv2.putText(letters, NAME_IN_PIXELS, (20, 40), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 255, 2)
    pixels[letters > 0] = pixels.max()
    dataset.PixelData = pixels.tobytes()
    target = io.BytesIO()
    dataset.save_as(target, enforce_file_format=True)
    return target.getvalue()


def signed_sample(server: Server, folder: Path) -> int:
    """Take the named sample in, draft it and sign it; the number of the study."""
    path = folder / "named.dcm"
    path.write_bytes(named_sample())
    study = int(server.post_files([path])["studies"][0]["id"])
    server.wait_for_draft(study)
    report = server.report(study)
    sections = {
        **report["sections"],
        "findings": "Right pleural effusion. No pneumothorax.",
        "impression": "Right pleural effusion.",
    }
    url = f"{server.url}/api/v1/studies/{study}"
    saved = httpx2.put(
        f"{url}/report", json={"sections": sections, "version": report["version"]}, timeout=60
    ).json()
    wish = {"version": saved["version"]}
    answer = httpx2.post(f"{url}/sign", json=wish, timeout=60)
    if answer.status_code == 422:
        reasons = {
            check["id"]: {"check": check["id"], "action": "override", "reason": "Seen and judged."}
            for check in answer.json()["error"]["checks"]
        }
        answer = httpx2.post(
            f"{url}/sign", json={**wish, "resolutions": list(reasons.values())}, timeout=60
        )
    assert answer.status_code == 200, answer.text
    return study


class Seat:
    """A trainee at a browser of their own."""

    def __init__(self, teacher: BrowserContext, url: str, nickname: str) -> None:
        assert teacher.browser is not None
        self.context = teacher.browser.new_context(viewport={"width": 1280, "height": 800})
        self.context.set_default_timeout(30_000)
        self.page: Page = self.context.new_page()
        self.url, self.nickname = url, nickname

    def join(self, code: str) -> None:
        self.page.goto(self.url)
        self.page.get_by_label("Code", exact=True).fill(code)
        self.page.get_by_label("Nickname").fill(self.nickname)
        self.page.get_by_role("button", name="Join", exact=True).click()
        self.page.get_by_role("button", name="Begin").click()
        self.expect_film()

    def expect_film(self) -> None:
        """A case to read is on show, its film drawn."""
        expect(self.page.locator("tr[data-finding]").first).to_be_visible()
        self.page.wait_for_function("performance.getEntriesByName('film-painted').length > 0")

    def read(self, impression: str, *, finding: str = "", certainty: str = "certain") -> None:
        """Pick a finding on the patient's right and mark it, or say that there is nothing."""
        page = self.page
        if finding:
            row = page.locator(f'tr[data-finding="{finding}"]')
            row.get_by_role("button", name=f"{finding}: {certainty}").click()
            row.get_by_role("button", name=f"{finding}: right").click()
            frame = page.locator(".frame")
            frame.hover()
            page.keyboard.press("k")
            frame.click()
            expect(page.locator(".placed button")).to_have_count(1)
        page.get_by_label("Impression").fill(impression)
        page.get_by_role("button", name="Commit").click()

    def expect_answer(self, *words: str) -> None:
        expect(self.page.locator(".reveal tbody tr").first).to_be_visible()
        for text in words:
            expect(self.page.get_by_text(text).first).to_be_visible()

    def leave(self) -> None:
        self.context.close()


def open_part(page: Page, server: Server, part: str) -> None:
    page.goto(f"{server.url}/teaching?part={part}")
    settle(page)
