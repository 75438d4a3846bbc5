"""Clean the caption of a figure: what speaks of the page goes, what speaks of the film stays.

A rule never touches a side, a denial, a measurement or a finding. An aside in brackets goes only
where it is nothing but pointers, panels, figures, citations or a provenance; "(arrow: effusion)",
"(left arrow)", "(L)" and "(5 cm)" stay. So do ages. The original is kept beside the cleaned text.

The original project lower-cased its captions. It is not done here: case tells "PA" and "AP" from
words, a sentence's beginning from its middle, and "Mr" from "MR"; tokenizers of today's models
know both cases, and a draft has to be written in them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from core.training.corpus.asides import without_asides
from core.training.corpus.characters import folded, lines_joined, spaced, visible, without_markup
from core.training.corpus.removed import (
    without_dates,
    without_names,
    without_placeholders,
)

MOST_CHARACTERS = 20_000
"""A text above this is no caption."""
_MOST_PASSES = 40
_LABEL = re.compile(
    r"^\s*(?:supplement(?:ary|al)\s+)?fig(?:ure|\.)?\s*S?\d{1,3}\s*[A-Z]?\s*"
    r"(?:[:.)](?!\d)|[-\u2013\u2014](?=\s)|$)",
    re.IGNORECASE,
)
_PANEL = re.compile(r"^\s*(?:\([A-HJ-K]\)|[A-HJ-Ka-hj-k][):](?=\s))")
_NUMBERS = r"S?\d{1,3}\s?[A-Za-z]?\b(?:\s*(?:,|&|-|\u2013|and)\s*(?:\d{1,3}\s?)?[A-Za-z]?\b(?!\w))?"
_SEE = re.compile(
    r",?\s*\b(?:see(?:\s+also)?|as\s+(?:shown|seen|indicated|depicted)\s+(?:in|on))\s+"
    rf"fig(?:ure)?s?\.?\s*{_NUMBERS}",
    re.IGNORECASE,
)
_CITATION = re.compile(r"\s?\[\s*\d{1,3}(?:\s*[,;\u2013-]\s*\d{1,3}){0,20}\s*\]")
_SENTENCE = r"(?:\b(?:Prof|Dr|Mr|Mrs|Ms|St|Dept|Univ|al|vs|[A-Z])\.|[^.]|\.(?=\d))*(?:\.|$)"
_PROVENANCE = re.compile(
    r"(?:^|(?<=[.;]))\s*(?:(?:image|figure|photograph|film)s?\s+)?"
    r"(?:courtesy\s+of|reproduced\s+(?:from|with|by)|reprinted\s+(?:from|with)|adapted\s+from"
    r"|copyright|\u00a9|licen[sc]ed\s+under|published\s+under|\(?colou?r\s+(?:version|figure)"
    r"|for\s+interpretation\s+of\s+the\s+references\s+to\s+colou?r"
    rf"|this\s+(?:figure|image)\s+is\s+(?:reproduced|licen[sc]ed|published)){_SENTENCE}",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Cleaned:
    """The cleaned text, empty where nothing is left, and the names of the rules that fired."""

    text: str
    rules: tuple[str, ...]


RULES: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("markup", without_markup),
    ("lines", lines_joined),
    ("unseen_characters", visible),
    ("character_forms", folded),
    ("citations", lambda text: _CITATION.sub("", text)),
    ("placeholders", without_placeholders),
    ("names", without_names),
    ("dates", without_dates),
    ("figure_references", lambda text: _SEE.sub("", _PANEL.sub("", _LABEL.sub("", text)))),
    ("asides", without_asides),
    ("provenance", lambda text: _PROVENANCE.sub("", text)),
    ("white_space", spaced),
)
"""Rules by name, in the order in which they are applied, again and again until none fires."""


def clean(original: str) -> Cleaned:
    """Clean one caption; cleaning a cleaned one changes nothing.

    Parameters
    ----------
    original : str
        As a source has it, of any length and in any script.

    Returns
    -------
    Cleaned
        ``rules`` in the order of `RULES`; ``too_long`` alone for what is no caption.
    """
    if len(original) > MOST_CHARACTERS:
        return Cleaned("", ("too_long",))
    text, fired = original, set()
    for _ in range(_MOST_PASSES):
        before = text
        for name, rule in RULES:
            changed = rule(text)
            if changed != text:
                fired.add(name)
                text = changed
        if text == before:
            break
    else:
        text = ""
    if not any(map(str.isalpha, text)):
        text = ""
    return Cleaned(text, tuple(name for name, _ in RULES if name in fired))


def tally(captions: Iterable[str]) -> dict[str, int]:
    """Return how many captions each rule changed, how many none did, and how many are empty now."""
    counts: Counter[str] = Counter({name: 0 for name, _ in RULES})
    for caption in captions:
        cleaned = clean(caption)
        counts["captions"] += 1
        counts["unchanged"] += cleaned.text == caption
        counts["empty"] += not cleaned.text
        counts.update(cleaned.rules)
    return dict(counts)
