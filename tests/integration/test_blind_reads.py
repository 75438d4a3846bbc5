"""Blind reads: what is shown before the commit, the commit, what it opens; on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, fields, replace
from typing import Any

import pytest

from core.domain.errors import NotFoundError
from core.domain.reader import Reader
from core.domain.teaching import Answer, AnsweredFinding, Mark, Pace
from core.domain.teaching_errors import AnswerRefusedError, ReadClosedError
from dashboard.services.teaching import keeping, reading, sessions
from dashboard.services.teaching.reading import BlindView, Turn
from dashboard.workspace import Workspace
from tests.integration.teaching_room import NOTHING, RIGHT, WRONG, committed, joined, opened
from tests.teaching_cases import (
    ANSWER_WORDS,
    EFFUSION,
    HISTORY,
    made_case,
    normal_case,
    unscored_case,
)


def test_a_case_is_read_blind_committed_once_and_then_shown(
    either: Workspace, reader: Reader
) -> None:
    case, normal = made_case(either), normal_case(either)
    session = opened(either, reader, [case.id, normal.id])
    (anbu,) = joined(either, session, "Anbu")
    first = session.case_ids.index(case.id)
    shown = reading.position(either, anbu, session.id, at=first)
    assert shown.turn is Turn.READ and shown.blind is not None and shown.revealed is None
    assert (shown.blind.number, shown.blind.count) == (first + 1, 2)
    keeping.keep(either, anbu, case.id, session.id, RIGHT)
    again = reading.position(either, anbu, session.id, at=first)
    assert again.blind is not None and again.blind.answer == RIGHT
    attempt = reading.commit(either, anbu, case.id, session.id, RIGHT)
    assert attempt.score is not None and attempt.score.brier == 0 and attempt.seconds >= 0
    now = reading.position(either, anbu, session.id, at=first)
    assert now.turn is Turn.REVEALED and now.revealed is not None
    assert now.revealed.case == case and now.revealed.attempt == attempt
    assert now.blind is None and now.committed == 1
    for act in (reading.commit, keeping.keep):
        with pytest.raises(AnswerRefusedError):
            act(either, anbu, case.id, session.id, WRONG)
    committed(either, anbu, session, normal.id, NOTHING)
    assert reading.position(either, anbu, session.id).turn is Turn.DONE


def test_nothing_of_the_answer_is_in_what_is_shown_before(place: Workspace, reader: Reader) -> None:
    case = made_case(place)
    session = opened(place, reader, [case.id], history_allowed=False)
    (trainee,) = joined(place, session, "Anbu")
    blind = reading.position(place, trainee, session.id).blind
    assert blind is not None
    told = repr(asdict(blind))
    hidden = [*ANSWER_WORDS, case.film.pixel_blob_digest, HISTORY, f"'{case.reference.value}'"]
    assert not [word for word in hidden if word in told]
    shown = _names(asdict(replace(blind, answer=Answer())))
    assert not {"findings", "regions", "study_id", "reference", "title", "draft"} & shown
    # A field that is added to the view must be thought of here.
    assert {field.name for field in fields(BlindView)} == {
        "case_id", "session_id", "number", "count", "level", "generated", "phantom", "scored",
        "film", "history", "answer", "version",
    }  # fmt: skip


def _names(values: dict[str, Any]) -> set[str]:
    inner = [value for key, value in values.items() if isinstance(value, dict) and key != "answer"]
    return set(values).union(*map(_names, inner)) - {"answer"}


def test_in_step_the_teacher_opens_the_answer(either: Workspace, reader: Reader) -> None:
    cases = [made_case(either), normal_case(either)]
    session = opened(either, reader, [case.id for case in cases], pace=Pace.STEP)
    quick, slow, late = joined(either, session, "quick", "slow", "late")
    one, two = session.case_ids
    reading.position(either, late, session.id)
    keeping.keep(either, late, one, session.id, RIGHT)
    attempt = committed(either, quick, session, one, RIGHT)
    assert attempt.score is not None
    # Looking back or ahead is the teacher's.
    assert reading.position(either, quick, session.id, at=1).turn is Turn.WAIT
    with pytest.raises(NotFoundError):
        reading.practice(either, quick, one)
    sessions.step(either, session.id, position=0, revealed=True, reader=reader)
    assert reading.position(either, quick, session.id).turn is Turn.REVEALED
    # Who had not committed may have seen the answer on the teacher's screen.
    assert committed(either, slow, session, one, RIGHT).score is None
    shown = reading.position(either, slow, session.id).revealed
    assert shown is not None and "no score is kept" in str(shown.feedback[0])
    sessions.step(either, session.id, position=1, revealed=False, reader=reader)
    with pytest.raises(AnswerRefusedError, match="another case"):
        reading.commit(either, late, one, session.id, RIGHT)
    assert committed(either, quick, session, two, WRONG).score is not None
    assert reading.position(either, quick, session.id).turn is Turn.WAIT
    sessions.close_session(either, session.id, reader=reader)
    assert reading.position(either, quick, session.id).turn is Turn.DONE
    assert reading.position(either, quick, session.id, at=1).turn is Turn.REVEALED
    assert reading.position(either, late, session.id, at=0).turn is Turn.DONE


def test_an_answer_that_was_open_once_scores_nobody_any_more(
    either: Workspace, reader: Reader
) -> None:
    ids = [made_case(either).id, normal_case(either).id]
    for back in ([(0, False)], [(1, False), (0, False)]):
        session = opened(either, reader, ids, pace=Pace.STEP)
        (late,) = joined(either, session, f"late {len(back)}")
        for position, revealed in [(0, True), *back]:
            sessions.step(either, session.id, position=position, revealed=revealed, reader=reader)
        assert committed(either, late, session, session.case_ids[0], RIGHT).score is None
        sessions.step(either, session.id, position=1, revealed=False, reader=reader)
        assert committed(either, late, session, session.case_ids[1], RIGHT).score is not None


def test_a_closed_session_takes_no_commit_and_keeps_the_answer(
    place: Workspace, reader: Reader
) -> None:
    case = made_case(place)
    session = opened(place, reader, [case.id])
    (trainee,) = joined(place, session, "Anbu")
    reading.position(place, trainee, session.id)
    sessions.close_session(place, session.id, reader=reader)
    with pytest.raises(ReadClosedError, match="any more: the session is closed"):
        reading.commit(place, trainee, case.id, session.id, RIGHT)
    with place.look() as look:
        kept = look.reads.begun(reading.ReadKey(trainee.id, case.id, session.id))
    assert kept is not None and kept.answer == RIGHT


BAD = {
    "nothing": Answer(),
    "blank": Answer(impression=" \n"),
    "not a number": Answer((AnsweredFinding(EFFUSION, float("nan")),)),
    "more than sure": Answer((AnsweredFinding(EFFUSION, 1.5),)),
    "unknown": Answer((AnsweredFinding("dragon", 1.0),)),
    "twice": Answer((AnsweredFinding(EFFUSION, 1.0), AnsweredFinding(EFFUSION, 0.0))),
    "beside the film": Answer(marks=(Mark(EFFUSION, 10_000, 1),)),
    "endless": Answer(marks=(Mark(EFFUSION, 1, 1, float("inf"), 1),)),
    "too many": Answer(marks=(Mark(EFFUSION, 1, 1),) * 101),
    "too long": Answer(impression="x" * 20_001),
    "NUL": Answer(impression="a\x00"),
    "half a character": Answer(impression="a\ud800"),
}


def test_an_answer_that_cannot_be_is_refused(place: Workspace, reader: Reader) -> None:
    case = made_case(place)
    session = opened(place, reader, [case.id])
    (trainee,) = joined(place, session, "Anbu")
    reading.position(place, trainee, session.id)
    for why, answer in BAD.items():
        with pytest.raises(AnswerRefusedError):
            reading.commit(place, trainee, case.id, session.id, answer)
            pytest.fail(why)
    assert reading.position(place, trainee, session.id).turn is Turn.READ


def test_nobody_reads_what_was_not_given_to_him(place: Workspace, reader: Reader) -> None:
    case, other = made_case(place), normal_case(place)
    session = opened(place, reader, [case.id])
    (member,) = joined(place, session, "Anbu")
    elsewhere = opened(place, reader, [other.id])
    with pytest.raises(NotFoundError):
        reading.position(place, member, elsewhere.id)
    with pytest.raises(NotFoundError):
        reading.practice(place, member, case.id)
    for session_id in (session.id, elsewhere.id, None):
        with pytest.raises(NotFoundError):
            reading.commit(place, member, other.id, session_id, RIGHT)


def test_a_case_without_a_firm_reference_is_committed_without_a_score(
    place: Workspace, reader: Reader
) -> None:
    case = unscored_case(place)
    session = opened(place, reader, [case.id])
    (trainee,) = joined(place, session, "Anbu")
    assert committed(place, trainee, session, case.id, WRONG).score is None
    shown = reading.position(place, trainee, session.id, at=0).revealed
    assert shown is not None and "The signed report states" in " ".join(map(str, shown.feedback))


def test_the_local_reader_practises_every_case_and_again(either: Workspace, reader: Reader) -> None:
    case = made_case(either)
    alone = sessions.local_trainee(either, reader=reader)
    assert sessions.local_trainee(either, reader=reader) == alone
    assert reading.practice(either, alone, case.id).turn is Turn.READ
    first = reading.commit(either, alone, case.id, None, WRONG)
    assert reading.practice(either, alone, case.id).turn is Turn.REVEALED
    assert reading.practice(either, alone, case.id, again=True).turn is Turn.READ
    assert reading.practice(either, alone, case.id).turn is Turn.READ
    second = reading.commit(either, alone, case.id, None, RIGHT)
    shown = reading.practice(either, alone, case.id)
    assert shown.revealed is not None and shown.revealed.attempt == second != first
    assert shown.committed == 2


def test_of_two_tabs_that_commit_at_once_one_does(either: Workspace, reader: Reader) -> None:
    case = made_case(either)
    session = opened(either, reader, [case.id])
    (trainee,) = joined(either, session, "Anbu")
    reading.position(either, trainee, session.id)

    def press(answer: Answer) -> bool:
        try:
            reading.commit(either, trainee, case.id, session.id, answer)
        except AnswerRefusedError:
            return False
        return True

    with ThreadPoolExecutor(4) as tabs:
        assert sum(tabs.map(press, [RIGHT, WRONG, RIGHT, WRONG])) == 1
    with either.look() as look:
        assert len(look.reads.of_session(session.id)) == 1


def test_fifty_trainees_commit_at_once(either: Workspace, reader: Reader) -> None:
    case = made_case(either)
    session = opened(either, reader, [case.id])
    trainees = joined(either, session, *(f"trainee {number}" for number in range(50)))
    with ThreadPoolExecutor(16) as room:
        done = list(
            room.map(lambda each: committed(either, each, session, case.id, RIGHT), trainees)
        )
    assert {attempt.trainee_id for attempt in done} == {trainee.id for trainee in trainees}
