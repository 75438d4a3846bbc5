"""From opening a study to its film on the screen, in a real browser.

Run: python -m benchmarks.first_image
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from benchmarks.films import drafted_study, eight_bits, new_place, phantom
from benchmarks.record import Ratio, Result, Spread, Table, arguments, publish
from benchmarks.servers import bare_page, dashboard
from core.models import registry

CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Looked for once a frame, in the page itself: a question from outside would cost its own time.
WAIT = """async () => {
    const painted = async () => { %s };
    while (performance.now() < 60000) {
        const found = await painted();
        if (found) return found;
        await new Promise(requestAnimationFrame);
    }
    throw new Error("nothing was painted within a minute");
}"""
VIEWER_PAINTED = WAIT % "return performance.getEntriesByName('film-painted')[0]?.startTime;"
# An image is on the screen when it is decoded and a frame has passed.
IMAGE_PAINTED = (
    WAIT
    % """
    const image = document.querySelector('[data-testid^=stImage] img');
    if (!image?.complete || !image.naturalWidth) return null;
    await image.decode();
    await new Promise(requestAnimationFrame);
    return performance.now();"""
)
BARE = "import streamlit as st\n\nst.set_page_config(layout='wide')\nst.image({path!r})\n"


@dataclass(frozen=True)
class Plan:
    side: int
    n: int


FULL = Plan(side=2048, n=15)
SMALL = Plan(side=256, n=1)


@contextmanager
def browser() -> Iterator[Browser]:
    found = os.environ.get("OVERREAD_CHROMIUM") or shutil.which("chromium")
    if not found:
        raise SystemExit("no Chromium here: apt-get install chromium, or set OVERREAD_CHROMIUM")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=found, headless=True, args=list(CHROMIUM_ARGUMENTS)
        )
        yield started
        started.close()


def painted_ms(page: Page, url: str, script: str) -> float:
    """Milliseconds from navigation to what ``script`` finds painted."""
    page.goto(url, wait_until="commit")
    return float(page.evaluate(script))


def visits(started: Browser, url: str, script: str, n: int) -> tuple[list[float], list[float]]:
    """Cold, with an empty cache, and warm, the second visit of the same browser profile."""
    cold, warm = [], []
    for _ in range(n + 1):
        context: BrowserContext = started.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        cold.append(painted_ms(page, url, script))
        page.goto("about:blank")
        warm.append(painted_ms(page, url, script))
        context.close()
    return cold[1:], warm[1:]


def result(plan: Plan, *, small: bool) -> Result:
    film = phantom(side=plan.side)
    with tempfile.TemporaryDirectory() as name, browser() as started:
        folder = Path(name)
        place = new_place(folder / "home", registry.EMBEDDED)
        study = drafted_study(place, film, 1, registry.load(registry.EMBEDDED))
        place.engine.dispose()
        png = folder / "film.png"
        cv2.imwrite(str(png), eight_bits(film.pixels))
        with (
            dashboard(folder / "home", model=registry.EMBEDDED) as server,
            bare_page(folder, BARE.format(path=str(png))) as bare,
        ):
            review = f"{server.url}/review?study={study}"
            ours = visits(started, review, VIEWER_PAINTED, plan.n)
            peer = visits(started, bare.url, IMAGE_PAINTED, plan.n)
    cases = {
        "review page, cold": ours[0],
        "review page, warm": ours[1],
        "bare st.image, cold": peer[0],
        "bare st.image, warm": peer[1],
    }
    spreads = {case: Spread.of(times) for case, times in cases.items()}
    rows = tuple((case, *spread.cells) for case, spread in spreads.items())
    return Result(
        name="first_image",
        title="From opening a study to its film",
        method=(
            f"Chromium opens the address of a drafted study with a film of {plan.side} x "
            f"{plan.side} pixels of 12 bits; the time is from navigation to the viewer's first "
            "drawing of the film, which the viewer marks itself.",
            "Cold is a new browser profile with nothing in its cache, warm its second visit; the "
            "server is warm, and the first pair of visits does not count.",
            "The peer is a Streamlit page of one st.image with the same film as 8-bit PNG, until "
            "the image is decoded and a frame has passed; the viewer gets all 12 bits.",
        ),
        tables=(Table("Milliseconds", ("what", "p50", "p95", "n"), rows),),
        ratios=tuple(
            Ratio(
                f"review page over bare st.image, {kind}, p50",
                spreads[f"review page, {kind}"].p50 / spreads[f"bare st.image, {kind}"].p50,
            )
            for kind in ("cold", "warm")
        ),
        small=small,
    )


def main() -> None:
    chosen = arguments(__doc__)
    publish(result(SMALL if chosen.small else FULL, small=chosen.small), chosen.results)


if __name__ == "__main__":
    main()
