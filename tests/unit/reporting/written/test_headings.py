"""Headings in the spellings that models and readers use."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.reporting.headings import parts


def cut(text: str) -> list[tuple[str, str]]:
    return [(part.section, text[part.start : part.end]) for part in parts(text)]


BOTH = [("findings", "Small left effusion."), ("impression", "Left effusion.")]


@pytest.mark.parametrize(
    "text",
    [
        "FINDINGS: Small left effusion.\nIMPRESSION: Left effusion.",
        "FINDINGS:\nSmall left effusion.\n\nIMPRESSION:\nLeft effusion.\n",
        "Findings\nSmall left effusion.\nImpression\nLeft effusion.",
        "findings: Small left effusion. Impression: Left effusion.",
        "**Findings:** Small left effusion.\n\n**Impression:** Left effusion.",
        "**Findings**: Small left effusion.\n**Conclusion**: Left effusion.",
        "## Findings\n\nSmall left effusion.\n\n## Impression\n\nLeft effusion.",
        "1. Findings: Small left effusion.\n2. Impression: Left effusion.",
        "- Finding: Small left effusion.\n- Opinion: Left effusion.",
        "Small left effusion. IMPRESSION: Left effusion.",
        "Small left effusion.\nSummary: Left effusion.",
        "CHEST X-RAY FINDINGS: Small left effusion.\nFINAL IMPRESSION: Left effusion.",
        "FINDINGS:\r\nSmall left effusion.\r\nIMPRESSION:\r\nLeft effusion.\r\n",
        "Observations : Small left effusion.\nInterpretation : Left effusion.",
    ],
)
def test_findings_and_impression_are_told_apart(text: str) -> None:
    assert cut(text) == BOTH


def test_without_headings_all_of_it_is_findings_and_nothing_is_impression() -> None:
    text = "Small left effusion. No pneumothorax."
    assert cut(text) == [("findings", text)]
    assert [part.headed for part in parts(text)] == [False]


def test_a_whole_report() -> None:
    text = (
        "EXAMINATION: Chest, PA.\nCLINICAL HISTORY: Cough.\nCOMPARISON: None.\n"
        "Technique: One view.\nFINDINGS: Clear.\nIMPRESSION: Normal.\nRECOMMENDATION: None."
    )
    assert [section for section, _ in cut(text)] == [
        "technique",
        "indication",
        "comparison",
        "technique",
        "findings",
        "impression",
        "impression",
    ]


def test_what_stands_before_the_first_heading_is_kept_apart() -> None:
    found = parts("Here is the report.\nFINDINGS: Clear.")
    assert [(part.section, part.headed) for part in found] == [
        ("findings", False),
        ("findings", True),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "These findings: effusion and edema are new.",
        "The impression is that of edema.",
        "There is no comparison: the study is new.",
        "Findings are limited by rotation.",
        "Summary of changes since the last film: none.",
        "History of lymphoma with nodules.",
        "Views of the apices are limited.",
    ],
)
def test_a_word_in_a_sentence_is_no_heading(text: str) -> None:
    assert cut(text) == [("findings", text)]


def test_empty_sections_are_left_out() -> None:
    assert cut("FINDINGS:\nIMPRESSION: Clear.\nTECHNIQUE: -") == [("impression", "Clear.")]
    assert parts("") == () and parts(" \n.") == ()


@given(st.text(alphabet="FINDGSfindgs:\n .*1-aIMPRESO", max_size=60))
def test_parts_are_in_order_and_apart(text: str) -> None:
    end = 0
    for part in parts(text):
        assert end <= part.start < part.end <= len(text)
        assert text[part.start : part.end] == text[part.start : part.end].strip()
        end = part.end
