"""A text that runs on is cut where it stops being a report, and nowhere else."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.report import SECTION_LIMIT
from core.reporting.running_on import keep

REPORT = "The lungs are clear. No pleural effusion or pneumothorax. The heart is not enlarged."


def test_a_report_is_kept_as_it_is() -> None:
    kept = keep(REPORT)
    assert (kept.text, kept.start) == (REPORT, 0)
    assert not (kept.marks or kept.repeats or kept.too_long)


@pytest.mark.parametrize(
    "written",
    [
        f"{REPORT}<|im_end|>\n<|im_start|>user\nAnd now?",
        f"<s> {REPORT}</s></s></s>",
        f"ASSISTANT: {REPORT}\nUSER: What else?",
        f"<|begin_of_text|><|image|>{REPORT}<|eot_id|>",
        f"{REPORT}[/INST] and more",
        f"{REPORT} [SEP] [PAD] [PAD]",
        f"{REPORT}<end_of_turn>",
        f"{REPORT}<｜end▁of▁sentence｜>",
        f"<think>It may be an effusion.\nOr not.</think>\n{REPORT}",
        f"It may be an effusion. Or not.\n</think>\n\n{REPORT}<|im_end|>",
    ],
)
def test_control_tokens_end_a_text_and_never_begin_it(written: str) -> None:
    kept = keep(written)
    assert kept.text == REPORT and kept.marks and not kept.repeats
    assert written[kept.start : kept.start + len(REPORT)] == REPORT


def test_a_placeholder_and_an_angle_are_no_tokens() -> None:
    text = "There is a [side] effusion < 2 cm, user: see note, <5 mm> [1]."
    assert keep(text).text == text


def test_a_control_character_becomes_a_blank_in_its_place() -> None:
    kept = keep("No\x00 effusion.\x1b[0m\tClear.\n")
    assert kept.text == "No  effusion. [0m\tClear." and kept.marks


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("Clear. " + "No effusion. No pneumothorax. " * 9, "Clear. No effusion. No pneumothorax."),
        ("There is a left left left left left left", "There is a left"),
        ("There is lung lung lung lung", "There is lung"),
        (
            "1. The lung is clear. 2. The lung is clear. 3. The lung is clear. 4.",
            "1. The lung is clear. 2.",
        ),
        ("No Effusion here. no effusion here.\n\nNO effusion here.", "No Effusion here."),
        ("நுரையீரல் தெளிவு. " * 5, "நுரையீரல் தெளிவு."),
    ],
)
def test_a_loop_is_kept_once(written: str, text: str) -> None:
    kept = keep(written)
    assert (kept.text, kept.repeats, kept.marks) == (text, True, False)


@pytest.mark.parametrize(
    "written",
    [
        "A nodule of 1.2 x 1.2 x 1.2 cm.",
        "T1, T2, T3, T4 and T5 are normal.",
        "No effusion on the right. No effusion on the left.",
        "FINDINGS: No effusion. No pneumothorax.\nIMPRESSION: No effusion. No pneumothorax.",
        "Clear lungs. Clear lungs.",
    ],
)
def test_what_a_report_says_twice_is_no_loop(written: str) -> None:
    assert keep(written).text == written and not keep(written).repeats


def test_a_text_longer_than_a_section_is_cut_and_says_so() -> None:
    words = " ".join(f"word{number}" for number in range(6000))
    kept = keep(words)
    assert kept.too_long and len(kept.text) <= SECTION_LIMIT and words.startswith(kept.text)


@given(st.text(alphabet="ab. \n<|>s/\x00", max_size=80))
def test_what_is_kept_is_as_it_was_written(written: str) -> None:
    kept = keep(written)
    there = written[kept.start : kept.start + len(kept.text)]
    assert kept.text == there.replace("\x00", " ")
    again = keep(kept.text)
    assert again.text.strip() == kept.text.strip() and not again.repeats


@given(
    st.lists(st.from_regex(r"[a-z]{3,8}", fullmatch=True), min_size=1, max_size=30, unique=True),
    st.integers(4, 9),
    st.integers(0, 3),
)
def test_every_loop_ends_after_its_first_round(words: list[str], rounds: int, before: int) -> None:
    opening = [f"UP{number}" for number in range(before)]
    written = " ".join([*opening, *words * rounds])
    kept = keep(written)
    assert kept.repeats and kept.text == " ".join([*opening, *words])


@pytest.mark.films
def test_no_real_report_is_a_loop() -> None:
    path = Path(os.environ["OVERREAD_TEST_DATA"]) / "text" / "iu_reports.csv"
    if not path.is_file():
        pytest.skip("no coded reports in OVERREAD_TEST_DATA")
    with path.open(encoding="utf-8", newline="") as file:
        texts = [f"{row['findings']}\n{row['impression']}" for row in csv.DictReader(file)]
    assert len(texts) > 100
    assert [text for text in texts if keep(text).text != text.strip()] == []
