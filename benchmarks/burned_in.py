"""Text burned into films: how much of it is found and masked, against masking all borders.

Run: python -m benchmarks.burned_in
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from benchmarks.record import Cell, Ratio, Result, Spread, Table, arguments, measure, publish
from core.domain.study import Window
from core.evaluation.resampling import hits_of
from core.imaging.burned_in import Box, FoundText, find_text, overlap, with_margin
from core.imaging.phantom.film import make_film

FONT = Path(__file__).parents[1] / "core" / "reporting" / "fonts" / "NotoSans-Regular.ttf"
WORDS = (
    "DOE^JANE 1957-03-05",
    "MILLER, ANNE",
    "Roe Richard M 061Y",
    "ID 4711-220385",
    "20.11.2026 09:14",
    "CITY HOSPITAL RADIOLOGY",
    "Dr. B. Karthik",
    "ACC 20-118",
)
# Height of a capital letter on a film 1,024 pixels high, and its difference from what lies behind.
HEIGHTS = (8, 11, 16, 24, 36)
CONTRASTS = (0.1, 0.2, 0.4, 0.8)
WINDOW = Window(2048.0, 4096.0)
# Of each side: the peer hides this much of the film without looking.
BORDER = 0.1
# So much of a line must be hidden for it to count: a name less one letter is a name.
HIDDEN = 0.95

Film = npt.NDArray[np.uint16]


@dataclass(frozen=True)
class Plan:
    films: int
    rows: int
    phantoms: int
    n: int


FULL = Plan(films=44, rows=1024, phantoms=4, n=5)
SMALL = Plan(films=2, rows=320, phantoms=1, n=1)


@dataclass(frozen=True)
class Line:
    """A line of text that was drawn, and whether it was found and masked, and by the borders."""

    box: Box
    height: int
    contrast: float
    found: bool = False
    bordered: bool = False


def lettered(film: Film, rng: np.random.Generator) -> tuple[Film, list[Line]]:
    """One line of every height, each of a contrast by chance, at places that do not touch."""
    pixels = film.astype(np.float64)
    lines: list[Line] = []
    for height in HEIGHTS:
        ink = _ink(str(rng.choice(WORDS)), round(height * film.shape[0] / 1024))
        place = _place(ink.shape, film.shape, lines, rng)
        if place is None:
            continue
        x, y = place
        contrast = float(rng.choice(CONTRASTS))
        part = pixels[y : y + ink.shape[0], x : x + ink.shape[1]]
        behind = float(part.mean())
        # Towards black or white, wherever there is more room.
        value = behind + (1 if behind < 2048 else -1) * contrast * 4095
        part += (np.clip(value, 0, 4095) - part) * ink
        lines.append(Line((x, y, ink.shape[1], ink.shape[0]), height, contrast))
    return np.rint(pixels).astype(np.uint16), lines


def _ink(text: str, capital: int) -> npt.NDArray[np.float64]:
    """Letters as shares of ink, cut to their box."""
    font = ImageFont.truetype(str(FONT), max(6, round(capital / 0.714)))
    left, top, right, bottom = font.getbbox(text)
    picture = Image.new("L", (int(right - left) + 2, int(bottom - top) + 2))
    ImageDraw.Draw(picture).text((1 - left, 1 - top), text, fill=255, font=font)
    return np.asarray(picture, np.float64) / 255


def _place(
    ink: tuple[int, ...], film: tuple[int, ...], lines: Sequence[Line], rng: np.random.Generator
) -> tuple[int, int] | None:
    if ink[1] >= film[1] - 4:
        return None
    for _ in range(200):
        # Half of the lines stand near the upper or lower edge, where consoles put them.
        near = rng.random() < 0.5
        band = max(1, round(0.12 * film[0]) - ink[0])
        y = int(rng.integers(2, film[0] - ink[0] - 2))
        if near:
            y = int(rng.integers(1, band + 1))
            y = y if rng.random() < 0.7 else film[0] - ink[0] - y
        x = int(rng.integers(2, film[1] - ink[1] - 2))
        apart = (x - 20, y - 12, ink[1] + 40, ink[0] + 24)
        if not any(overlap(line.box, apart) for line in lines):
            return x, y
    return None


def judged(lines: Sequence[Line], found: Sequence[FoundText], shape: tuple[int, ...]) -> list[Line]:
    masked, bordered = np.zeros(shape, np.bool_), _bordered(shape)
    for item in found:
        if not item.marker:
            x, y, width, height = with_margin(item.box, shape)
            masked[y : y + height, x : x + width] = True
    return [
        Line(line.box, line.height, line.contrast, _hidden(line, masked), _hidden(line, bordered))
        for line in lines
    ]


def _bordered(shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    rows, columns = round(BORDER * shape[0]), round(BORDER * shape[1])
    bordered = np.ones(shape, np.bool_)
    bordered[rows:-rows, columns:-columns] = False
    return bordered


def _hidden(line: Line, masked: npt.NDArray[np.bool_]) -> bool:
    x, y, width, height = line.box
    return bool(masked[y : y + height, x : x + width].mean() >= HIDDEN)


def false_boxes(lines: Sequence[Line], found: Sequence[FoundText]) -> int:
    """Boxes that would be masked and hold no line of ours."""
    return sum(
        not item.marker and not any(overlap(line.box, item.box) > 0.05 for line in lines)
        for item in found
    )


def rate(hits: Sequence[bool]) -> tuple[Cell, ...]:
    """Share with Wilson's interval at 95 %, and of how many."""
    interval = hits_of(sum(hits), len(hits))
    if interval is None:
        return "-", "-", "-", 0
    return interval.value, interval.low, interval.high, len(hits)


def result(plan: Plan, *, small: bool) -> Result:
    rng = np.random.default_rng(0)
    bases = [make_film(seed, "PA", (), plan.rows).pixels for seed in range(1, plan.phantoms + 1)]
    lines: list[Line] = []
    false: list[int] = []
    for number in range(plan.films):
        film, drawn = lettered(bases[number % len(bases)], rng)
        found = find_text(film, WINDOW)
        lines += judged(drawn, found, film.shape)
        false.append(false_boxes(drawn, found))
    bare = [false_boxes((), find_text(base, WINDOW)) for base in bases]
    seconds = Spread.of(measure(lambda: find_text(bases[0], WINDOW), n=plan.n, warm=1))
    left = sum(not line.found for line in lines)
    return Result(
        name="burned_in",
        title="Text burned into a film",
        method=(
            f"{len(lines)} names, dates and numbers in {plan.films} phantom films of"
            f" {plan.rows} rows, one of every height in a film, contrast and place by chance;"
            " half near the upper or lower edge. A line counts as masked where"
            f" {HIDDEN:.0%} of its box is hidden. Intervals are Wilson's at 95 %, by line.",
            f"The peer hides {BORDER:.0%} of the film along every edge and looks at nothing.",
            "Phantoms and one printed typeface: handwriting, other scripts and real consoles were"
            " not measured.",
        ),
        tables=(
            _rates("Share of lines masked, by height of a capital letter (1,024 rows)", "pixels",
                   [(height, [x for x in lines if x.height == height]) for height in HEIGHTS]),
            _rates("Share of lines masked, by contrast (share of the film's whole range)",
                   "contrast",
                   [(value, [x for x in lines if x.contrast == value]) for value in CONTRASTS]),
            _rates("Share of lines masked, all", "lines", [("all", lines)]),
            Table("False boxes a film", ("films", "boxes a film", "most", "n"), (
                ("with text", sum(false) / max(1, len(false)), max(false), len(false)),
                ("without text", sum(bare) / max(1, len(bare)), max(bare), len(bare)),
            )),
            Table("Seconds for a film", ("what", "p50", "p95", "n"), (("search", *seconds.cells),)),
        ),
        ratios=(
            Ratio("lines left by the search over lines left by masking all borders",
                  left / max(1, sum(not line.bordered for line in lines)), aim=0.5),
        ),
        small=small,
    )  # fmt: skip


def _rates(title: str, what: str, groups: Sequence[tuple[Cell, Sequence[Line]]]) -> Table:
    columns = (what, "search", "low", "high", "n", "borders alone", "low", "high")
    rows = tuple(
        (
            name,
            *rate([line.found for line in group]),
            *rate([line.bordered for line in group])[:3],
        )
        for name, group in groups
    )
    return Table(title, columns, rows)


def main() -> None:
    asked = arguments(__doc__)
    plan = SMALL if asked.small else FULL
    publish(result(plan, small=asked.small), asked.results)


if __name__ == "__main__":
    main()
