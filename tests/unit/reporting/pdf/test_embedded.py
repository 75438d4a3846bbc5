"""Images, fonts and metadata within the finished file."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest

from core.domain.errors import SettingsError
from core.reporting.pdf.content import ReportContent
from core.reporting.pdf.document import report_pdf
from tests.unit.reporting.pdf.read_back import fonts, opened, text


def test_images_are_embedded_as_grey_jpeg_of_at_most_a_thousand_pixels(
    signed: ReportContent,
) -> None:
    images = opened(report_pdf(signed)).pages[0].images
    assert len(images) == 2
    sizes = sorted(image.image.size for image in images if image.image)
    assert sizes == [(750, 1000), (833, 1000)]
    assert {image.image.mode for image in images if image.image} == {"L"}


def test_draft_shows_film_map_and_colour_bar(draft: ReportContent) -> None:
    images = opened(report_pdf(draft)).pages[0].images
    modes = sorted(image.image.mode for image in images if image.image)
    assert modes == ["L", "RGB", "RGB"]
    assert "pleural effusion, left: model attention, not location" in text(draft)


def test_tamil_is_drawn_with_its_font_and_can_be_searched(
    named: Callable[[str], ReportContent],
) -> None:
    content = replace(named("முருகன்^கோ"), signed_by="Dr. கே. ராமசாமி")
    pdf = report_pdf(content)
    names = {name.partition("+")[2] for name in fonts(pdf)}
    assert {"NotoSansTamil-Regular", "NotoSansTamil-Bold"} & names == {"NotoSansTamil-Bold"}
    contents = opened(pdf).pages[0].get_contents()
    assert contents is not None
    spoken = ("\ufeff" + "முருகன், கோ").encode("utf-16-be").hex().upper()
    assert f"/ActualText <{spoken}>".encode() in contents.get_data()


def test_word_of_two_scripts_keeps_its_latin_letters(signed: ReportContent) -> None:
    sections = replace(signed.sections, findings="Tamil/தமிழ்≥5mm (முடிச்சு) end:", impression="")
    shown = text(replace(signed, sections=sections))
    line = next(line for line in shown.splitlines() if line.startswith("Tamil/"))
    assert "≥5mm (" in line
    assert line.endswith(") end:")
    assert "ÿ" not in shown


def test_fonts_are_embedded_subsets(signed: ReportContent) -> None:
    # reportlab names Helvetica in every file; no text is set in it.
    names = fonts(report_pdf(signed)) - {"/Helvetica"}
    assert names
    assert all(re.match(r"/[A-Z]{6}\+", name) for name in names)


def test_metadata_names_no_one(signed: ReportContent) -> None:
    reader = opened(report_pdf(signed, language="ta"))
    assert reader.metadata is not None
    assert reader.metadata.title == "Chest radiograph report"
    assert reader.metadata.author == "St Example Hospital, Department of Radiology"
    assert reader.metadata.creation_date == dt.datetime(2026, 11, 20, 4, 10, tzinfo=dt.UTC)
    assert not re.search("DOE|JANE|4711|Zoë", str(dict(reader.metadata)))
    assert reader.trailer["/Root"]["/Lang"] == "ta"


def test_same_content_gives_same_bytes_whatever_came_before(
    signed: ReportContent, named: Callable[[str], ReportContent]
) -> None:
    first = report_pdf(named("முருகன்"))
    report_pdf(named("கோவிந்தசாமி ஸ்ரீ क्षेत्र"))
    assert report_pdf(named("முருகன்")) == first
    assert report_pdf(signed) != first


def test_logo_is_shown_and_a_broken_one_refused(signed: ReportContent) -> None:
    _, png = cv2.imencode(".png", np.full((40, 120, 3), 90, np.uint8))
    assert len(opened(report_pdf(replace(signed, logo=bytes(png)))).pages[0].images) == 3
    with pytest.raises(SettingsError, match="logo"):
        report_pdf(replace(signed, logo=b"not an image"))
