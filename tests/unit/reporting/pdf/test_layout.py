"""Pages, paper and margins of the finished file."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.domain.finding import Certainty, Finding, Laterality
from core.domain.report import Sections
from core.reporting.pdf.content import Addendum, KeyImage, ReportContent
from core.reporting.pdf.document import report_pdf
from tests.unit.reporting.pdf.read_back import opened, texts


@pytest.mark.parametrize("lines", range(20, 60, 4))
def test_heading_and_addendum_signature_never_stand_alone(
    signed: ReportContent, lines: int
) -> None:
    time = dt.datetime(2026, 11, 21, 8, 0, tzinfo=dt.UTC)
    body = replace(signed.sections, findings="\n".join(f"Line {n}." for n in range(lines)))
    added = (Addendum(1, "Words of the addendum. " * 30, "Dr. B.", time),)
    content = replace(signed, sections=body, addenda=added, provenance="", key_images=())
    for page in texts(content):
        foot = "Research software, not a medical device."
        shown = page.splitlines()[: page.splitlines().index(foot)]
        assert not re.fullmatch("INDICATION|TECHNIQUE|FINDINGS|IMPRESSION|ADDENDUM 1", shown[-1])
        if any(line.startswith("Signed by Dr. B.") for line in shown):
            assert "Words of the addendum." in shown[-2]


def test_long_report_flows_over_numbered_pages_that_name_the_patient(
    signed: ReportContent,
) -> None:
    sentence = "The left lower lobe is consolidated. "
    pages = texts(replace(signed, sections=Sections(findings=sentence * 250)))
    count = len(pages)
    assert count >= 3
    for number, page in enumerate(pages, start=1):
        assert f"page {number} of {count}" in page
        assert page.count("Research software, not a medical device.") == 1
        assert "Digest 3f3f3f3f3f3f3f3f…" in page
    for page in pages[1:]:
        assert "DOE, JANE · Patient ID 4711 · Born 1963-02-01 · Accession 20-118" in page
    assert "".join(pages).count("consolidated.") == 250


def test_findings_table_repeats_its_head_and_names_what_each_figure_is(
    draft: ReportContent,
) -> None:
    pages = texts(replace(draft, findings=draft.findings * 20))
    with_rows = [page for page in pages if "not calibrated" in page]
    assert len(with_rows) > 1
    assert all("Model's figure" in page for page in with_rows)
    assert "0.81 probability at prevalence 0.12" in pages[-1]
    assert "0.42 score, not calibrated" in pages[-1]
    assert "left, lower zone" in pages[-1]
    assert "◐ uncertain" in pages[-1]


def test_what_a_text_alone_states_has_no_figure(draft: ReportContent) -> None:
    stated = Finding("mass", None, None, Certainty.PRESENT, laterality=Laterality.LEFT)
    [page] = texts(replace(draft, findings=(stated,), evidence=()))
    row = page[page.index("stated by the text, no score") :]
    assert row.index("–") < row.index("present")


@pytest.mark.parametrize("name", ["W" * 200, "முருகன்" * 30, "Maria Theresia " * 14, "X" * 5000])
def test_long_names_wrap_inside_the_margins(
    named: Callable[[str], ReportContent], name: str
) -> None:
    page = opened(report_pdf(named(name))).pages[0]
    reached: list[float] = []

    def visit(_text: str, _cm: list[float], matrix: list[float], *_: object) -> None:
        reached.append(matrix[4])

    page.extract_text(visitor_text=visit)
    assert max(reached) < 595 - 51


def test_two_hundred_letters_are_all_there(named: Callable[[str], ReportContent]) -> None:
    assert texts(named("W" * 200))[0].count("W") == 200


@pytest.mark.parametrize(("page", "size"), [("A4", (595, 842)), ("LETTER", (612, 792))])
def test_paper_sizes(signed: ReportContent, page: Any, size: tuple[int, int]) -> None:
    pages = opened(report_pdf(signed, page=page)).pages
    box = pages[0].mediabox
    assert (round(box.width), round(box.height)) == size
    assert len(pages) == 1


def test_longest_sections_are_laid_out(signed: ReportContent) -> None:
    pages = texts(replace(signed, sections=Sections(findings="x" * 20_000, impression="ம்" * 900)))
    assert sum(page.count("x") for page in pages) >= 20_000


def test_film_of_extreme_shape_fits(signed: ReportContent) -> None:
    strip = np.zeros((40, 4000), np.uint8)
    tower = np.zeros((4000, 40), np.uint8)
    images = (KeyImage(strip, "strip"), KeyImage(tower, "tower"), KeyImage(strip, "third"))
    assert sum(len(p.images) for p in opened(report_pdf(replace(signed, key_images=images))).pages)
