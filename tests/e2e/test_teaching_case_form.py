"""The form of a teaching case in a browser: boxes and regions are drawn, typed words stay."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pydicom import dcmread

from dashboard.services.teaching.cases import cases, deidentified_dicom
from tests.e2e.conftest import Server, settle
from tests.e2e.teaching_room import NAME_IN_PIXELS, beside, room_server, signed_sample

pytestmark = pytest.mark.e2e
LOOKING_MS = 90_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = room_server(tmp_path_factory.mktemp("form") / "home")
    server.start()
    yield server
    server.stop()


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Over the film, in shares of its width and height."""
    box = page.locator(".case-film svg").bounding_box()
    assert box is not None
    for step, (x, y) in enumerate((start, end)):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=3)
        (page.mouse.up if step else page.mouse.down)()


def click(page: Page, x: float, y: float) -> None:
    drag(page, (x, y), (x, y))


def test_what_is_drawn_and_typed_becomes_the_case(
    page: Page, server: Server, tmp_path: Path
) -> None:
    study = signed_sample(server, tmp_path)
    page.goto(f"{server.url}/review?study={study}")
    settle(page)
    page.get_by_role("link", name="Make a teaching case").click()
    lines = page.locator(".case-film .boxes li")
    named = lines.filter(has_text=NAME_IN_PIXELS.split()[0])
    expect(named.get_by_role("checkbox")).to_be_checked(timeout=LOOKING_MS)
    before = lines.count()

    page.get_by_role("textbox", name="Learning points").fill("The angle is gone.")
    drag(page, (0.4, 0.9), (0.6, 0.97))
    expect(lines).to_have_count(before + 1)
    page.locator(".case-film .tools .region").click()
    drag(page, (0.2, 0.6), (0.3, 0.7))
    for x, y in ((0.1, 0.5), (0.2, 0.5), (0.2, 0.6), (0.1, 0.5)):
        click(page, x, y)
    regions = page.locator(".case-film .regions li")
    expect(regions).to_have_count(3)
    regions.first.get_by_role("button", name="Remove").click()
    expect(regions).to_have_count(2)
    settle(page)
    expect(page.get_by_role("textbox", name="Learning points")).to_have_value("The angle is gone.")

    page.get_by_text("Show the film as it will be").click()
    expect(page.get_by_text("No text is found any more.")).to_be_visible(timeout=LOOKING_MS)
    page.get_by_role("button", name="Make the case").click()
    expect(page.get_by_text("The teaching case was made")).to_be_visible(timeout=LOOKING_MS)

    place = beside(server)
    (case,) = cases(place)
    assert case.learning_points == "The angle is gone."
    assert [len(region.outline) for region in case.regions] == [4, 3]
    dataset = dcmread(io.BytesIO(deidentified_dicom(place, case.id)))
    film = dataset.pixel_array
    drawn = film[int(0.92 * case.film.rows) : int(0.95 * case.film.rows),
                 int(0.45 * case.film.columns) : int(0.55 * case.film.columns)]  # fmt: skip
    assert drawn.min() == drawn.max()
    assert dataset.BurnedInAnnotation == "NO"
