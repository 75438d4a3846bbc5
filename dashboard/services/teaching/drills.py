"""Generated drills: lesions drawn into phantoms or normal films, at a chosen difficulty."""

from __future__ import annotations

import datetime as dt
import logging
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from core.domain.errors import N_
from core.domain.finding import Laterality
from core.domain.reader import Reader
from core.domain.report import Sections
from core.domain.study import Window
from core.domain.teaching import (
    CaseFilm,
    Drill,
    Level,
    Reference,
    Region,
    TeachingCase,
    TrueFinding,
)
from core.imaging.outlines import outlines
from core.imaging.phantom.drill_films import (
    BEHIND_HEART,
    LEAST_CONTRAST,
    Background,
    DrillFilm,
    draw,
    film_background,
    kinds,
    phantom_background,
)
from core.imaging.radiograph import decode_pixels, encode_pixels
from core.imaging.windowing import apply_window
from dashboard.services.teaching.case_truth import drawn_findings
from dashboard.services.teaching.case_wish import refused
from dashboard.workspace import Workspace

logger = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
PHANTOM, FILM = "phantom", "film"
MOST_FILMS = 60
_WINDOW = Window(2048.0, 4096.0)


@dataclass(frozen=True)
class DrillWish:
    """A set of films. ``normals`` of ``count`` hold no lesion; the rest ask for ``finding``.

    ``size_mm`` and ``contrast`` are (least, most), spread evenly; ``background`` is "phantom" or
    "film", which takes the films of teaching cases whose reference says that nothing is there.
    """

    finding: str
    count: int
    normals: int
    size_mm: tuple[float, float]
    contrast: tuple[float, float]
    behind_heart: bool
    background: str
    seed: int


def findings() -> tuple[str, ...]:
    """Findings that can be drawn."""
    return tuple(kinds())


def sizes() -> Mapping[str, tuple[float, float]]:
    """Least and largest size of each finding that can be drawn, in mm."""
    return kinds()


def behind_heart(finding: str) -> bool:
    """Whether a finding can be drawn behind the heart."""
    return finding in BEHIND_HEART


def make_drills(
    place: Workspace, wish: DrillWish, progress: Progress, *, reader: Reader
) -> tuple[TeachingCase, ...]:
    """Draw and keep a set of films as teaching cases with phantom truth, each labelled generated.

    Raises
    ------
    CaseRefusedError
        If a size or contrast cannot be drawn, or there is no normal film to draw into.
    """
    _check(wish)
    rng = np.random.default_rng(wish.seed)
    backgrounds = _backgrounds(place, wish)
    made = []
    for number, (size, contrast) in enumerate(_plan(wish, rng)):
        progress(number, wish.count)
        made.append(_case(place, wish, next(backgrounds), size, contrast, rng, reader))
    progress(wish.count, wish.count)
    with place.work() as work:
        kept = tuple(work.teaching_cases.add(case) for case in made)
    logger.info("reader %d made a drill of %d films", reader.id, len(kept))
    return kept


def _check(wish: DrillWish) -> None:
    if wish.finding not in kinds():
        refused(N_("{finding} cannot be drawn"), finding=wish.finding)
    if not 1 <= wish.count <= MOST_FILMS:
        refused(N_("a drill has 1 to {most} films"), most=str(MOST_FILMS))
    if not 0 <= wish.normals <= wish.count:
        refused(N_("no more films than there are can be without a lesion"))
    least, most = kinds()[wish.finding]
    if not least <= wish.size_mm[0] <= wish.size_mm[1] <= most:
        refused(N_("sizes of {finding} lie between {least} and {most} mm"), finding=wish.finding,
                least=f"{least:g}", most=f"{most:g}")  # fmt: skip
    if not LEAST_CONTRAST <= wish.contrast[0] <= wish.contrast[1] <= 1.0:
        refused(N_("contrasts lie between {least} and 1"), least=f"{LEAST_CONTRAST:g}")
    if wish.behind_heart and wish.finding not in BEHIND_HEART:
        refused(N_("{finding} is not drawn behind the heart"), finding=wish.finding)
    if wish.background not in (PHANTOM, FILM):
        refused(N_("there is no such background"))


def _plan(wish: DrillWish, rng: np.random.Generator) -> list[tuple[float, float]]:
    """Size and contrast of each film, (0, 0) for a normal one, in an order that tells nothing.

    Both are spread evenly and put together at random, so that neither goes with the other.
    """
    drawn = wish.count - wish.normals
    sizes_mm = rng.permutation(np.linspace(*wish.size_mm, drawn))
    contrasts = rng.permutation(np.linspace(*wish.contrast, drawn))
    films = [(float(s), float(c)) for s, c in zip(sizes_mm, contrasts, strict=True)]
    films += [(0.0, 0.0)] * wish.normals
    return [films[int(index)] for index in rng.permutation(len(films))]


def _backgrounds(place: Workspace, wish: DrillWish) -> Iterator[Background]:
    """One film without a lesion after the other; real ones come again when all were taken."""
    if wish.background == PHANTOM:
        number = 0
        while True:
            yield phantom_background(int(wish.seed) * 1_000 + number)
            number += 1
    with place.look() as look:
        normal = [case for case in look.teaching_cases.every() if case.scored and case.normal]
    found = [each for case in normal if (each := _film(place, case.film)) is not None]
    if not found:
        refused(N_("no teaching case is a normal film in which both lungs are found"))
    while True:
        yield from found


def _film(place: Workspace, film: CaseFilm) -> Background | None:
    pixels = decode_pixels(place.blobs.get(film.pixel_blob_digest), film.rows, film.columns)
    grey = apply_window(pixels, film.window, monochrome1=film.monochrome1)
    return film_background(grey, film.spacing_mm)


def _case(
    place: Workspace,
    wish: DrillWish,
    background: Background,
    size_mm: float,
    contrast: float,
    rng: np.random.Generator,
    reader: Reader,
) -> TeachingCase:
    lesion = _drawn(wish, background, size_mm, contrast, rng) if size_mm else None
    grey = lesion.grey if lesion else background.grey
    return TeachingCase(
        id=0,
        title=_title(wish, size_mm, contrast),
        # One level for all of a set: it is shown before the commit.
        level=Level.INTERMEDIATE,
        reference=Reference.PHANTOM,
        reference_note="",
        findings=_truth(wish, lesion),
        regions=_regions(wish, lesion),
        film=_kept_film(place, grey, background.spacing_mm),
        history="",
        learning_points="",
        report=Sections(),
        draft=None,
        made_by=reader.name,
        made_at=dt.datetime.now(dt.UTC),
        drill=Drill(
            finding=wish.finding if lesion else "",
            size_mm=size_mm,
            contrast=contrast,
            behind_heart=wish.behind_heart and lesion is not None,
            background=wish.background,
            seed=wish.seed,
        ),
    )


def _drawn(
    wish: DrillWish,
    background: Background,
    size_mm: float,
    contrast: float,
    rng: np.random.Generator,
) -> DrillFilm:
    try:
        return draw(
            background, wish.finding, size_mm, contrast, rng, behind_heart=wish.behind_heart
        )
    except ValueError:
        refused(N_("{finding} of {size} mm has no room in one of the films"),
                finding=wish.finding, size=f"{size_mm:.0f}")  # fmt: skip


def _truth(wish: DrillWish, lesion: DrillFilm | None) -> tuple[TrueFinding, ...]:
    """What was drawn, and that nothing else was: a real background is normal by its reference."""
    if lesion is None:
        return drawn_findings((), findings())
    side = None if lesion.laterality is None else Laterality(lesion.laterality).value
    return drawn_findings(((wish.finding, side),), findings())


def _regions(wish: DrillWish, lesion: DrillFilm | None) -> tuple[Region, ...]:
    if lesion is None:
        return ()
    return tuple(Region(wish.finding, outline) for outline in outlines(lesion.mask))


def _kept_film(
    place: Workspace, grey: np.ndarray, spacing_mm: tuple[float, float] | None
) -> CaseFilm:
    pixels = np.rint(np.clip(grey, 0.0, 1.0) * 4095.0).astype(np.uint16)
    return CaseFilm(
        key=secrets.token_urlsafe(32),
        rows=pixels.shape[0],
        columns=pixels.shape[1],
        window=_WINDOW,
        monochrome1=False,
        spacing_mm=spacing_mm,
        projection="PA",
        pixel_blob_digest=place.blobs.put(encode_pixels(pixels)),
    )


def _title(wish: DrillWish, size_mm: float, contrast: float) -> str:
    if not size_mm:
        return f"Generated: no {wish.finding}"
    behind = ", behind the heart" if wish.behind_heart else ""
    return f"Generated: {wish.finding}, {size_mm:.0f} mm, contrast {contrast:.2f}{behind}"
