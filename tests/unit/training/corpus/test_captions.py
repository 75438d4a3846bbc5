from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from core.findings.labeller import label
from core.training.corpus.captions import MOST_CHARACTERS, RULES, clean, tally

CLEANED = [
    # what speaks of the page
    ("Figure 2: Chest X-ray. Tack application", "Chest X-ray. Tack application"),
    ("Fig. 3a. Left effusion (arrow).", "Left effusion."),
    ("(A) Chest radiograph (white arrows, black arrowhead) with a mass.",
     "Chest radiograph with a mass."),
    ("Nodule [12, 14-16] in the right lung (Fig. 2a and b).", "Nodule in the right lung."),
    ("A CT was arranged. See Figure 12.", "A CT was arranged."),
    ("Opacity, as shown in Fig. 3, is left sided.", "Opacity, is left sided."),
    ("Mass (asterisk) and cyst (*) (panel B).", "Mass and cyst."),
    ("Effusion. (Color version of figure is available online.)", "Effusion."),
    ("Scoliosis. Courtesy of Prof. Kahn, Leipzig.", "Scoliosis."),
    ("Mass (reproduced with permission from [13]).", "Mass."),
    ("Effusion. Licensed under CC BY 4.0.", "Effusion."),
    # characters
    ("Chest X\u2010ray\u00a0with con\ufb02uent opacity", "Chest X-ray with confluent opacity"),
    ("A \u200bmass\u202e of\ufeff 3 cm\u00b3", "A mass of 3 cm\u00b3"),
    ("Size &lt;3&#160;cm <b>left</b>", "Size <3 cm left"),
    ("  Effusion \t on\r\n the left ", "Effusion on the left."),
    # who and when
    ("XXXX-year-old. No XXXX effusion. Sternotomy XXXX XXXX.", "No effusion. Sternotomy."),
    ("Clear. The nodule was not XXXX seen. No mass.", "Clear. No mass."),
    ("Compared with [**2101-3-4**], ___ shows a mass.", "Compared with, shows a mass."),
    ("On April 10th 2013, the chest radiograph was clear.", "The chest radiograph was clear."),
    ("After surgery (15 December 2015). Clear.", "After surgery. Clear."),
    ("11/4/14 Chest x-ray.", "Chest x-ray."),
    ("Chest radiograph of Mr. John Smith showing a mass.",
     "Chest radiograph of the patient showing a mass."),
    ("Read by Dr. Miller.", "Read."),
]  # fmt: skip
KEPT = [
    "1\u00bd cm nodule \u2116 5.",
    "Rib fracture (L) and effusion (R).",
    "Opacity (left arrow) and a mass (arrow: tumour).",
    "A 7\u00d75 cm mass, 1.2 x 3.4 cm, (5 cm) wide, .5 cm deep.",
    "No pneumothorax (no effusion either).",
    "Dextrocardia in a 92-year-old man since 1997.",
    "MR of the valve, PA view, CT ratio 0.6.",
    "Volume <3 ml, pressure >5 and <10 mmHg.",
    "The red arrow marks the cyst.",
    "Segments 4/5 and T4-T6 in two of 3/4 patients.",
    "\u0b87\u0b9f\u0ba4\u0bc1 \u0baa\u0bc1\u0bb1 "
    "\u0ba8\u0bc1\u0bb0\u0bc8\u0baf\u0bc0\u0bb0\u0bb2\u0bcd.",
    "Radiographie thoracique de face: opacit\u00e9 arrondie, \u00e9panchement.",
    "Effusion... and no more.",
    "47,XXX karyotype with a normal chest.",
]


@pytest.mark.parametrize(("original", "text"), CLEANED)
def test_what_does_not_speak_of_the_film_goes(original: str, text: str) -> None:
    assert clean(original).text == text


@pytest.mark.parametrize("text", KEPT)
def test_what_speaks_of_the_film_stays(text: str) -> None:
    cleaned = clean(text)
    assert cleaned.text == text and cleaned.rules == ()


@pytest.mark.parametrize("original", [each for each, _ in CLEANED])
def test_the_rules_that_fired_are_named(original: str) -> None:
    rules = clean(original).rules
    assert rules and set(rules) <= {name for name, _ in RULES}


@pytest.mark.parametrize(
    "nothing", ["", " ", "Figure 2a.", "(A)", "[3]", "12.", "\x00", "Fig. 4 (arrow)", "\u200b"]
)
def test_nothing_left_is_an_empty_text(nothing: str) -> None:
    assert clean(nothing).text == ""


def test_lines_become_sentences() -> None:
    report = "The heart is enlarged\n\nNo pleural effusion"
    cleaned = clean(report)
    assert cleaned.text == "The heart is enlarged. No pleural effusion."
    assert {(each.name, each.certainty) for each in label(cleaned.text)} == {
        (each.name, each.certainty) for each in label(report)
    }


def test_a_joiner_stays_where_a_script_needs_it() -> None:
    joined = "\u0d28\u0d4d\u200d"  # Malayalam chillu
    assert clean(f"Opacity {joined}.").text == f"Opacity {joined}."


def test_what_is_too_long_is_no_caption() -> None:
    cleaned = clean("a" * (MOST_CHARACTERS + 1))
    assert cleaned.text == "" and cleaned.rules == ("too_long",)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "trap", ["(", "((", "[1,", "Mr. A", "<b ", "&amp;", "XXXX ", "fig 1 ", "1/"]
)
def test_a_caption_made_to_be_slow_is_not(trap: str) -> None:
    clean((trap * MOST_CHARACTERS)[:MOST_CHARACTERS])


def test_rules_are_tallied() -> None:
    counts = tally(["Effusion (arrow).", "Clear lungs.", "Fig. 1."])
    assert counts["captions"] == 3 and counts["asides"] == 1
    assert counts["unchanged"] == 1 and counts["empty"] == 1 and counts["names"] == 0


@pytest.mark.films
def test_real_captions_keep_what_they_state() -> None:
    path = Path(os.environ["OVERREAD_TEST_DATA"]) / "text" / "roco_chest_captions.csv"
    if not path.is_file():
        pytest.skip("no list of ROCO captions in OVERREAD_TEST_DATA")
    with path.open(newline="", encoding="utf-8") as lines:
        captions = [row["caption"] for row in csv.DictReader(lines)]
    for caption in captions:
        cleaned = clean(caption)
        assert cleaned.text and clean(cleaned.text).rules == ()
        if cleaned.text != caption:
            assert stated_in(cleaned.text) == stated_in(caption), caption


def stated_in(text: str) -> set[tuple[object, ...]]:
    return {(each.name, each.certainty, each.laterality) for each in label(text)}
