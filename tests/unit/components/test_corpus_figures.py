"""What the Corpus page looks up in a file of figures, and what it draws of it."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.components import drawing
from dashboard.components.corpus import charts, figures, stated
from dashboard.components.corpus.head import stated_findings

PREVALENCE = {"value": 0.5, "low": 0.2, "high": 0.8, "cases": 10}
DOCUMENT: dict[str, Any] = {
    "findings": {
        "train": {
            "mass": {"present": 1, "uncertain": 0, "absent": 0, "share": PREVALENCE},
            "nodule": {"present": 5, "uncertain": 1, "absent": 2, "share": PREVALENCE},
            "hernia": {"present": 0, "uncertain": 0, "absent": 0, "share": None},
            "no finding": {"present": 9, "uncertain": 0, "absent": 0, "share": PREVALENCE},
        }
    },
    "caption_words": {"train": {"edges": [0, 5, 10], "counts": [1, 2]}},
    "together": {"names": ["mass", "nodule"], "counts": [[1, 1], [1, 5]]},
}


def test_findings_are_ordered_by_how_often_and_no_finding_comes_last() -> None:
    assert stated.by_frequency(DOCUMENT) == ["nodule", "mass", "no finding"]
    assert stated_findings(DOCUMENT) == ["mass", "nodule"]


@pytest.mark.parametrize(
    "found",
    [None, {"edges": [0, 1], "counts": [1, 2]}, {"edges": "ab", "counts": [1]}, {"counts": [1]}],
)
def test_a_histogram_that_does_not_fit_is_none(found: object) -> None:
    assert figures.bins({"caption_words": {"train": found}}, "train") is None
    assert figures.bins(DOCUMENT, "train") == {"edges": [0, 5, 10], "counts": [1, 2]}


@pytest.mark.parametrize("counts", [[[1, 2]], [[1], [2]], "no rows", [["a", 1], [1, 1]]])
def test_a_matrix_that_is_not_square_is_none(counts: object) -> None:
    document = {"together": {"names": ["mass", "nodule"], "counts": counts}}
    assert figures.together(document) == ([], [])
    assert stated.together(document).plot is None


def test_a_file_that_holds_nothing_draws_nothing() -> None:
    assert stated.prevalence({}).plot is None
    assert stated.together({}).rows == []


def test_a_figure_holds_outlines_and_no_text() -> None:
    plot = charts.bars(["mass $x$", "நுரையீரல்"], [3, 1], "captions")
    outlines = drawing.svg(plot)
    assert b"<text" not in outlines and drawing.points(outlines) > 300
    assert drawing.png(plot).startswith(b"\x89PNG")


def test_letters_of_tamil_are_in_the_typefaces(recwarn: pytest.WarningsRecorder) -> None:
    drawing.svg(charts.bars(["நுரையீரல் வீக்கம்"], [1], "படங்கள்"))
    assert not [each for each in recwarn if "Glyph" in str(each.message)]
