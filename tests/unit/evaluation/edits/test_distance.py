"""Distances in words, against another library and by hand."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest
from nltk.metrics.distance import edit_distance

from core.evaluation.edits.distance import MOST_WORDS, longer, word_distance


@pytest.mark.parametrize(
    ("before", "after", "distance"),
    [
        ("", "", 0),
        ("", "Small left effusion.", 3),
        ("No effusion.", "No effusion.", 0),
        ("No effusion.", "No left effusion.", 1),
        ("Small right effusion.", "Small left effusion.", 1),
        ("சிறிய இடது நீர்க்கோர்வை.", "சிறிய வலது நீர்க்கோர்வை.", 1),
    ],
)
def test_words_that_differ(before: str, after: str, distance: int) -> None:
    assert word_distance(before, after) == distance


def test_it_agrees_with_another_library() -> None:
    chance = random.Random(0)
    for _ in range(60):
        one, other = (chance.choices("abcdefg", k=chance.randint(0, 14)) for _ in "xy")
        assert word_distance(" ".join(one), " ".join(other)) == edit_distance(one, other)


def test_a_very_long_text_is_compared_to_its_limit() -> None:
    text = " ".join(["word"] * MOST_WORDS)
    assert word_distance(text, f"{text} one two three") == 3


def test_the_longer_text_is_the_length() -> None:
    assert longer("one two", "one") == 2 and longer("", "") == 0


def test_no_torch_comes_with_it() -> None:
    code = (
        "import sys; from core.evaluation.edits.distance import word_distance as apart; "
        "assert apart('left', 'right side') == 2; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
