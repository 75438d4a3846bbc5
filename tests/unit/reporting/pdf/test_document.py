"""The words of the finished file: who, what, and in which state."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from core.domain.report import ReportStatus, Sections
from core.domain.study import Patient, Source
from core.reporting.pdf.content import Addendum, ReportContent
from core.reporting.pdf.document import report_pdf
from tests.unit.reporting.pdf.read_back import fonts, joined, opened, spoken, text, texts


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


def test_a_draft_says_what_it_must_not_be_taken_for(draft: ReportContent) -> None:
    said = (
        "The age of the patient is not known; the draft holds for patients of 16 years and more.",
        "Drafted at a reader's request: <b>Dr. O'Hara</b> & co, 2026-11-20 09:14 UTC+05:30.",
    )
    shown = joined(replace(draft, warnings=said))
    places = [shown.find("".join(sentence.split())) for sentence in said]
    # Above all that they are about, one after the other.
    assert 0 < places[0] < places[1] < shown.find("DOE,JANE")


def test_a_warning_in_tamil_is_shaped_and_can_be_read_out(draft: ReportContent) -> None:
    said = "இது முன்பக்க மார்பு எக்ஸ்-ரே போல் இல்லை: கவிதா <b>குமார்</b>, 2026-11-20 09:14."
    pdf = report_pdf(replace(draft, warnings=(said,)))
    assert spoken(pdf) == [said]
    assert any("NotoSansTamil" in name for name in fonts(pdf))


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


def test_fixed_words_are_translated_and_report_text_is_not(signed: ReportContent) -> None:
    shown = text(signed, translate=lambda words: words.replace("Findings", "Befund"))
    assert "BEFUND" in shown
    assert "FINDINGS" not in shown
    assert "Heart size normal." in shown
