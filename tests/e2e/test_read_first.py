"""A film is read first: nothing of its draft reaches the browser before R, and no word is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import Server, settle
from tests.factories import dicom_bytes, film_pixels

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(420)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("home"), "--no-samples")
    server.start()
    yield server
    server.stop()


class Traffic:
    """What the browser receives: frames of the websocket, and answers of the server's addresses."""

    def __init__(self, page: Page) -> None:
        self.received: list[bytes] = []
        page.on(
            "websocket",
            lambda socket: socket.on("framereceived", lambda payload: self._frame(payload)),
        )
        page.route("**/api/v1/**", self._answer)

    def _frame(self, payload: str | bytes) -> None:
        self.received.append(payload if isinstance(payload, bytes) else payload.encode())

    def _answer(self, route: Route) -> None:
        answer = route.fetch()
        self.received.append(answer.body())
        route.fulfill(response=answer)

    def holds(self, word: str) -> bool:
        assert len(self.received) > 5
        return any(word.encode() in content for content in self.received)


def drafted(server: Server, folder: Path, patient: str) -> tuple[int, set[str]]:
    """A study that nobody opened, and what would give its draft away."""
    film = folder / f"{patient}.dcm"
    film.write_bytes(dicom_bytes(film_pixels(512, 420), PatientID=patient))
    study = int(server.post_files([film])["studies"][0]["id"])
    draft = server.wait_for_draft(study)
    told = {item["name"] for item in draft["findings"]}
    told |= {item["text"] for item in draft["sentences"]} | {"/evidence/"}
    return study, told


def test_a_film_is_read_before_its_draft(page: Page, server: Server, tmp_path: Path) -> None:
    study, told = drafted(server, tmp_path, "1")
    traffic = Traffic(page)
    page.goto(f"{server.url}/review?study={study}&read=first")
    settle(page)
    findings = page.get_by_label("Findings", exact=True)
    expect(findings).to_have_value("")
    expect(page.get_by_text("The draft is hidden: the film is read first.")).to_be_visible()
    page.reload()
    settle(page)
    expect(page.get_by_role("button", name="Reveal the draft")).to_be_visible()
    assert server.report(study)["draft_hidden"]

    # A letter of a word is no key; the word that is not saved yet is kept as well.
    findings.click()
    page.keyboard.type("A blurred corner.")
    assert [word for word in told if traffic.holds(word)] == []
    page.keyboard.press("Alt+r")
    link = page.get_by_role("button", name="A draft has arrived")
    expect(link).to_be_visible()
    expect(findings).to_have_value("A blurred corner.")
    assert server.report(study)["sections"]["findings"] == "A blurred corner."
    assert [word for word in told if not traffic.holds(word)] == []
    link.click()
    page.get_by_role("button", name="Insert").first.click()
    expect(findings).to_have_value(re.compile(r"^A blurred corner\.\s+\w+"))


def test_r_reveals_a_draft_that_fills_an_empty_report(
    page: Page, server: Server, tmp_path: Path
) -> None:
    study, _ = drafted(server, tmp_path, "2")
    page.goto(f"{server.url}/review?study={study}&read=first")
    settle(page)
    expect(page.get_by_role("button", name="Reveal the draft")).to_be_visible()
    page.keyboard.press("r")
    findings = page.get_by_label("Findings", exact=True)
    expect(findings).not_to_have_value("")
    expect(page.get_by_role("button", name="Reveal the draft")).to_be_hidden()
    assert not server.report(study)["typed"]
