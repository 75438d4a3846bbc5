"""Which unsigned studies are asked for, on both databases, and what stands beside them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from core.domain.draft import Draft, ModelIdentity
from core.domain.finding import Certainty, Finding
from core.domain.job import JobPriority
from core.domain.reader import Reader
from core.domain.report import Sections
from core.domain.study import Source
from core.training.active.reasons import Ask
from dashboard.services.learning_queue import Queued, learning_queue
from dashboard.workspace import Workspace
from storage.tables import ReportRow, StudyRow
from tests.factories import film_pixels
from tests.integration.conftest import take_in
from tests.integration.test_report_life_cycle import write_and_sign

POINT = 0.3


def finding(name: str, probability: float, calibrated: bool = True) -> Finding:
    shown = probability if calibrated else None
    return Finding(name, probability, POINT, Certainty.ABSENT, shown)


def drafted(
    place: Workspace, reader: Reader, number: int, *findings: Finding, words: str = ""
) -> int:
    """A study with a draft of these numbers; of a model that writes where it has words."""
    study = take_in(
        place, reader, pixels=film_pixels(seed=number), PatientName=f"DOE{number}^JANE"
    ).study_id
    draft = Draft(ModelIdentity("made", "0" * 64), 1.0, findings, (), Sections(findings=words))
    if words:
        draft = replace(draft, versions={"classifier": "made", "classifier_digest": "0" * 64})
    with place.work() as work:
        job = work.jobs.request(study, f"{number:064}", "made", JobPriority.READER)
        work.drafts.add(study, job.id, draft, {})
    return study


def of(queue: tuple[Queued, ...], study: int) -> Queued:
    return next(each for each in queue if each.study_id == study)


def test_the_doubtful_come_first_with_their_reasons(either: Workspace, reader: Reader) -> None:
    settled = [drafted(either, reader, number, finding("mass", 0.01)) for number in range(4)]
    doubtful = drafted(either, reader, 5, finding("mass", 0.5))
    score = drafted(either, reader, 6, finding("mass", POINT, calibrated=False))
    queue = learning_queue(either, 10)
    assert {each.study_id for each in queue} == {*settled, doubtful, score}
    assert [each.rank for each in queue] == list(range(1, 7))
    assert queue[0].study_id in (doubtful, score)
    first = of(queue, doubtful)
    assert first.patient == "DOE5, JANE" and first.projections == "PA"
    reasons = {reason.kind: reason for reason in first.reasons}
    assert reasons[Ask.UNCERTAINTY].words == "Unsure of mass: probability 0.50."
    assert reasons[Ask.UNCERTAINTY].value == 1.0
    words = [reason.words for reason in of(queue, score).reasons]
    assert "Unsure of mass: score 0.30, not calibrated." in words
    assert len(learning_queue(either, 2)) == 2
    bare = learning_queue(either, 10, bare=True)
    assert [each.study_id for each in bare] == [each.study_id for each in queue]
    said = " ".join(reason.words for each in bare for reason in each.reasons)
    assert "mass" not in said and not any(char.isdigit() for char in said)


def test_words_against_the_score_are_a_disagreement(place: Workspace, reader: Reader) -> None:
    for number in range(3):
        drafted(place, reader, number, finding("pneumothorax", 0.1), words="No pneumothorax.")
    against = drafted(place, reader, 4, finding("pneumothorax", 0.05), words="Right pneumothorax.")
    reasons = {each.kind: each.words for each in of(learning_queue(place, 4), against).reasons}
    said = "Words and score disagree on pneumothorax: probability 0.05."
    assert reasons[Ask.DISAGREEMENT] == said


def test_what_is_signed_hidden_or_a_phantom_is_not_asked_for(
    place: Workspace, reader: Reader
) -> None:
    studies = [drafted(place, reader, number, finding("mass", 0.5)) for number in range(4)]
    signed, hidden, phantom, left = studies
    write_and_sign(place, signed, reader)
    with place.work() as work:
        work.reports.get(hidden, lock=True)
        row = work.session.get_one(ReportRow, hidden)
        row.read_first, row.opened_at = True, dt.datetime.now(dt.UTC)
        work.session.get_one(StudyRow, phantom).source = Source.SAMPLE.value
    assert [each.study_id for each in learning_queue(place, 9)] == [left]


def test_nothing_to_ask_for_is_an_empty_queue(place: Workspace) -> None:
    assert learning_queue(place, 5) == ()
