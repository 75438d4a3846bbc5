"""Figures as words and tables: what is absent is a dash, what is there has its interval."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from core.evaluation.resampling import hits_of
from dashboard.components.models.figures import (
    NOTHING,
    called_findings,
    decimal,
    figure,
    inline,
    part,
    share,
)
from dashboard.components.models.table import Cell, Table, counted, measured, table_html

AREA = {"value": 0.831, "low": 0.79, "high": 0.868, "cases": 21}


@pytest.mark.parametrize(("hits", "tries"), [(0, 40), (3, 40), (20, 20), (1, 2)])
def test_a_share_has_the_interval_that_the_evaluation_gives(hits: int, tries: int) -> None:
    found, known = share(hits, tries), hits_of(hits, tries)
    assert known is not None and found == asdict(known)


def test_no_try_has_no_share() -> None:
    assert share(0, 0) is None


@pytest.mark.parametrize("document", [{}, {"a": None}, {"a": {"b": None}}, {"a": 3}, {"a": []}])
def test_an_absent_part_is_empty_and_its_figure_a_dash(document: object) -> None:
    assert part(document, "a", "b") == {}
    assert figure(document, "a", "b") is None
    assert inline(figure(document, "a", "b")) == NOTHING
    assert measured(figure(document, "a", "b")).text == NOTHING


def test_a_figure_reads_with_its_interval() -> None:
    assert inline(figure({"a": {"b": AREA}}, "a", "b")) == "0.83 (0.79 to 0.87)"
    assert inline(AREA | {"low": -0.1}, signed=True) == "+0.83 (−0.10 to +0.87)"
    assert decimal(-0.25) == "−0.25"


def test_a_difference_that_is_not_zero_does_not_read_as_zero() -> None:
    small = {"value": 0.0159, "low": 0.0032, "high": 0.0282, "cases": 9}
    assert inline(small, signed=True) == "+0.016 (+0.003 to +0.028)"
    assert measured(small, signed=True) == Cell("+0.016", "+0.003 to +0.028", "9 cases")
    fall = {"value": -0.0012, "low": -0.005, "high": 0.0, "cases": 9}
    assert inline(fall, signed=True) == "−0.001 (−0.005 to 0.000)"
    assert inline(dict.fromkeys(("value", "low", "high"), 0.0), signed=True) == (
        "0.00 (0.00 to 0.00)"
    )
    assert inline(small) == "0.02 (0.00 to 0.03)"


def test_cells_hold_the_interval_and_the_cases() -> None:
    assert measured(AREA) == Cell("0.83", "0.79 to 0.87", "21 cases")
    sure = {"value": 1.0, "low": 1.0, "high": 1.0, "cases": 2}
    assert measured(sure) == Cell("1.00", "every resample alike", "2 cases")
    assert counted(3, 40, share(3, 40)) == Cell("3 of 40", "0.03 to 0.20", "0.07")
    assert counted(0, 0, None).text == NOTHING


def test_no_finding_stands_last() -> None:
    document = {"findings": {"no finding": {}, "mass": {}, "hernia": {}}}
    assert list(called_findings(document)) == ["mass", "hernia", "no finding"]


def test_every_word_of_a_table_is_escaped() -> None:
    evil = Cell("<b>a", "<i>b", '"><script>', "tone")
    html = table_html(Table("<c>", ["<h>", evil], [["<r>", evil]], [("<g>", 2)]))
    for bad in ("<b>", "<i>", "<script>", "<c>", "<h>", "<r>", "<g>"):
        assert bad not in html
    assert html.count("&lt;b&gt;a") == 2


def test_a_row_has_a_heading_said_quietly_when_it_is_said_again() -> None:
    html = table_html(Table("", ["finding", "x"], [["mass", "1"], ["mass", "2"], ["hernia", "3"]]))
    assert html.count('<th scope="row">') == 2
    assert html.count('<th scope="row" class="again">mass') == 1
    assert html.count('scope="col"') == 2
