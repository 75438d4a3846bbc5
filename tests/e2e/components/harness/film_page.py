"""What the tests of the viewer look at and do on its page."""

from __future__ import annotations

import hashlib
from typing import Any

from playwright.sync_api import Page, expect

FIND_CANVAS = """
  () => [...document.querySelectorAll('*')]
    .map((one) => one.shadowRoot?.querySelector('.frame > canvas'))
    .find(Boolean)
"""
COLOURED = f"""
  () => {{
    const canvas = ({FIND_CANVAS})();
    const {{ data }} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    for (let i = 0; i < data.length; i += 4) if (data[i] !== data[i + 2]) return true;
    return false;
  }}
"""


def wait_for_film(page: Page) -> None:
    expect(page.locator(".hud")).to_contain_text("W ")


def settle(page: Page) -> None:
    """Two frames: one to be asked for, one to be drawn."""
    page.evaluate("() => new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)))")


def take_picture(page: Page) -> str:
    settle(page)
    url = page.evaluate(f"() => ({FIND_CANVAS})().toDataURL()")
    return hashlib.sha256(url.encode()).hexdigest()


def read_grey(page: Page, across: float) -> int:
    """Mean grey in the middle row of the film, around a share of the frame's width."""
    settle(page)
    grey: int = page.evaluate(
        f"""(across) => {{
          const canvas = ({FIND_CANVAS})();
          const x = Math.round(canvas.width * across) - 20, y = Math.round(canvas.height / 2) - 20;
          const {{ data }} = canvas.getContext('2d').getImageData(x, y, 40, 40);
          let sum = 0;
          for (let i = 0; i < data.length; i += 4) sum += data[i];
          return Math.round(4 * sum / data.length);
        }}""",
        across,
    )
    return grey


def read_grey_of_value(page: Page, value: int) -> int:
    """Grey where the middle row of the made-up ramp holds ``value`` (600 to 3400 across)."""
    box = page.locator(".frame").bounding_box()
    assert box is not None
    film_width = box["height"] * 512 / 640
    share = (value - 600) / 2800
    return read_grey(page, (box["width"] / 2 + film_width * (share - 0.5)) / box["width"])


def read_hud(page: Page) -> str:
    settle(page)
    return page.locator(".hud").inner_text()


def read_look(page: Page) -> str:
    return read_hud(page).split("  (")[0]


def point_at(page: Page, across: float, down: float) -> None:
    box = page.locator(".frame").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * across, box["y"] + box["height"] * down)


def drag(page: Page, dx: int, dy: int, button: Any = "left") -> None:
    point_at(page, 0.5, 0.5)
    box = page.locator(".frame").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.down(button=button)
    page.mouse.move(x + dx / 2, y + dy / 2)
    page.mouse.move(x + dx, y + dy)
    page.mouse.up(button=button)
    settle(page)
