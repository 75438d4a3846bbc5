"""Small pictures of films that lie in a folder of the administrator's choice."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import streamlit as st
from PIL import Image

from core.training.boxes import Box
from dashboard.language import translate as _

SIDE = 160
"""Long side of a thumbnail, in pixels."""
MOST_BYTES = 32 * 2**20
MOST_PIXELS = 40_000_000
SUFFIXES = (".png", ".jpg", ".jpeg")


@dataclass(frozen=True)
class Thumbnail:
    """``image`` is relative to the folder; ``lines`` stand below it, the first one bold.

    ``mark`` is a place on the film, across and down in shares of it.
    """

    image: str
    lines: tuple[str, ...] = ()
    boxes: tuple[Box, ...] = ()
    mark: tuple[float, float] | None = None


def show_thumbnails(folder: Path, films: Sequence[Thumbnail]) -> None:
    """Show films side by side; one that cannot be shown keeps its place and its words."""
    st.html(f'<div class="thumbnails">{"".join(_framed(folder, film) for film in films)}</div>')


def _framed(folder: Path, film: Thumbnail) -> str:
    picture = thumbnail_jpeg(folder, film.image)
    if picture is None:
        words = _("film not at hand")
        shown = f'<div class="absent">{escape(words)}</div>'
    else:
        source = base64.b64encode(picture).decode("ascii")
        alt = escape(", ".join(film.lines) or film.image)
        shown = f'<img src="data:image/jpeg;base64,{source}" alt="{alt}">'
        shown += "".join(_box(box) for box in film.boxes) + _mark(film.mark)
    lines = "".join(f"<span>{escape(line)}</span>" for line in film.lines)
    name = f'<small title="{escape(film.image)}">{escape(Path(film.image).name)}</small>'
    return f'<figure><div class="film">{shown}</div><figcaption>{lines}{name}</figcaption></figure>'


def _box(box: Box) -> str:
    """A frame in percent of the film, kept within it."""
    left, top = (min(max(edge, 0.0), 1.0) for edge in (box.left, box.top))
    width, height = min(box.width, 1 - left), min(box.height, 1 - top)
    edges = {"left": left, "top": top, "width": width, "height": height}
    style = ";".join(f"{name}:{100 * edge:.1f}%" for name, edge in edges.items())
    return f'<i style="{style}"></i>'


def _mark(place: tuple[float, float] | None) -> str:
    if place is None:
        return ""
    left, top = (100 * min(max(share, 0.0), 1.0) for share in place)
    return f'<b style="left:{left:.1f}%;top:{top:.1f}%"></b>'


def thumbnail_jpeg(folder: Path, image: str) -> bytes | None:
    """Return a grey JPEG of a film, its long side `SIDE`; ``None`` where it cannot be shown.

    Parameters
    ----------
    folder : Path
        What is not below it, after links are followed, is never opened.
    image : str
        Path relative to the folder, as a figures file names it.
    """
    path = film_path(folder, image)
    if path is None:
        return None
    try:
        with Image.open(path, formats=("PNG", "JPEG")) as film:
            if film.width * film.height > MOST_PIXELS:
                return None
            # A JPEG is decoded at the smallest size that still serves.
            film.draft("L", (2 * SIDE, 2 * SIDE))
            grey = _eight_bits(film)
            grey.thumbnail((SIDE, SIDE))
            out = io.BytesIO()
            grey.save(out, "JPEG", quality=88)
            return out.getvalue()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def film_path(folder: Path, image: str) -> Path | None:
    """Return the file if it is a picture below the folder, and not too large."""
    try:
        root = folder.resolve(strict=True)
        path = (root / image).resolve(strict=True)
        small = path.is_file() and path.stat().st_size <= MOST_BYTES
    except (OSError, ValueError, RuntimeError):
        return None
    if not small or not path.is_relative_to(root) or path.suffix.lower() not in SUFFIXES:
        return None
    return path


def _eight_bits(film: Image.Image) -> Image.Image:
    """Sixteen bits are scaled to eight: a plain conversion would cut them off."""
    if film.mode.startswith("I"):
        return film.convert("I").point(lambda grey: grey / 256).convert("L")
    return film.convert("L")
