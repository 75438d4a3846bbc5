"""Drafts, signed reports and translations on paper, in the language of the report."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from core.domain.errors import InvalidReportError, ReportNotSignedError
from core.domain.reader import Reader
from core.domain.report import Sections
from core.settings import Settings
from dashboard.services.addendum import add_addendum
from dashboard.services.edit_report import choose_language, open_review, read_report
from dashboard.services.report_document import report_document, translated_document
from dashboard.services.verify_chain import verify_chain
from dashboard.workspace import Workspace
from tests.integration.conftest import draft_next, take_in
from tests.integration.test_report_life_cycle import write_and_sign
from tests.unit.reporting.pdf.read_back import opened, spoken

LEFT_NODULE = "There is a left nodule."
SIGNED = Sections(
    indication="Cough.",
    technique="Frontal chest radiograph, PA projection.",
    comparison="None available.",
    findings=f"{LEFT_NODULE} It abuts the fissure. It is round.",
    impression="Left nodule.\nLikely pulmonary edema.",
)


def said(pdf: bytes) -> str:
    """All words of a sheet, shaped or not."""
    plain = "\n".join(page.extract_text() for page in opened(pdf).pages)
    return "\n".join([*spoken(pdf), plain])


def sheet_language(pdf: bytes) -> str:
    return str(opened(pdf).trailer["/Root"]["/Lang"])


@pytest.fixture
def tamil(place: Workspace) -> Workspace:
    return replace(place, settings=Settings(language="ta"))


@pytest.fixture
def english(place: Workspace, reader: Reader) -> int:
    """A report that is signed in English."""
    study_id = take_in(place, reader).study_id
    draft_next(place)
    write_and_sign(place, study_id, reader, SIGNED)
    return study_id


def test_a_tamil_draft_is_a_tamil_sheet(tamil: Workspace, reader: Reader) -> None:
    study_id = take_in(tamil, reader).study_id
    draft_next(tamil)
    pdf = report_document(tamil, study_id)
    words = said(pdf)
    assert sheet_language(pdf) == "ta"
    for word in ("மார்பு எக்ஸ்-ரே அறிக்கை", "வரைவு", "கண்டறிதல்கள்", "முடிவுரை", "நோயாளி எண்"):
        assert word in words
    draft = open_review(tamil, study_id).draft
    assert draft is not None
    assert all(sentence.text in words for sentence in draft.sentences)
    # English stands only where it is a name, a number or the term of a reader in brackets.
    for word in ("Findings", "Impression", "FINDINGS", "IMPRESSION", "DRAFT", "Draft", "There is"):
        assert word not in words


def test_the_language_of_the_sheet_is_the_reports_and_not_the_interfaces(
    tamil: Workspace, place: Workspace, reader: Reader, english: int
) -> None:
    assert sheet_language(report_document(tamil, english)) == "en"
    study_id = take_in(place, reader, PatientID="2").study_id
    choose_language(place, study_id, "ta", reader=reader)
    draft_next(place)
    text = read_report(place, study_id).sections
    filled = {n: w.replace("[இடது/வலது]", "வலது") for n, w in text.as_dict().items()}
    write_and_sign(place, study_id, reader, Sections(**filled))
    pdf = report_document(place, study_id)
    assert sheet_language(pdf) == "ta" and "இறுதி அறிக்கை" in said(pdf)
    assert "மருத்துவர் திருத்திக் கையொப்பமிட்டார்" in said(pdf)


def test_a_translation_says_what_it_is_and_marks_what_it_could_not_say(
    place: Workspace, english: int
) -> None:
    pdf = translated_document(place, english, "ta")
    words = said(pdf)
    assert sheet_language(pdf) == "ta"
    notice = "மொழிபெயர்ப்பு; கையொப்பமிட்ட உரையின் மொழி ஆங்கிலம். இந்த மொழிபெயர்ப்பு கையொப்பமிடப்படவில்லை."
    assert notice in words and "சதுர அடைப்புக்குறிக்குள் உள்ளதை மொழிபெயர்க்க முடியவில்லை" in words
    assert "இடது பக்கத்தில் நுரையீரல் முடிச்சு (nodule) காணப்படுகிறது." in words
    assert "நுரையீரல் நீர்க்கோர்ப்பு (pulmonary edema) இருக்க வாய்ப்பு அதிகம்." in words
    assert "[கையொப்பமிட்டபடி: It abuts the fissure. It is round.]" in words
    assert "[கையொப்பமிட்டபடி: Cough.]" in words
    assert LEFT_NODULE not in words and "இறுதி அறிக்கை" not in words
    # The watermark stands on it, and no page carries the digest as if it had been signed so.
    assert "கையொப்பமிட்ட உரை\n" in f"{words}\n"
    signed = open_review(place, english).signed[0]
    assert signed.digest in words and f"{signed.digest[:16]}…" not in words


def test_a_translation_is_kept_nowhere(place: Workspace, english: int, reader: Reader) -> None:
    before = open_review(place, english)
    add_addendum(place, english, "Left nodule.", reader=reader)
    first = translated_document(place, english, "ta")
    assert "இடது பக்க நுரையீரல் முடிச்சு (nodule)." in said(first)
    assert translated_document(place, english, "ta") == first
    after = open_review(place, english)
    assert after.signed[0] == before.signed[0] and after.language == "en"
    assert verify_chain(place) == 2


def test_only_a_signed_report_goes_into_another_language(
    place: Workspace, english: int, reader: Reader
) -> None:
    with pytest.raises(InvalidReportError, match="own language"):
        translated_document(place, english, "en")
    with pytest.raises(InvalidReportError, match="en, ta"):
        translated_document(place, english, "xx")
    unsigned = take_in(place, reader, PatientID="3").study_id
    with pytest.raises(ReportNotSignedError):
        translated_document(place, unsigned, "ta")


def test_the_api_hands_a_translation_out(client: TestClient, english: int) -> None:
    address = f"/studies/{english}/report.pdf"
    answer = client.get(address, params={"translation": "ta"})
    assert answer.status_code == 200 and answer.content.startswith(b"%PDF")
    assert re.search(r'translation-ta\.pdf"$', answer.headers["content-disposition"])
    assert client.get(address).headers["content-disposition"].endswith(f'report-{english}.pdf"')
    assert client.get(address, params={"translation": "xx"}).status_code == 422


def test_an_english_draft_says_nothing_in_tamil(place: Workspace, reader: Reader) -> None:
    study_id = take_in(place, reader).study_id
    draft_next(place)
    pdf = report_document(place, study_id)
    assert sheet_language(pdf) == "en"
    assert not re.search("[\u0b80-\u0bff]", said(pdf))
