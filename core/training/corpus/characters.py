"""Characters of a caption: one spelling for each, none that cannot be seen, lines made sentences.

Unicode's compatibility forms are folded (ligatures, full width, the no-break space) but for those
that would say something else: a superscript ("cm³"), a fraction ("1½ cm" would be 11⁄2), a circled
number, "№" (folded, it reads "No" and denies what follows), and accents that stand alone.
"""

from __future__ import annotations

import html
import re
import unicodedata

from core.findings.sentences import sentences

_KEPT_FORMS = ("<super>", "<sub>", "<fraction>", "<circle>")
_KEPT = frozenset("№")
_SAME = str.maketrans(
    {"\u2010": "-", "\u2011": "-", "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'}
)
# Named as text mark-up names them: "<3 cm" is no tag.
_TAG = re.compile(
    r"</?(?:a|b|bold|br|caption|div|em|font|i|italic|label|li|ol|p|sc|span|strong|sub|sup|title|u"
    r"|ul|xref)\b[^<>]{0,300}>",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_CLOSED = re.compile(r"[.!?:;,]$")


def without_markup(text: str) -> str:
    """Write entities as their character and take tags away."""
    return _TAG.sub("", _ENTITY.sub(lambda match: html.unescape(match.group()), text))


def lines_joined(text: str) -> str:
    """Write lines one after the other; what a line break ended is ended by a stop.

    Sentences are cut as the labeller cuts them, so that a finding does not run into the next line.
    """
    if len(text.strip().splitlines()) < 2:
        return " ".join(text.splitlines())
    pieces = (" ".join(each.splitlines()) for each in sentences(text))
    return " ".join(each if _CLOSED.search(each) else f"{each}." for each in pieces)


def folded(text: str) -> str:
    """Fold compatibility forms, hyphens and quotation marks, and compose accents (NFC)."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", "".join(map(_folded, text)).translate(_SAME))


def _folded(char: str) -> str:
    form = unicodedata.decomposition(char)
    if not form.startswith("<") or char in _KEPT or form.startswith(_KEPT_FORMS):
        return char
    plain = unicodedata.normalize("NFKC", char)
    # An acute accent used as an apostrophe would become a space and a combining mark.
    return char if len(plain) > 1 and plain.startswith(" ") else plain


def visible(text: str) -> str:
    """Take characters away that cannot be seen: control, zero width, of direction, undecoded.

    A joiner stays where it joins: behind a mark of an Indic script.
    """
    if text.isprintable():
        return text
    kept = []
    before = ""
    for char in text:
        category = unicodedata.category(char)
        joins = char in "\u200c\u200d" and unicodedata.category(before or " ").startswith("M")
        if category in ("Cc", "Zl", "Zp"):
            kept.append(" ")
        elif char != "\ufffd" and (joins or not category.startswith("C")):
            kept.append(char)
        before = char
    return "".join(kept)


def spaced(text: str) -> str:
    """Leave one space between words, and none before a stop or within brackets."""
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r"(?<=[(\[]) | (?=[)\]])", "", text)
    text = re.sub(r" ?(?:\(\s*[,;.&]*\s*\)|\[\s*[,;.]*\s*\])", "", text)
    # ".5 cm" is a number.
    text = re.sub(r" +(?=[.,;:](?!\d))", "", text)
    text = re.sub(r"(?<=[,;:.])(?: ?[,;](?!\d))+", "", text)
    text = re.sub(r"[,;:](?=\.(?:\s|$))", "", text)
    text = re.sub(r"(?<=[a-z)]\.) ?\.(?!\.)(?=\s|$)", "", text)
    return re.sub(r"^[.:](?=\s|$)", "", text).strip(" ,;")
