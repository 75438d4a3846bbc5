"""The film: window/level, zoom, pan and evidence maps, drawn in the browser.

Pixels travel once, as 16-bit values, from the address of each film; moving the mouse asks the
server nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from matplotlib import colormaps

from dashboard.components.registration import register
from dashboard.language import translate as _


@dataclass(frozen=True)
class FilmView:
    """One film as the viewer needs it.

    ``url`` answers with ``rows * columns`` little-endian unsigned 16-bit values, row by row. The
    window is in the units of these values (DICOM PS3.3 C.11.2.1.2 and C.11.2.1.3).
    ``spacing_mm`` is (between rows, between columns).
    """

    instance_id: int
    url: str
    rows: int
    columns: int
    window_center: float
    window_width: float
    window_function: Literal["LINEAR", "LINEAR_EXACT", "SIGMOID"] | str
    monochrome1: bool
    spacing_mm: tuple[float, float] | None
    label: str
    phantom: bool = False


@dataclass(frozen=True)
class MapView:
    """Evidence for one finding on one film: an 8-bit grey PNG in the film's geometry.

    ``title`` stands beside the map; where ``validated`` is false it must say that the map is no
    location. ``label`` is the finding in the reader's language.
    """

    finding: str
    instance_id: int
    url: str
    title: str
    validated: bool
    label: str = ""


@dataclass(frozen=True)
class MarksToSet:
    """Marks that the reader sets: a click or a box, of one of these findings.

    ``findings`` are (name, label). The answer beside the viewer keeps the marks.
    """

    findings: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class MarkShown:
    """A committed mark, in pixels of the film; ``hit`` is ``None`` where none is judged."""

    finding: str
    label: str
    x: float
    y: float
    width: float
    height: float
    hit: bool | None = None


@dataclass(frozen=True)
class RegionShown:
    """Where a finding lies: a polygon of (x, y) in pixels of the film."""

    finding: str
    label: str
    outline: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class MarksShown:
    marks: tuple[MarkShown, ...] = ()
    regions: tuple[RegionShown, ...] = ()


def inferno_table() -> str:
    """The colour table of the maps as a JavaScript constant: 256 times red, green, blue."""
    colours = colormaps["inferno"](range(256), bytes=True)[:, :3]
    return f"const MAP_COLOURS = new Uint8Array({json.dumps(colours.ravel().tolist())});\n"


_mount = register("viewer", constants=inferno_table())


def show(
    films: Sequence[FilmView],
    maps: Sequence[MapView],
    *,
    height_css: str,
    key: str,
    marks: MarksToSet | MarksShown | None = None,
) -> None:
    """Show the films of a study with the maps that exist so far.

    Parameters
    ----------
    films
        In reading order; the first one is shown.
    maps
        May grow from one run to the next: neither zoom nor window is touched.
    height_css
        Height of the whole viewer as a CSS length, for example ``calc(100vh - 96px)``.
    key
        Streamlit key, the same from run to run.
    marks
        Of one film: those to set before a commit, or those to show after it.
    """
    data = {
        "films": [asdict(film) for film in films],
        "maps": [{**asdict(map_), "label": map_.label or map_.finding} for map_ in maps],
        "marks": _marks(marks),
        "height": height_css,
        "labels": _labels(),
    }
    _mount(key=key, data=data)


def _marks(marks: MarksToSet | MarksShown | None) -> dict[str, Any] | None:
    if marks is None:
        return None
    return {"mode": "edit" if isinstance(marks, MarksToSet) else "show", **asdict(marks)}


def _labels() -> dict[str, str]:
    return {
        "viewer": _("Film viewer"),
        "tools": _("Tools"),
        "films": _("Films"),
        "window": _("W/L"),
        "window_title": _("Window and level: drag across for width, up and down for level (W)"),
        "zoom": _("Zoom"),
        "zoom_title": _("Zoom: drag up and down, or turn the wheel (Z, + and −)"),
        "pan": _("Pan"),
        "pan_title": _("Pan: drag, or the middle button, or Shift (P)"),
        "invert": _("Invert"),
        "invert_title": _("Invert grey levels (I)"),
        "reset": _("Reset"),
        "reset_title": _("Whole film, window of the file (Space)"),
        "actual": _("1:1"),
        "actual_title": _("One pixel of the film on one pixel of the screen"),
        "film_title": _("Show this film (Page Up, Page Down)"),
        "mark": _("Mark"),
        "mark_title": _(
            "Mark where it is: click, or drag a box (K; arrow keys and Enter; Delete takes it back)"
        ),
        "mark_of": _("of"),
        "mark_of_title": _("Finding that the next mark is of"),
        "mark_none": _("finding …"),
        "mark_first": _("Choose the finding first, then mark it."),
        "map": _("Map"),
        "map_title": _("Map of a finding (arrow keys or 1 to 9; M hides and shows it)"),
        "no_map": _("none"),
        "opacity": _("Opacity"),
        "threshold": _("Threshold"),
        "threshold_title": _("Hide the map below this value"),
        "legend": _("low to high"),
        "map_missing": _("{finding}: no map on this film"),
        "phantom": _("phantom"),
        "loading": _("Loading film … {percent} %"),
        "retry": _("Try again"),
        "no_film": _("This study has no film."),
        "unreachable": _("The film could not be fetched: the server does not answer."),
        "refused": _("The film could not be fetched: the server answered {status}."),
        "truncated": _("The film arrived incomplete: {received} of {expected} bytes."),
        "undrawable": _("The film could not be drawn: {message}"),
        "map_failed": _("The map of {finding} could not be shown."),
        "scale_title": _("At the detector"),
    }
