"""A report in Tamil from intake to ledger; the change of a language. On both databases."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from core.domain.draft import DraftSentence
from core.domain.errors import InvalidReportError, OpenChecksError, ReportSignedError
from core.domain.reader import Reader
from core.domain.report import Sections
from core.domain.study import StudyStatus
from core.reporting.phrases.catalogue import phrases
from core.reporting.phrases.statement import Compared
from core.reporting.translation import in_language
from core.settings import Settings
from dashboard.services import draft_study
from dashboard.services.addendum import add_addendum
from dashboard.services.edit_report import choose_language, open_review, read_report, save_report
from dashboard.services.ledger import as_csv, ledger_rows
from dashboard.services.sign_report import sign
from dashboard.services.verify_chain import verify_chain
from dashboard.workspace import Workspace
from tests.factories import film_pixels
from tests.integration.conftest import draft_next, take_in
from tests.integration.test_report_life_cycle import TEXT, override_all, write_and_sign

OWN_WORDS = "மார்பில் புதிதாக எதுவும் இல்லை."


@pytest.fixture
def tamil(either: Workspace) -> Workspace:
    """A workspace whose interface, and so whose new reports, are in Tamil."""
    return replace(either, settings=Settings(language="ta_IN"))


def sided(sections: Sections) -> Sections:
    """A Tamil draft with its sides filled in."""
    filled = {
        name: words.replace(phrases("ta").placeholder, "இடது")
        for name, words in sections.as_dict().items()
    }
    return Sections(**filled)


def test_a_new_report_is_in_the_language_of_the_settings(tamil: Workspace, reader: Reader) -> None:
    study_id = take_in(tamil, reader).study_id
    assert open_review(tamil, study_id).report.language == "ta"
    assert "எக்ஸ்-ரே" in read_report(tamil, study_id).sections.technique
    draft_next(tamil)
    review = open_review(tamil, study_id)
    assert review.draft is not None and review.draft.language == review.report.language == "ta"
    assert review.report.sections == review.draft.sections
    assert review.draft.sentences and not review.report.typed
    for sentence in review.draft.sentences:
        assert phrases("ta").read(sentence.text) is not None
        assert sentence.text in getattr(review.report.sections, sentence.section)
    assert {check.kind for check in review.checks} <= {"side_placeholder"}


def test_a_tamil_report_is_signed_as_tamil_and_its_corrections_keep_that(
    tamil: Workspace, reader: Reader
) -> None:
    study_id = take_in(tamil, reader).study_id
    draft_next(tamil)
    report = read_report(tamil, study_id)
    written = sided(report.sections)
    signed = write_and_sign(tamil, study_id, reader, written)
    assert (signed.language, signed.overrides) == ("ta", ())
    assert open_review(tamil, study_id).signed[0].language == "ta"
    with tamil.engine.connect() as connection:
        content = json.loads(
            connection.execute(text("SELECT content FROM signed_versions")).scalar_one()
        )
    assert (content["form"], content["language"]) == (2, "ta")
    addendum = add_addendum(tamil, study_id, OWN_WORDS, reader=reader)
    assert addendum.language == "ta" and verify_chain(tamil) == 2
    rows = ledger_rows(tamil)
    assert rows and {row["language"] for row in rows} == {"ta"}
    sentences = [row for row in rows if row["kind"] == "sentence"]
    assert {row["change"] for row in sentences} <= {"kept", "changed"}
    findings = [row for row in rows if row["kind"] == "finding"]
    # A side that was filled in is a finding that was changed; none was lost on the way.
    assert findings and {row["change"] for row in findings} <= {"kept", "changed"}
    assert "language" in as_csv(rows).splitlines()[0].split(",")


def test_words_that_nobody_read_are_confirmed_and_remove_no_finding(
    tamil: Workspace, reader: Reader
) -> None:
    study_id = take_in(tamil, reader).study_id
    draft_next(tamil)
    version = read_report(tamil, study_id).version
    sections = Sections(findings=OWN_WORDS, impression=OWN_WORDS)
    saved = save_report(tamil, study_id, sections, version=version, reader=reader)
    with pytest.raises(OpenChecksError) as refusal:
        sign(tamil, study_id, version=saved.version, reader=reader)
    assert [check.id for check in refusal.value.facts["checks"]] == ["unread_text"]
    reasons = override_all(tamil, study_id)
    signed = sign(tamil, study_id, version=saved.version, reader=reader, resolutions=reasons)
    assert [item.check for item in signed.overrides] == ["unread_text"]
    changes = {row["change"] for row in ledger_rows(tamil) if row["kind"] == "finding"}
    assert changes <= {"kept"}


def test_a_language_chosen_before_the_draft_is_the_drafts(
    either: Workspace, reader: Reader
) -> None:
    study_id = take_in(either, reader).study_id
    assert read_report(either, study_id).language == "en"
    chosen = choose_language(either, study_id, "ta", reader=reader)
    assert chosen.language == "ta" and "எக்ஸ்-ரே" in chosen.sections.technique
    draft_next(either)
    review = open_review(either, study_id)
    assert review.draft is not None and review.draft.language == "ta"
    assert review.study.status is StudyStatus.DRAFTED


def test_a_draft_goes_from_language_to_language_until_somebody_types(
    either: Workspace, reader: Reader, drafted: Callable[..., int]
) -> None:
    study_id = drafted()
    before = open_review(either, study_id)
    assert before.draft is not None and before.language == "en"
    tamil = choose_language(either, study_id, "ta", reader=reader)
    assert tamil.version == before.report.version + 1 and not tamil.typed
    assert tamil.sections == in_language(before.draft, "ta").sections
    review = open_review(either, study_id)
    assert review.draft == in_language(before.draft, "ta") and review.language == "ta"
    assert choose_language(either, study_id, "ta", reader=reader) == tamil
    back = choose_language(either, study_id, "en", reader=reader)
    assert back.sections == before.report.sections
    # The browser still holds the text of before: what is typed on it wins.
    saved = save_report(either, study_id, TEXT, version=before.report.version, reader=reader)
    marked = choose_language(either, study_id, "ta", reader=reader)
    assert (marked.sections, marked.language) == (TEXT, "ta")
    assert marked.version == saved.version + 1
    again = save_report(either, study_id, TEXT, version=saved.version, reader=reader)
    assert again.language == "ta"


def test_a_draft_that_no_file_can_put_into_tamil_makes_an_english_report(
    tamil: Workspace, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    study_id = take_in(tamil, reader).study_id
    compose = draft_study.drafting.compose
    own = DraftSentence("A shadow of its own kind.", "findings")

    def written(*arguments, **keywords):
        sentences, sections, warnings = compose(*arguments, **keywords)
        return (*sentences, own), replace(sections, findings=own.text), warnings

    monkeypatch.setattr(draft_study.drafting, "compose", written)
    draft_next(tamil)
    review = open_review(tamil, study_id)
    assert review.draft is not None and review.draft.language == review.language == "en"
    assert review.report.sections.findings == own.text


def test_a_prior_study_is_named_in_tamil(tamil: Workspace, reader: Reader) -> None:
    take_in(tamil, reader, StudyDate="20250301")
    draft_next(tamil)
    study_id = take_in(tamil, reader).study_id
    draft_next(tamil)
    comparison = read_report(tamil, study_id).sections.comparison
    assert phrases("ta").read(comparison) == Compared("2025-03-01")


def test_a_later_film_keeps_the_language(tamil: Workspace, reader: Reader) -> None:
    uid = "1.2.3.4.9"
    study_id = take_in(tamil, reader, StudyInstanceUID=uid).study_id
    take_in(tamil, reader, StudyInstanceUID=uid, pixels=film_pixels(seed=9), ViewPosition="LL")
    technique = read_report(tamil, study_id).sections.technique
    assert phrases("ta").read(technique) is not None


def test_a_signed_report_keeps_its_language(
    either: Workspace, reader: Reader, drafted: Callable[..., int]
) -> None:
    study_id = drafted()
    write_and_sign(either, study_id, reader)
    with pytest.raises(ReportSignedError):
        choose_language(either, study_id, "ta", reader=reader)
    assert read_report(either, study_id).language == "en"


def test_a_language_without_a_file_is_refused(
    either: Workspace, reader: Reader, drafted: Callable[..., int]
) -> None:
    study_id = drafted()
    with pytest.raises(InvalidReportError, match="en, ta"):
        choose_language(either, study_id, "xx", reader=reader)
    with pytest.raises(InvalidReportError):
        save_report(either, study_id, TEXT, version=9, reader=reader, language="../en")


def test_the_api_takes_and_tells_the_language(client: TestClient, study: int) -> None:
    address = f"/studies/{study}/report"
    report = client.get(address).json()
    assert report["language"] == "en"
    chosen = client.put(f"{address}/language", json={"language": "ta"}).json()
    assert chosen["language"] == "ta" and chosen["version"] == report["version"] + 1
    # A client that knows nothing of languages saves as before, and changes none.
    body = {"sections": TEXT.as_dict(), "version": chosen["version"]}
    saved = client.put(address, json=body).json()
    assert saved["language"] == "ta"
    body = {"sections": TEXT.as_dict(), "version": saved["version"], "language": "en"}
    assert client.put(address, json=body).json()["language"] == "en"
    refused = client.put(f"{address}/language", json={"language": "xx"})
    assert refused.status_code == 422 and refused.json()["error"]["code"] == "invalid_report"
    assert client.get(f"/studies/{study}/draft").json()["language"] == "en"
