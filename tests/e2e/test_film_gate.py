"""A film of a hand: no draft, one sentence, and a button for the reader who knows better."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from core.training.other_pictures.kinds import TRAINED
from tests.e2e.conftest import Server, settle
from tests.factories import dicom_bytes

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(420)]


def test_a_hand_is_not_drafted_until_a_reader_asks(page: Page, tmp_path: Path) -> None:
    hand = TRAINED["hand"](np.random.default_rng(7))
    film = tmp_path / "hand.dcm"
    pixels = np.kron(np.rint(hand * 3500).astype(np.uint16), np.ones((4, 4), np.uint16))
    film.write_bytes(dicom_bytes(pixels, BodyPartExamined=None))
    server = Server(tmp_path / "home", "--no-samples", model="fake")
    try:
        server.start()
        study = int(server.post_files([film])["studies"][0]["id"])
        draft = server.wait_for_draft(study)
        assert [item["code"] for item in draft["warnings"]] == ["not_a_frontal_chest_film"]
        page.goto(server.url)
        settle(page)
        expect(page.get_by_text("not a frontal chest film")).to_be_visible()
        page.goto(f"{server.url}/review?study={study}")
        settle(page)
        expect(page.get_by_text("does not look like a frontal chest film")).to_be_visible()
        button = page.get_by_role("button", name="Draft anyway")
        expect(button).to_be_in_viewport()
        button.click()
        drafted = page.get_by_text("drafted at a reader's request: Dr. Journey, 20")
        expect(drafted).to_be_visible(timeout=120_000)
        expect(button).to_have_count(0)
        assert server.get(f"/studies/{study}/draft")["findings"]
    finally:
        server.stop()
