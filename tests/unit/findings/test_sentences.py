"""Reports as they are typed, wrapped, dictated and numbered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.findings.sentences import sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n . .\n", []),
        ("One. Two.", ["One.", "Two."]),
        ("No effusion.No nodule.", ["No effusion.", "No nodule."]),
        ("no effusion. cardiomegaly.", ["no effusion.", "cardiomegaly."]),
        ("Told to Dr. Roe at 5 p.m. today.", ["Told to Dr. Roe at 5 p.m. today."]),
        ("Told to Dr. J. Roe.", ["Told to Dr. J. Roe."]),
        ("A 2.5 cm nodule. Clear.", ["A 2.5 cm nodule.", "Clear."]),
        ("Atelectasis vs. scar.", ["Atelectasis vs. scar."]),
        ("1. Effusion.\n2. Nodule.", ["Effusion.", "Nodule."]),
        ("1. Effusion. Larger. 2. Nodule.", ["Effusion.", "Larger.", "Nodule."]),
        ("1) Effusion\n2) Nodule", ["Effusion", "Nodule"]),
        ("- Effusion\n• Nodule", ["Effusion", "Nodule"]),
        ("1.5 cm nodule.", ["1.5 cm nodule."]),
        ("pleural effusion\ncardiomegaly", ["pleural effusion", "cardiomegaly"]),
        ("No effusion or\npneumothorax.", ["No effusion or\npneumothorax."]),
        ("? nodule on the left", ["? nodule on the left"]),
        ("Left base ?pneumonia. Clear.", ["Left base ?pneumonia.", "Clear."]),
        ("Effusion? Nodule.", ["Effusion?", "Nodule."]),
        ("[side] effusion. [side] nodule.", ["[side] effusion.", "[side] nodule."]),
        ("Findings:\nNo effusion.\n\nImpression:\nNormal.",
         ["Findings:", "No effusion.", "Impression:", "Normal."]),
    ],
)  # fmt: skip
def test_sentences(text: str, expected: list[str]) -> None:
    assert list(sentences(text)) == expected


def test_a_wrapped_line_goes_on() -> None:
    text = "There is no focal consolidation in either of the lungs,\nno effusion and no nodule."
    assert len(sentences(text)) == 1


@given(st.text(alphabet="ab AB.?!\n123-()", max_size=80))
def test_sentences_are_verbatim_and_in_order(text: str) -> None:
    end = 0
    # Only the white space around a wrapped line's break is normalised.
    flat = "".join(text.split())
    for sentence in sentences(text):
        end = flat.index("".join(sentence.split()), end) + 1
