"""Of any caption: cleaning is done once, and what is stated survives it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from core.findings.labeller import label
from core.training.corpus.captions import clean

STATED = (
    "Left pleural effusion",
    "There is no pneumothorax",
    "Possible consolidation in the right lower lobe",
    "The heart is enlarged",
    "Bilateral pulmonary edema",
    "A 2.5 x 3 cm mass in the left upper lobe",
    "No pleural effusion or consolidation",
    "The lungs are clear",
    "Small right apical pneumothorax",
)
ASIDES = (
    "",
    " (arrow)",
    " (white arrows)",
    " [12]",
    " (Fig. 2a)",
    " (A)",
    " (arrowheads, Fig. 3)",
    "\u00a0",
    " XXXX",
    " (Smith et al., 2013)",
    " (12 March 2014)",
    "\u200b",
    " &nbsp;",
    " <sup>1</sup>",
    " ___",
)
BEFORE = ("", "Figure 2: ", "(A) ", "Fig. 1a. ", "Mr. Smith. ", "On 3 May 2012, ", "  \ufeff")
AFTER = ("", " Courtesy of Dr. Miller, Hospital.", " See Fig. 2.", " (Color version online.)", "\n")


@st.composite
def captions(draw: st.DrawFn) -> tuple[str, str]:
    """A caption as an article has it, and the same without what belongs to the page."""
    sentences = draw(st.lists(st.sampled_from(STATED), min_size=1, max_size=3))
    decorated = [f"{sentence}{draw(st.sampled_from(ASIDES))}." for sentence in sentences]
    before, after = draw(st.sampled_from(BEFORE)), draw(st.sampled_from(AFTER))
    return before + " ".join(decorated) + after, " ".join(f"{each}." for each in sentences)


def stated_in(text: str) -> set[tuple[object, ...]]:
    return {(each.name, each.certainty, each.laterality) for each in label(text)}


@settings(max_examples=60, deadline=None)
@given(captions())
def test_findings_sides_and_denials_survive(pair: tuple[str, str]) -> None:
    decorated, plain = pair
    cleaned = clean(decorated)
    assert stated_in(cleaned.text) == stated_in(plain)
    for measure in ("2.5 x 3 cm",):
        assert (measure in cleaned.text) == (measure in plain)


PIECES = st.sampled_from(
    [
        *STATED,
        *ASIDES,
        *BEFORE,
        *AFTER,
        "(",
        ")",
        "[",
        "]",
        "<b>",
        "&amp;",
        "&lt;",
        "#60;",
        "Dr.",
        "Mr ",
        "XXXX",
        "\r\n",
        "\x00",
        "\ufb01",
        "\u00bd",
        "\u0b87\u0bb2\u0bcd",
        ",",
        ".",
        ";",
        ":",
        " ",
        "A",
        "l",
        "12",
        "/",
        "May",
        "2012",
        "fig",
        "on",
        "*",
        "see",
        "\u2028",
        "-",
        "1.",
        "\ud800",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=14).map("".join) | st.text(max_size=60))
def test_cleaning_twice_is_cleaning_once(original: str) -> None:
    once = clean(original)
    again = clean(once.text)
    assert again.text == once.text and again.rules == ()
