"""Text from outside to lines on paper: escaped, each character in a font that has it, shaped.

reportlab 5.1 shapes a word with the font of its first letter, whatever the fonts of the others, and
prints wrong glyphs for them. Here a word is cut where a shaped font begins or ends, and each piece
is shaped with its own font.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import groupby
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfbase.ttfonts import shapeFragWord
from reportlab.platypus import Paragraph
from reportlab.platypus.paragraph import _getFragWords, _HSFrag, _processed_frags

from core.reporting.pdf.typefaces import BOLD, REGULAR, Typeface, typefaces

_JOINERS = "\u200c\u200d"
_VIRAMA = 9  # canonical combining class


def clean(text: str) -> str:
    """Composed (NFC), without controls, bidirectional overrides and other invisible characters.

    Joiners stay, since they change the letters of Indic scripts; breaks and tabs become spaces.
    """
    spaced = "".join(
        " " if c in "\n\t" or (unicodedata.category(c).startswith("Z") and c != "\u00a0") else c
        for c in unicodedata.normalize("NFC", text)
    )
    return "".join(c for c in spaced if c in _JOINERS or not _invisible(c))


def _invisible(character: str) -> bool:
    category = unicodedata.category(character)
    return category in ("Cc", "Cf") or "\ufe00" <= character <= "\ufe0f"


def runs(text: str, *, bold: bool = False) -> list[tuple[str, str]]:
    """Cut a cleaned text into stretches of one font.

    Returns
    -------
    list of (font name, text)
        A character that no font has is written as its code point, such as ``[U+738B]``.
    """
    fonts = typefaces(bold=bold)
    drawn = _spelled(text, fonts)
    chosen = [next(font for font in fonts if font.draws(c)) for c in drawn]
    _absorb(drawn, chosen, range(len(drawn)))
    _absorb(drawn, chosen, range(len(drawn) - 1, -1, -1))
    pairs = groupby(zip(chosen, drawn, strict=True), key=lambda pair: pair[0].name)
    return [(name, "".join(c for _, c in group)) for name, group in pairs]


def _spelled(text: str, fonts: tuple[Typeface, ...]) -> str:
    return "".join(c if any(font.draws(c) for font in fonts) else f"[U+{ord(c):04X}]" for c in text)


def _absorb(text: str, chosen: list[Typeface], order: range) -> None:
    """Let a script's font take the digits, marks and punctuation that follow it in ``order``."""
    before: Typeface | None = None
    for place in order:
        if text[place].isspace():
            before = None
        elif before and before.script and before.draws(text[place]):
            chosen[place] = before
        else:
            before = chosen[place]


def markup(text: str, *, bold: bool = False) -> str:
    """Text from outside as reportlab markup that can only print it."""
    own = BOLD if bold else REGULAR
    return "".join(
        escape(part) if name == own else f'<font name="{name}">{escape(part)}</font>'
        for name, part in runs(clean(text), bold=bold)
    )


def small_caps(text: str, size: float) -> str:
    """Markup of a bold heading of ``size`` points; scripts without capitals stay as they are."""
    marked = []
    for lower, letters in groupby(clean(text), key=str.islower):
        part = "".join(letters)
        capitals = markup(part.upper() if lower else part, bold=True)
        small = f'<font size="{0.8 * size:g}">{capitals}</font>'
        marked.append(small if lower else capitals)
    return "".join(marked)


class ScriptParagraph(Paragraph):  # type: ignore[misc]
    """A paragraph whose words may mix fonts and are shaped where their script needs it."""

    frags: list[Any]
    _spoken = ""

    def breakLines(self, width: float | list[float]) -> Any:  # noqa: N802
        # The rest of a paragraph that went on a page before holds words instead of text.
        texts = [getattr(frag, "text", "") for frag in self.frags]
        if not _processed_frags(self.frags) and any(map(_needs_shaping, texts)):
            self._spoken = "".join(texts)
            line = min(width) if isinstance(width, list | tuple) else width
            words = _getFragWords(self.frags, line)
            self.frags = [piece for word in words for piece in _shaped(word, line)]
        return super().breakLines(width)

    def draw(self) -> None:
        """Shaped glyphs have no characters of their own: the text to copy and search is added.

        Replacement text, ISO 32000-1, 14.9.4. A paragraph that goes over a page goes without.
        """
        if not self._spoken:
            super().draw()
            return
        text = ("\ufeff" + self._spoken).encode("utf-16-be").hex().upper()
        self.canv.addLiteral(f"/Span <</ActualText <{text}>>> BDC")
        super().draw()
        self.canv.addLiteral("EMC")


def paragraph(text: str, style: ParagraphStyle) -> ScriptParagraph:
    """One paragraph of plain text, in the weight of its style."""
    return ScriptParagraph(markup(text, bold=style.fontName == BOLD), style)


def line_width(text: str, style: ParagraphStyle) -> float:
    """Width of a plain text on one line before shaping, in points: shaping makes none wider."""
    parts = runs(clean(text), bold=style.fontName == BOLD)
    return float(sum(stringWidth(part, font, style.fontSize) for font, part in parts))


def _needs_shaping(text: str) -> bool:
    return any(
        unicodedata.category(c) in ("Mn", "Mc") or unicodedata.bidirectional(c) in ("R", "AL")
        for c in text
    )


def _shaped(word: list[Any], width: float) -> Iterator[list[Any]]:
    """The pieces of a word of ``[width, (frag, text), ...]``; a lone piece is the word itself."""
    if not _needs_shaping("".join(text for _, text in word[1:])):
        yield word
        return
    pieces: list[tuple[Any, str]] = []
    for frag, text in word[1:]:
        fits = _shape([0.0, (frag, text)])[0] <= width
        pieces += [(frag, part) for part in ([text] if fits else _syllables(text))]
    for piece in pieces[:-1]:
        yield _shape([0.0, piece])
    # Only the last piece carries the space after the word; a bare list is followed by none.
    yield _shape(_HSFrag([0.0, pieces[-1]]) if isinstance(word, _HSFrag) else [0.0, pieces[-1]])


def _shape(word: list[Any]) -> list[Any]:
    """A word that reportlab takes as it is, whether or not shaping changed anything."""
    shaped: list[Any] = shapeFragWord(word, force=True)
    return shaped


def _syllables(text: str) -> list[str]:
    """Where a word longer than a line may be cut: before any letter that nothing joins to the last.

    A short form of the extended grapheme clusters of UAX #29; a virama joins consonants.
    """
    parts: list[str] = []
    for character in text:
        mark = unicodedata.category(character).startswith("M") or character in _JOINERS
        if parts and (mark or unicodedata.combining(parts[-1][-1]) == _VIRAMA):
            parts[-1] += character
        else:
            parts.append(character)
    return parts
