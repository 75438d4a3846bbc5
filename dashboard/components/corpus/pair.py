"""One sample as HTML; every word of it is from outside and is escaped."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from html import escape

from core.domain.correction import word_diff
from core.domain.finding import Certainty, Laterality, Mention
from dashboard.components.corpus.head import licence_words
from dashboard.components.corpus.names import kind_name, plainly
from dashboard.language import translate as _
from dashboard.services.corpus_samples import Pair

MOST_LETTERS = 20_000
"""Letters of a text that are shown; captions have a few hundred."""
_SHAPES = {Certainty.PRESENT: "●", Certainty.UNCERTAIN: "◐", Certainty.ABSENT: "○"}
_TAGS = {"same": "span", "removed": "del", "added": "ins"}


def pair_html(pair: Pair, split: str, picture: bytes | None) -> str:
    """Return the film with what is asked and answered about it, and where both come from.

    Parameters
    ----------
    picture : bytes or None
        A JPEG; ``None`` where the film cannot be shown: the words stay.
    """
    heads = (split, kind_name(pair.kind), pair.identifier)
    tags = "".join(f'<span class="tag" dir="auto">{escape(each)}</span>' for each in heads if each)
    told = (
        _said(_("asked"), pair.question)
        + _said(_("answered"), pair.answer, "answer")
        + _findings(pair.findings)
        + _original(pair)
        + _origin(pair)
    )
    return (
        f'<div class="pair"><div class="film">{_film(pair, picture)}</div>'
        f'<div class="words"><div class="tags">{tags}</div>{told}</div></div>'
    )


def _film(pair: Pair, picture: bytes | None) -> str:
    if picture is None:
        absent = escape(_("The picture of this sample cannot be shown."))
        return f'<div class="absent">{absent}</div>'
    source = base64.b64encode(picture).decode("ascii")
    alt = escape(_("Picture of the sample {name}").format(name=pair.identifier))
    return f'<img src="data:image/jpeg;base64,{source}" alt="{alt}">'


def _said(label: str, text: str, tone: str = "") -> str:
    shown = escape(_cut(text))
    return f'<h4>{escape(label)}</h4><p class="said {tone}" dir="auto">{shown}</p>'


def _findings(mentions: Iterable[Mention]) -> str:
    """What the labeller read, with a shape, a word and a colour for how sure the words are."""
    lines = "".join(_finding(each) for each in mentions)
    nothing = escape(_("No finding was read from the caption."))
    shown = f"<ul>{lines}</ul>" if lines else f'<p class="muted">{nothing}</p>'
    head = escape(_("findings read"))
    return f"<h4>{head}</h4>{shown}"


def _finding(mention: Mention) -> str:
    sides = {
        Laterality.LEFT: _("left"),
        Laterality.RIGHT: _("right"),
        Laterality.BILATERAL: _("both sides"),
    }
    certainty = mention.certainty
    side = f", {sides[mention.laterality]}" if mention.laterality else ""
    words = escape(f"{_SHAPES[certainty]} {_(certainty.value)}")
    return (
        f'<li>{escape(_(mention.name) + side)} <span class="{certainty.value}">{words}</span></li>'
    )


def _original(pair: Pair) -> str:
    """The caption as the source has it, folded, with what cleaning took and put marked."""
    before, after = _cut(pair.original), _cut(pair.caption)
    if before == after:
        same = escape(_("The caption is as the source has it."))
        return f'<p class="muted">{same}</p>'
    runs = "".join(
        f"<{_TAGS[op]}>{escape(text)}</{_TAGS[op]}>" for op, text in word_diff(before, after)
    )
    summary = escape(_("The caption as the source has it, with what was cleaned"))
    return (
        f"<details><summary>{summary}</summary>"
        f'<p class="said diff" dir="auto"><span>{runs}</span></p></details>'
    )


def _origin(pair: Pair) -> str:
    parts = {
        _("source"): plainly(pair.source),
        _("patient or figure"): pair.group,
        _("licence"): licence_words(pair.licence),
        _("pixels"): f"{pair.width} × {pair.height}",
        _("UMLS concepts"): " ".join(pair.concepts),
    }
    lines = "".join(
        f'<dt>{escape(name)}</dt><dd dir="auto">{escape(_cut(text))}</dd>'
        for name, text in parts.items()
        if text
    )
    return f"<dl>{lines}</dl>"


def _cut(text: str) -> str:
    return text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]} …"
