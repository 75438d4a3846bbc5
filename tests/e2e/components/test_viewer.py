"""The viewer in a real browser: drawing, maps, films, keys and errors."""

from __future__ import annotations

from typing import Any

import pytest
from film_page import (
    COLOURED,
    drag,
    point_at,
    read_grey,
    read_grey_of_value,
    read_hud,
    read_look,
    take_picture,
    wait_for_film,
)
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.e2e


@pytest.fixture
def film(page: Page, harness: Any) -> Page:
    """A page whose first film is drawn."""
    page.goto(harness.url)
    wait_for_film(page)
    return page


def test_dragging_changes_the_window_and_asks_the_server_nothing(film: Page) -> None:
    before, look = take_picture(film), read_hud(film)
    asked: list[str] = []
    film.on("request", lambda request: asked.append(request.url))

    drag(film, 60, 30)

    assert take_picture(film) != before
    assert look.startswith("W 3500  L 2000")
    assert read_hud(film).startswith("W 3850  L 2175")
    assert asked == []


@pytest.mark.parametrize(
    ("button", "modifier", "zoomed"),
    [("middle", None, False), ("left", "Shift", False), ("right", None, True)],
)
def test_mouse_buttons(film: Page, button: str, modifier: str | None, zoomed: bool) -> None:
    before, look = take_picture(film), read_look(film)

    if modifier:
        film.keyboard.down(modifier)
    drag(film, 40, 40, button=button)

    assert take_picture(film) != before
    assert (read_look(film) != look) is zoomed
    assert read_look(film).startswith("W 3500  L 2000")


def test_the_wheel_zooms_where_the_pointer_is(film: Page) -> None:
    point_at(film, 0.4, 0.4)
    under = read_hud(film).split("(")[1]
    look = read_look(film)

    film.mouse.wheel(0, -300)

    expect(film.locator(".hud")).not_to_contain_text(look)
    assert read_hud(film).split("(")[1] == under


def test_reset_brings_the_first_picture_back(film: Page) -> None:
    before = take_picture(film)
    drag(film, 50, 50)
    drag(film, 50, 50, button="middle")
    film.keyboard.press("i")
    assert take_picture(film) != before

    film.keyboard.press("Space")

    assert take_picture(film) == before


def test_inverting_turns_the_greys_round(film: Page) -> None:
    left, right = read_grey(film, 0.3), read_grey(film, 0.7)

    film.get_by_role("button", name="Invert").click()

    expect(film.get_by_role("button", name="Invert")).to_have_attribute("aria-pressed", "true")
    assert left < right
    assert read_grey(film, 0.3) == pytest.approx(255 - left, abs=1)
    assert read_grey(film, 0.7) == pytest.approx(255 - right, abs=1)


def test_a_low_value_is_bright_on_a_monochrome1_film(page: Page, harness: Any) -> None:
    films = harness.read()["films"]
    harness.change(films=[{**films[0], "monochrome1": True}])
    page.goto(harness.url)
    wait_for_film(page)

    assert read_grey(page, 0.3) > read_grey(page, 0.7)


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
def test_window_functions(page: Page, harness: Any, function: str) -> None:
    """Greys at the ends of the window: clipped, but 12 and 88 per cent of a sigmoid."""
    film = {**harness.read()["films"][0], "window_function": function, "window_width": 1000}
    harness.change(films=[film])
    page.goto(harness.url)
    wait_for_film(page)
    dark, bright = (0, 255) if function.startswith("LINEAR") else (30, 225)

    assert read_grey_of_value(page, 1500) == pytest.approx(dark, abs=8)
    assert read_grey_of_value(page, 2500) == pytest.approx(bright, abs=8)


def test_choosing_a_map_colours_the_film(film: Page) -> None:
    before = take_picture(film)
    film.locator("select.map").select_option("lung opacity")

    expect(film.locator(".legend")).to_have_text("lung opacity: model attention, not location")
    film.wait_for_function(COLOURED)
    assert take_picture(film) != before

    film.locator(".frame").hover()
    film.keyboard.press("m")
    expect(film.locator(".legend")).to_be_hidden()
    assert take_picture(film) == before


def test_a_chosen_row_brings_the_film_that_has_its_map(film: Page) -> None:
    film.locator(".row[data-finding=cardiomegaly]").click()

    expect(film.get_by_role("tab", name="LAT")).to_have_attribute("aria-selected", "true")
    expect(film.locator(".legend")).to_contain_text("cardiomegaly")
    film.wait_for_function(COLOURED)


def test_films_keep_their_look_and_are_fetched_once(film: Page, harness: Any) -> None:
    drag(film, 60, 0)
    film.mouse.move(5, 5)
    look, picture = read_look(film), take_picture(film)

    film.get_by_role("tab", name="LAT").click()
    expect(film.locator(".hud")).to_contain_text("W 3500")
    assert take_picture(film) != picture
    film.get_by_role("tab", name="PA").click()

    expect(film.locator(".hud")).to_contain_text(look)
    assert take_picture(film) == picture
    assert sorted(harness.read()["fetched"]) == ["lat", "pa"]


def test_a_rerun_with_a_new_map_keeps_zoom_and_window(page: Page, harness: Any) -> None:
    maps = harness.read()["maps"]
    harness.change(maps=[])
    page.goto(harness.url)
    wait_for_film(page)
    drag(page, 60, 0)
    drag(page, 0, -40, button="right")
    page.mouse.move(5, 5)
    look, picture = read_look(page), take_picture(page)

    harness.change(maps=maps)
    page.get_by_role("button", name="Run again").click()

    expect(page.locator("select.map option")).to_have_count(4)
    page.mouse.move(5, 5)
    assert (read_look(page), take_picture(page)) == (look, picture)
    assert harness.read()["fetched"].count("pa") == 1


def test_keys_are_dead_while_typing(film: Page) -> None:
    before = take_picture(film)
    film.locator("textarea[name=findings]").click()
    film.locator(".frame").hover()

    film.keyboard.type("i m p z w 1 ")

    assert film.locator("textarea[name=findings]").input_value() == "i m p z w 1 "
    assert take_picture(film) == before
    expect(film.locator("button[data-tool=window]")).to_have_attribute("aria-pressed", "true")


def test_keys_work_while_the_pointer_is_over_the_film(film: Page) -> None:
    film.locator(".frame").hover()

    film.keyboard.press("p")
    expect(film.locator("button[data-tool=pan]")).to_have_attribute("aria-pressed", "true")
    film.keyboard.press("2")
    expect(film.locator("select.map")).to_have_value("lung opacity")
    film.keyboard.press("ArrowUp")
    expect(film.locator("select.map")).to_have_value("pleural effusion")
    film.keyboard.press("PageDown")
    expect(film.get_by_role("tab", name="LAT")).to_have_attribute("aria-selected", "true")


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("missing", "The film could not be fetched: the server answered 404."),
        ("truncated", "The film arrived incomplete: 327680 of 655360 bytes."),
    ],
)
def test_a_fault_is_told_in_the_frame_and_can_be_retried(
    page: Page, harness: Any, fault: str, sentence: str
) -> None:
    harness.change(**{fault: ["pa"]})
    page.goto(harness.url)
    expect(page.locator(".notice")).to_contain_text(sentence)

    harness.change(**{fault: []})
    page.get_by_role("button", name="Try again").click()

    wait_for_film(page)
    expect(page.locator(".notice")).to_be_hidden()


def test_a_slow_film_counts_its_bytes(page: Page, harness: Any) -> None:
    harness.change(halted_at={"pa": 0.43})
    page.goto(harness.url)
    expect(page.locator(".notice")).to_contain_text("Loading film … 43 %")

    harness.change(halted_at={})

    wait_for_film(page)
    expect(page.locator(".notice")).to_be_hidden()


def test_a_broken_map_leaves_the_film(film: Page, harness: Any) -> None:
    (harness.folder / "effusion.png").write_bytes(b"not a picture")

    film.locator("select.map").select_option("pleural effusion")

    expect(film.locator(".notice")).to_contain_text(
        "The map of pleural effusion could not be shown."
    )
    expect(film.locator(".hud")).to_contain_text("W 3500")
    film.locator("select.map").select_option("lung opacity")
    expect(film.locator(".notice")).to_be_hidden()


def test_the_frame_says_how_large_things_are(film: Page) -> None:
    expect(film.locator(".scale")).to_have_text("50 mm")
    expect(film.locator(".phantom")).to_have_text("phantom")
    percent = int(read_look(film).split("  ")[2].rstrip(" %"))
    width = film.locator(".scale").bounding_box()
    assert width is not None
    assert width["width"] == pytest.approx(50 / 0.6 * percent / 100, rel=0.02)
