"""What follows a signature: addenda, and the ledger of corrections. On both databases."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable

import pytest

from core.domain.errors import InvalidReportError, ReportNotSignedError, StaleReportError
from core.domain.reader import Reader
from core.domain.report import ReportStatus, Sections
from dashboard.services.addendum import add_addendum, save_addendum, sign_addendum
from dashboard.services.edit_report import open_review
from dashboard.services.ledger import as_csv, as_jsonl, ledger_page, ledger_rows
from dashboard.services.verify_chain import verify_chain
from dashboard.workspace import Workspace
from tests.integration.test_report_life_cycle import write_and_sign


def test_an_addendum_is_a_further_signed_version(
    either: Workspace, reader: Reader, drafted: Callable[..., int]
) -> None:
    study_id = drafted()
    with pytest.raises(ReportNotSignedError):
        add_addendum(either, study_id, "Late note.", reader=reader)
    first = write_and_sign(either, study_id, reader)
    with pytest.raises(InvalidReportError):
        add_addendum(either, study_id, "   ", reader=reader)
    second = add_addendum(either, study_id, "Late note.", reader=reader)
    assert (second.number, second.status) == (2, ReportStatus.ADDENDUM)
    assert second.previous_digest == first.digest
    assert verify_chain(either) == 2


def test_an_addendum_is_kept_while_it_is_written_and_signed_as_seen(
    either: Workspace, reader: Reader, drafted: Callable[..., int]
) -> None:
    study_id = drafted()
    with pytest.raises(ReportNotSignedError):
        save_addendum(either, study_id, "Late", version=0, reader=reader)
    write_and_sign(either, study_id, reader)
    first = save_addendum(either, study_id, "Late", version=0, reader=reader)
    second = save_addendum(either, study_id, "Late note.", version=first.version, reader=reader)
    with pytest.raises(StaleReportError):
        save_addendum(either, study_id, "Other", version=first.version, reader=reader)
    with pytest.raises(StaleReportError):
        sign_addendum(either, study_id, version=first.version, reader=reader)
    signed = sign_addendum(either, study_id, version=second.version, reader=reader)
    assert signed.addendum == "Late note."
    left = open_review(either, study_id).addendum
    assert (left.text, left.version) == ("", second.version + 1)
    with pytest.raises(InvalidReportError):
        sign_addendum(either, study_id, version=left.version, reader=reader)


def test_the_ledger_holds_what_was_changed(
    either: Workspace, reader: Reader, drafted: Callable[..., int]
) -> None:
    study_id = drafted()
    draft = open_review(either, study_id).draft
    assert draft is not None
    words = draft.sections.findings.replace("[side]", "left")
    text = Sections(findings=f"{words} The film is rotated.", impression="See above.")
    write_and_sign(either, study_id, reader, text)
    rows = ledger_rows(either)
    sentences = [row for row in rows if row["kind"] == "sentence" and row["section"] == "findings"]
    assert {"added"} <= {row["change"] for row in sentences}
    assert any(row["after"] == "The film is rotated." for row in sentences)
    assert all(row["model"] == "fake" and row["reader"] == "reader 1" for row in rows)
    page = ledger_page(either)
    assert page.total == 1 and page.items[0].study.id == study_id
    assert sum(page.totals.values()) == len(rows)


def test_exports_hold_every_row_and_no_formula(
    either: Workspace, reader: Reader, drafted: Callable[..., int]
) -> None:
    text = Sections(findings='=HYPERLINK("x")', impression='Lungs "clear",\nno change.')
    write_and_sign(either, drafted(), reader, text)
    rows = ledger_rows(either)
    assert [json.loads(line) for line in as_jsonl(rows).splitlines()] == rows
    read = list(csv.DictReader(io.StringIO(as_csv(rows), newline="")))
    assert len(read) == len(rows)
    formulas = [row["after"] for row in read if "HYPERLINK" in row["after"]]
    assert formulas and all(cell.startswith("'=") for cell in formulas)
    assert {row["phantom"] for row in read} == {"False"}
    # No column of a patient; the words are those that were signed. To the second, in UTC.
    assert "DOE" not in as_csv(rows) and "4711" not in as_csv(rows)
    assert all(re.fullmatch(r"[-\d]{10}T[:\d]{8}\+00:00", row["signed_at"]) for row in rows)
