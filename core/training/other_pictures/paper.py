"""Pages of text, screens and charts, with the fonts that come with the project."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

import core.reporting
from core.findings.vocabulary import NAMES
from core.models.preprocessing import Grey
from core.training.other_pictures.strokes import SIDE, canvas, grain

FONTS = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "NotoSans-Bold.ttf")
_WORDS = (*NAMES, "the", "of", "right", "left", "and", "no", "is", "unchanged", "2026", "12.5 mm")


@cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    folder = Path(core.reporting.__path__[0]) / "fonts"
    return ImageFont.truetype(folder / name, size)


def _sentence(rng: np.random.Generator, words: int) -> str:
    return " ".join(_WORDS[place] for place in rng.integers(len(_WORDS), size=words))


def write_lines(
    picture: Grey, rng: np.random.Generator, lines: int, *, level: float, small: bool = False
) -> Grey:
    """Return the picture with lines of words at random places."""
    sheet = Image.fromarray(np.rint(picture * 255).astype(np.uint8))
    pen = ImageDraw.Draw(sheet)
    for _ in range(lines):
        font = _font(str(rng.choice(FONTS)), int(rng.integers(5, 8 if small else 22)))
        place = (rng.uniform(-0.05, 0.8) * sheet.width, rng.uniform(0, 0.95) * sheet.height)
        words = _sentence(rng, 1 if small else int(rng.integers(1, 5)))
        pen.text(place, words, fill=int(level * 255), font=font)
    return (np.asarray(sheet) / np.float32(255)).astype(np.float32)


def page(rng: np.random.Generator) -> Grey:
    """A page of lines, paragraphs and rules, dark on bright or the other way round."""
    rows, columns = canvas(rng, 0.65)
    sheet = Image.new("L", (2 * columns, 2 * rows), 255)
    pen = ImageDraw.Draw(sheet)
    size = int(rng.integers(6, 24))
    font = _font(str(rng.choice(FONTS)), size)
    left, y = rng.uniform(0.02, 0.15) * sheet.width, rng.uniform(0.02, 0.2) * sheet.height
    while y < sheet.height * 0.97:
        if rng.random() < 0.85:
            words = _sentence(rng, int(rng.integers(1, 3 + 150 // size)))
            pen.text((left, y), words, fill=int(rng.integers(0, 90)), font=font)
        if rng.random() < 0.06:
            pen.line((left, y, sheet.width - left, y), fill=0, width=2)
        y += size * rng.uniform(1.1, 1.5)
    small = sheet.resize((columns, rows), Image.Resampling.BOX)
    grey = (np.asarray(small) / np.float32(255)).astype(np.float32)
    shade = 1 - 0.15 * rng.random() * np.clip(grain((rows, columns), rng, 2.0), -1, 1)
    grey = np.clip(grey * shade, 0, 1).astype(np.float32)
    return np.asarray(1 - grey if rng.random() < 0.4 else grey, np.float32)


def screen(rng: np.random.Generator) -> Grey:
    """A screen: panels, buttons, lists of words."""
    rows, columns = canvas(rng, 0.55)
    grey = np.full((rows, columns), rng.uniform(0, 1), np.float32)
    for _ in range(int(rng.integers(4, 16))):
        top, left = rng.uniform(-0.1, 0.9, 2) * (rows, columns)
        high, wide = rng.uniform(0.04, 0.6, 2) * (rows, columns)
        corner = (round(left + wide), round(top + high))
        level = float(rng.uniform(0, 1))
        cv2.rectangle(grey, (round(left), round(top)), corner, level, -1)
        if rng.random() < 0.4:
            cv2.rectangle(grey, (round(left), round(top)), corner, float(rng.uniform(0, 1)), 1)
    return write_lines(grey, rng, int(rng.integers(2, 14)), level=float(rng.uniform(0, 1)))


def chart(rng: np.random.Generator) -> Grey:
    """Curves, bars or points between two axes."""
    rows, columns = SIDE, round(SIDE * rng.uniform(0.8, 1.0))
    paper, ink = (1.0, 0.0) if rng.random() < 0.7 else (0.0, 1.0)
    grey = np.full((rows, columns), paper, np.float32)
    left, bottom = round(0.14 * columns), round(0.86 * rows)
    cv2.line(grey, (left, bottom), (columns - 6, bottom), ink, 1)
    cv2.line(grey, (left, bottom), (left, 6), ink, 1)
    span = np.arange(left, columns - 6)
    kind = int(rng.integers(3))
    for _ in range(int(rng.integers(1, 5))):
        level = float(abs(ink - rng.uniform(0, 0.6)))
        heights = np.interp(span, np.linspace(left, columns, 9), rng.uniform(0.1, 0.95, 9))
        y = np.rint(bottom - heights * (bottom - 8)).astype(np.int32)
        if kind == 0:
            cv2.polylines(grey, [np.stack([span, y], axis=1).astype(np.int32)], False, level, 2)
        elif kind == 1:
            for x, top in zip(span[::12], y[::12], strict=True):
                cv2.rectangle(grey, (int(x) + 2, int(top)), (int(x) + 9, bottom), level, -1)
        else:
            for x, top in zip(span[::4], y[::4], strict=True):
                cv2.circle(grey, (int(x), int(top)), 2, level, -1)
    return write_lines(grey, rng, 4, level=ink, small=True)
