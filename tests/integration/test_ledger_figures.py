"""The figures of the ledger on both databases, against counting by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from nltk.metrics.distance import edit_distance
from sqlalchemy import select

from benchmarks.many_signatures import FINDINGS, READERS, VERSIONS, fill
from core.domain.reader import Reader
from core.domain.report import Sections
from dashboard.services.edit_report import open_review
from dashboard.services.ledger import as_csv, ledger_choices, ledger_page, ledger_rows
from dashboard.services.ledger_drift import drift, model_versions
from dashboard.services.ledger_figures import LedgerFigures, ledger_figures, newest_signature
from dashboard.services.ledger_sheet import changes_csv, natures_csv
from dashboard.workspace import Workspace
from storage.repositories.ledger_figures import LedgerFilter
from storage.tables import DraftRow
from tests.integration.test_report_life_cycle import write_and_sign

COUNT = 100


@pytest.fixture
def many(either: Workspace) -> Workspace:
    fill(either, COUNT)
    return either


def test_an_empty_ledger_has_no_figures(either: Workspace) -> None:
    found = ledger_figures(either)
    assert newest_signature(either) == 0 and found.signed == 0
    assert found.overall.rate is None and found.models == () and found.natures == {}
    assert model_versions(either, phantoms=True) == ()


def test_figures_are_those_that_counting_every_row_gives(many: Workspace) -> None:
    rows, found = ledger_rows(many), ledger_figures(many)
    sentences = [row for row in rows if row["kind"] == "sentence"]
    edited = [row for row in sentences if row["change"] != "kept"]
    assert found.signed == found.real == COUNT
    assert found.overall.rate is not None and found.overall.distance is not None
    assert found.overall.rate.value == pytest.approx(len(edited) / len(sentences))
    pairs = [(row["before"].split(), row["after"].split()) for row in sentences]
    apart = sum(edit_distance(*pair) for pair in pairs)
    assert found.overall.distance.value == pytest.approx(
        apart / sum(max(map(len, pair)) for pair in pairs)
    )
    changed = [row["natures"] for row in edited if row["change"] == "changed"]
    assert found.overall.style is not None
    assert found.overall.style.value == pytest.approx(changed.count("style") / len(changed))
    _natures_agree(found, rows)
    assert [(each.digest, each.studies) for each in found.models] == [
        (VERSIONS[0], 55),
        (VERSIONS[1], 45),
    ]
    assert sum(week.studies for week in found.overall.rate_by_week) == COUNT


def _natures_agree(found: LedgerFigures, rows: list[dict[str, object]]) -> None:
    wrong = [row for row in rows if row["kind"] == "finding" and row["change"] != "kept"]
    assert sum(found.corrections.values()) == len(wrong)
    missed = [row for row in wrong if row["natures"] == "missed" and row["finding"] == FINDINGS[0]]
    assert found.natures[FINDINGS[0]]["missed"] == len(missed)
    sides = sum("side" in str(row["natures"]).split() for row in wrong)
    assert sum(counts["side"] for counts in found.natures.values()) == sides
    assert natures_csv(found).count(b"\r\n") == 1 + len(found.natures)


def test_filters_find_what_rows_hold(many: Workspace) -> None:
    rows = ledger_rows(many)
    for asked, holds in (
        (LedgerFilter(nature="side"), lambda row: "side" in row["natures"].split()),
        (LedgerFilter(nature="style"), lambda row: row["natures"] == "style"),
        (
            LedgerFilter(finding=FINDINGS[2], nature="missed"),
            lambda row: row["finding"] == FINDINGS[2] and row["natures"] == "missed",
        ),
        (LedgerFilter(reason="wording"), lambda row: row["reason"] == "wording"),
        (LedgerFilter(hidden_first=True), lambda row: row["hidden_first"]),
        (LedgerFilter(model="other"), lambda row: row["model"] == "other"),
    ):
        expected = {row["study_id"] for row in rows if holds(row)}
        page = ledger_page(many, asked, size=COUNT)
        assert {item.study.id for item in page.items} == expected and page.total == len(expected)
    assert ledger_choices(many).models == ("fake",)
    assert set(ledger_choices(many).findings) <= set(FINDINGS)


def test_what_moved_is_found_in_the_version_in_which_it_did(many: Workspace) -> None:
    later, earlier = model_versions(many, phantoms=False)
    assert (later.digest, later.studies) == (VERSIONS[1], 45)
    quiet, moved = drift(many, earlier, phantoms=False), drift(many, later, phantoms=False)
    assert not any(each.marks for each in quiet.scores)
    assert quiet.agreement is not None and not quiet.agreement.marks
    assert moved.scores[0].name == FINDINGS[0] and len(moved.scores[0].marks) == 1
    change = moved.scores[0].marks[0].change
    assert change.place == pytest.approx(25, abs=3) and change.after > change.before
    assert changes_csv(moved).count(b"\r\n") >= 2 + len(FINDINGS)


def test_a_calibration_that_is_switched_on_is_no_change(many: Workspace) -> None:
    """From half of a version's drafts on findings carry probabilities: scores did not move."""
    earlier = model_versions(many, phantoms=False)[1]
    with many.work() as work:
        for row in work.session.scalars(select(DraftRow).where(DraftRow.id > COUNT // 4)):
            row.findings = [{**each, "probability": 0.9} for each in row.findings]
    found = drift(many, earlier, phantoms=False)
    assert len(found.scores) == len(FINDINGS) and not any(each.marks for each in found.scores)
    assert max(each.mean.value for each in found.scores) < 0.3


def test_scores_follow_the_classifier_and_not_the_writer_beside_it(many: Workspace) -> None:
    beside = {"classifier": "seen", "classifier_digest": "c" * 64}
    with many.work() as work:
        for row in work.session.scalars(select(DraftRow).where(DraftRow.id <= 80)):
            row.versions = beside if row.id <= 70 else {**beside, "classifier_digest": "d" * 64}
    versions = model_versions(many, phantoms=False)
    told = {(each.digest[0], each.scorer, each.scorer_digest[0]): each for each in versions}
    assert {key: each.studies for key, each in told.items()} == {
        ("a", "seen", "c"): 55,
        ("b", "seen", "c"): 15,
        ("b", "seen", "d"): 10,
        ("b", "fake", "b"): 20,
    }
    one, other = (drift(many, told[(key, "seen", "c")], phantoms=False) for key in "ab")
    assert {each.points for each in one.scores + other.scores} == {70}
    assert one.agreement is not None and other.agreement is not None
    assert (one.agreement.points, other.agreement.points) == (55, 45)
    alone = drift(many, told[("b", "fake", "b")], phantoms=False)
    assert {each.points for each in alone.scores} == {20}


def test_readers_leave_under_pseudonyms(many: Workspace) -> None:
    rows = ledger_rows(many)
    assert {row["reader"] for row in rows} == {"reader 1", "reader 2", "reader 3"}
    by_study = {(row["study_id"] % 3, row["reader"]) for row in rows}
    assert len(by_study) == 3
    assert not any(name in as_csv(rows) for name in READERS)


def test_a_real_signature_counts_and_a_draft_hidden_from_its_reader_does_not(
    either: Workspace, reader: Reader, drafted: Callable[..., int]
) -> None:
    study_id = drafted()
    [version] = model_versions(either, phantoms=False)
    assert drift(either, version, phantoms=False).scores[0].points == 1
    with either.work() as work:
        work.reports.get(study_id)
        work.session.connection().exec_driver_sql("UPDATE reports SET read_first = true")
    assert drift(either, version, phantoms=False).scores == ()
    with either.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE reports SET read_first = false")
    draft = open_review(either, study_id).draft
    assert draft is not None
    write_and_sign(either, study_id, reader, Sections(findings="Clear.", impression="Clear."))
    found = ledger_figures(either)
    assert found.models[0].digest == draft.model.digest
    assert found.overall.studies == 1 and found.overall.distance is not None
    assert 0 < found.overall.distance.value <= 1
