"""The bundled fonts: registered once, and which of them can draw a character."""

from __future__ import annotations

import threading
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FOLDER = Path(__file__).parent.parent / "fonts"
REGULAR, BOLD = "NotoSans-Regular", "NotoSans-Bold"


@dataclass(frozen=True)
class Typeface:
    """One font file.

    ``script`` marks a font of one script: digits and punctuation next to its letters are drawn with
    it too, where it has them.
    """

    name: str
    characters: frozenset[int]
    script: bool

    def draws(self, character: str) -> bool:
        return ord(character) in self.characters


# First font that has the character wins; the last one is the widest. Where a script has no bold
# file its regular one stands in.
_ORDER = {
    False: (REGULAR, "NotoSansTamil-Regular", "NotoSansDevanagari-Regular", "DejaVuSans"),
    True: (BOLD, "NotoSansTamil-Bold", "NotoSansDevanagari-Regular", "DejaVuSans"),
}
_SCRIPTS = ("NotoSansTamil", "NotoSansDevanagari")
_lock = threading.Lock()
_loaded: dict[str, Typeface] = {}


def typefaces(*, bold: bool = False) -> tuple[Typeface, ...]:
    """The fonts of a weight, in the order in which they are asked for a character."""
    with _lock:
        return tuple(_loaded.get(name) or _load(name) for name in _ORDER[bold])


def _load(name: str) -> Typeface:
    font = TTFont(name, str(FOLDER / f"{name}.ttf"))
    pdfmetrics.registerFont(font)
    # Each file is a family of its own: markup names the file, weight included.
    pdfmetrics.registerFontFamily(name, normal=name)
    characters = frozenset(
        code for code in font.face.charToGlyph if unicodedata.category(chr(code)) != "Co"
    )
    _name_all_glyphs(font)
    _loaded[name] = Typeface(name, characters, name.startswith(_SCRIPTS))
    return _loaded[name]


def _name_all_glyphs(font: Any) -> None:
    """Give every glyph without a character its private code now, in the order of the font.

    reportlab hands these codes out when a shaped word first needs one. The bytes of a report would
    then depend on the reports before it, and two threads could give one code to two glyphs.
    """
    shaper = font.hbFont()
    for glyph in range(font.hbFace.glyph_count):
        if glyph not in font.face.glyphToChar:
            advance = font.pdfScale(shaper.get_glyph_h_advance(glyph))
            font.hbAddPrivate(shaper.glyph_to_string(glyph), glyph, advance)
