"""The finished file, read back with pypdf."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

import cv2
import numpy as np
import pypdf
import pytest

from core.domain.errors import SettingsError
from core.domain.report import ReportStatus, Sections
from core.domain.study import Patient, Source
from core.reporting.pdf.content import Addendum, KeyImage, ReportContent
from core.reporting.pdf.document import report_pdf


def opened(pdf: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(BytesIO(pdf))


def texts(content: ReportContent, **options: Any) -> list[str]:
    return [page.extract_text() for page in opened(report_pdf(content, **options)).pages]


def text(content: ReportContent, **options: Any) -> str:
    return "\n".join(texts(content, **options))


def joined(content: ReportContent) -> str:
    """All text without white space, for what may be wrapped."""
    return "".join(text(content).split())


def fonts(pdf: bytes) -> set[str]:
    pages = opened(pdf).pages
    resources = [page["/Resources"]["/Font"] for page in pages]
    return {str(font.get_object()["/BaseFont"]) for fonts in resources for font in fonts.values()}


def test_signed_report_says_what_was_signed_and_by_whom(signed: ReportContent) -> None:
    lines = text(signed).splitlines()
    for line in (
        "St Example Hospital, Department of Radiology",
        "Chest radiograph report",
        "DOE, JANE",
        "4711",
        "1963-02-01 (63 years)",
        "female",
        "20-118",
        "2026-11-20 09:14",
        "PA, lateral",
        "INDICATION",
        "Cough for three weeks, fever.",
        "TECHNIQUE",
        "FINDINGS",
        "Blunted left costophrenic angle, effusion ≥ 5 mm. Heart size normal.",
        "Lungs clear.",
        "IMPRESSION",
        "1. Small left pleural effusion.",
        "2. No pneumothorax.",
        "Dr. Zoë Ångström-Ñúñez",
        "2026-11-20 09:40 UTC+05:30 · Version 1",
        "3f" * 32,
        "Drafted by overread-embedded-1 (sha256 ab12…), edited and signed.",
        "Research software, not a medical device.",
    ):
        assert line in lines
    assert "COMPARISON" not in lines


def test_signed_report_shows_no_figure_and_no_watermark(signed: ReportContent) -> None:
    words = text(signed).lower()
    for word in ("draft by", "score", "probability", "operating point", "attention"):
        assert word not in words
    assert "DRAFT" not in text(signed)


def test_draft_says_so_on_every_page(draft: ReportContent) -> None:
    pages = texts(replace(draft, findings=draft.findings * 40))
    assert len(pages) > 2
    assert all("DRAFT" in page.splitlines() for page in pages)
    notice = "Draft by a research model; not for diagnosis without a qualified reader."
    assert notice in pages[0]


def test_preliminary_report_is_marked_as_such(draft: ReportContent) -> None:
    lines = text(replace(draft, status=ReportStatus.PRELIMINARY)).splitlines()
    assert sum(line.strip() == "PRELIMINARY" for line in lines) == 2


@pytest.mark.parametrize(
    ("status", "addenda", "word"),
    [
        (ReportStatus.FINAL, 0, "FINAL"),
        (ReportStatus.FINAL, 1, "FINAL WITH ADDENDUM"),
        (ReportStatus.ADDENDUM, 1, "FINAL WITH ADDENDUM"),
        (ReportStatus.CORRECTED, 0, "CORRECTED"),
    ],
)
def test_status_word(signed: ReportContent, status: ReportStatus, addenda: int, word: str) -> None:
    time = dt.datetime(2026, 11, 21, 8, 0, tzinfo=dt.UTC)
    added = tuple(Addendum(1, "More.", "Dr. B.", time) for _ in range(addenda))
    shown = text(replace(signed, status=status, addenda=added))
    assert word in [line.strip() for line in shown.splitlines()]


def test_each_addendum_has_heading_text_and_signature(signed: ReportContent) -> None:
    time = dt.datetime(2026, 11, 21, 8, 0, tzinfo=dt.UTC)
    added = tuple(Addendum(n, f"First line {n}.\nLast line {n}.", f"Dr. {n}", time) for n in (1, 2))
    shown = text(replace(signed, addenda=added))
    for n in (1, 2):
        signature = f"Signed by Dr. {n}, 2026-11-21 08:00 UTC+00:00"
        part = f"ADDENDUM {n}\nFirst line {n}.\nLast line {n}.\n{signature}"
        assert part in shown


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


@pytest.mark.parametrize(
    "hostile",
    [
        "<b>bold</b> & <br/> &amp; &#65;",
        '<img src="file:///etc/passwd"/>',
        '<a href="http://example.org">here</a>',
        '</para><para fontSize="40">',
        "<font name='Nowhere'>x",
        "]]><!-- <?xml ?>",
    ],
)
def test_markup_in_any_field_is_printed_and_loads_nothing(
    signed: ReportContent, hostile: str
) -> None:
    patient = Patient(patient_id=hostile, name=hostile, sex=hostile)
    study = replace(signed.study, patient=patient, accession_number=hostile)
    sections = Sections(*[hostile] * 5)
    time = dt.datetime(2026, 11, 21, 8, 0, tzinfo=dt.UTC)
    content = replace(
        signed,
        study=study,
        sections=sections,
        institution=hostile,
        provenance=hostile,
        signed_by=hostile,
        addenda=(Addendum(1, hostile, hostile, time),),
        key_images=(),
    )
    # The running header of a second page, four fields of the patient, five sections, an addendum
    # with its reader, signature, institution, provenance.
    assert joined(content).count("".join(hostile.split())) >= 13
    reader = opened(report_pdf(content))
    assert all("/Annots" not in page and not page.images for page in reader.pages)


def test_unknown_identity_is_left_out(signed: ReportContent) -> None:
    study = replace(
        signed.study, patient=Patient(), accession_number="", study_datetime=None, instances=()
    )
    shown = text(replace(signed, study=study, key_images=())).splitlines()
    for label in ("Name", "Patient ID", "Born", "Age", "Sex", "Accession", "Study", "Projections"):
        assert label not in shown
    assert "None" not in "".join(shown)


@pytest.mark.parametrize(
    ("patient", "line"),
    [
        (Patient(age="045Y"), "45 years"),
        (Patient(age="003M"), "under 1 year"),
        (Patient(birth_date=dt.date(2026, 11, 1)), "2026-11-01 (under 1 year)"),
        (Patient(sex="O"), "other"),
    ],
)
def test_age_and_sex_in_words(signed: ReportContent, patient: Patient, line: str) -> None:
    content = replace(signed, study=replace(signed.study, patient=patient))
    assert line in text(content).splitlines()


def test_phantom_is_called_one(signed: ReportContent) -> None:
    phantom = replace(signed, study=replace(signed.study, source=Source.SAMPLE))
    assert "Simulated phantom, no patient" in text(phantom)
    assert "Simulated phantom, no patient" not in text(signed)


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


def test_fixed_words_are_translated_and_report_text_is_not(signed: ReportContent) -> None:
    shown = text(signed, translate=lambda words: words.replace("Findings", "Befund"))
    assert "BEFUND" in shown
    assert "FINDINGS" not in shown
    assert "Heart size normal." in shown


def test_logo_is_shown_and_a_broken_one_refused(signed: ReportContent) -> None:
    _, png = cv2.imencode(".png", np.full((40, 120, 3), 90, np.uint8))
    assert len(opened(report_pdf(replace(signed, logo=bytes(png)))).pages[0].images) == 3
    with pytest.raises(SettingsError, match="logo"):
        report_pdf(replace(signed, logo=b"not an image"))


def test_longest_sections_are_laid_out(signed: ReportContent) -> None:
    pages = texts(replace(signed, sections=Sections(findings="x" * 20_000, impression="ம்" * 900)))
    assert sum(page.count("x") for page in pages) >= 20_000


def test_film_of_extreme_shape_fits(signed: ReportContent) -> None:
    strip = np.zeros((40, 4000), np.uint8)
    tower = np.zeros((4000, 40), np.uint8)
    images = (KeyImage(strip, "strip"), KeyImage(tower, "tower"), KeyImage(strip, "third"))
    assert sum(len(p.images) for p in opened(report_pdf(replace(signed, key_images=images))).pages)
