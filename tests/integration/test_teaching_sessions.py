"""Sessions of the teaching room, on both databases: opened, joined, gone through, closed."""

from __future__ import annotations

import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from core.domain.errors import NotFoundError
from core.domain.reader import Reader
from core.domain.teaching import Pace
from core.domain.teaching_errors import NotAdmittedError, SessionRefusedError
from dashboard.services.teaching import sessions
from dashboard.services.teaching.nicknames import LETTERS
from dashboard.services.teaching.sessions import SessionWish
from dashboard.workspace import Workspace
from storage.teaching_tables import TraineeRow
from tests.integration.teaching_room import joined, opened
from tests.teaching_cases import made_case, normal_case

TAMIL = "அன்பு செல்வி"


def test_a_session_has_a_code_and_an_order_of_its_own(either: Workspace, reader: Reader) -> None:
    ids = [made_case(either, seed=seed).id for seed in range(8)]
    found = [opened(either, reader, ids) for _ in range(4)]
    assert all(sorted(each.case_ids) == ids for each in found)
    assert len({each.case_ids for each in found}) > 1  # the same four times: once in 10^13
    assert len({each.code for each in found}) == 4
    assert all(len(each.code) == 8 and set(each.code) <= set(LETTERS) for each in found)
    assert not set("ILO01") & set(LETTERS)
    sessions.close_session(either, found[3].id, reader=reader)
    assert [each.id for each in sessions.sessions(either)] == [
        found[2].id, found[1].id, found[0].id, found[3].id,
    ]  # fmt: skip
    assert sessions.session(either, found[0].id) == found[0]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"case_ids": ()}, "no case"),
        ({"case_ids": (4711,)}, "does not exist"),
        ({"cohort": " \u200e\t"}, "no cohort"),
        ({"cohort": "x" * 81}, "too long"),
        ({"title": "x" * 81}, "too long"),
    ],
)
def test_a_session_that_cannot_be_is_refused(
    place: Workspace, reader: Reader, change: dict[str, object], reason: str
) -> None:
    wish = SessionWish("Batch 7", "Monday", (made_case(place).id,))
    with pytest.raises(SessionRefusedError, match=reason):
        sessions.open_session(place, replace(wish, **change), reader=reader)


def test_a_retired_case_is_not_offered(place: Workspace, reader: Reader) -> None:
    case = made_case(place)
    with place.work() as work:
        work.teaching_cases.retire(case.id)
    with pytest.raises(SessionRefusedError, match="retired"):
        opened(place, reader, [case.id])


def test_trainees_come_in_and_come_back(either: Workspace, reader: Reader) -> None:
    session = opened(either, reader, [made_case(either).id])
    first = sessions.join(either, f" {session.code[:4].lower()}-{session.code[4:]} ", TAMIL)
    assert first.trainee.nickname == unicodedata.normalize("NFC", TAMIL)
    assert sessions.trainee_of(either, first.token) == first.trainee
    # Another browser, with the words that were shown once.
    back = sessions.join(
        either, session.code, TAMIL, return_words=first.return_words.lower().replace("-", " ")
    )
    assert back.trainee == first.trainee and back.return_words == ""
    assert sessions.trainee_of(either, back.token) == first.trainee
    assert sessions.trainee_of(either, first.token) is None
    # The next week, in the same browser.
    later = opened(either, reader, [normal_case(either).id])
    again = sessions.join(either, later.code, TAMIL, token=back.token)
    assert (again.trainee, again.token) == (first.trainee, back.token)
    assert sessions.sessions_of(either, first.trainee) == (later, session)
    assert sessions.members(either, later.id) == (first.trainee,)


def test_of_secrets_only_digests_are_kept(place: Workspace, reader: Reader) -> None:
    session = opened(place, reader, [made_case(place).id])
    in_ = sessions.join(place, session.code, "Anbu")
    with place.look() as look:
        row = look.session.get(TraineeRow, in_.trainee.id)
    assert row is not None
    kept = repr(vars(row))
    assert in_.token not in kept and in_.return_words not in kept
    assert in_.return_words.replace("-", "") not in kept


OTHERS = ("anbu", "ANBU", " Anbu ", "Ａｎｂｕ", "An\u200dbu")
REFUSED = ("", "   ", "...", "x" * 31, "a\x00b", "a\u202eb", "a\ud800", "x" * 10_000)


def test_a_nickname_belongs_to_one(place: Workspace, reader: Reader) -> None:
    case = made_case(place)
    session = opened(place, reader, [case.id])
    first = sessions.join(place, session.code, "Anbu")
    foreign = (("", ""), ("ABCD-EFGH-JKMN", ""), ("", "another"), ("x", first.token[1:]))
    for number, other in enumerate(OTHERS):
        for words, token in foreign:
            with pytest.raises(NotAdmittedError):
                sessions.join(place, session.code, other, return_words=words, token=token)
        # Another cohort knows nobody of this one.
        elsewhere = opened(place, reader, [case.id], cohort=f"Batch 8{number}")
        assert sessions.join(place, elsewhere.code, other).trainee.id != first.trainee.id
    assert sessions.members(place, session.id) == (first.trainee,)


def test_a_nickname_that_cannot_be_is_refused(place: Workspace, reader: Reader) -> None:
    session = opened(place, reader, [made_case(place).id])
    for nickname in REFUSED:
        with pytest.raises(NotAdmittedError):
            sessions.join(place, session.code, nickname)


def test_a_code_that_opens_nothing_is_refused(place: Workspace, reader: Reader) -> None:
    session = opened(place, reader, [made_case(place).id])
    for code in ("", "AAAAAAAA", session.code[:-1], "%", session.code + session.code):
        with pytest.raises(NotAdmittedError, match="no open session"):
            sessions.join(place, code, "Anbu")
    sessions.close_session(place, session.id, reader=reader)
    with pytest.raises(NotAdmittedError, match="no open session"):
        sessions.join(place, session.code, "Anbu")
    assert sessions.trainee_of(place, "") is None
    assert sessions.trainee_of(place, "x" * 10_000) is None


def test_one_nickname_taken_by_many_at_once_is_one_trainee(
    either: Workspace, reader: Reader
) -> None:
    session = opened(either, reader, [made_case(either).id])

    def come(_number: int) -> bool:
        try:
            sessions.join(either, session.code, "Anbu")
        except NotAdmittedError:
            return False
        return True

    with ThreadPoolExecutor(8) as door:
        assert sum(door.map(come, range(16))) == 1
    assert len(sessions.members(either, session.id)) == 1


def test_the_teacher_steps_through_the_cases(either: Workspace, reader: Reader) -> None:
    ids = [made_case(either).id, normal_case(either).id]
    session = opened(either, reader, ids, pace=Pace.STEP)
    assert (session.position, session.revealed, session.open) == (0, False, True)
    moved = sessions.step(either, session.id, position=1, revealed=True, reader=reader)
    assert moved == replace(session, position=1, revealed=True, opened=(1,))
    for position in (-1, 2):
        with pytest.raises(SessionRefusedError, match="no such case"):
            sessions.step(either, session.id, position=position, revealed=False, reader=reader)
    sessions.close_session(either, session.id, reader=reader)
    with pytest.raises(SessionRefusedError, match="closed"):
        sessions.step(either, session.id, position=0, revealed=False, reader=reader)
    own = opened(either, reader, ids)
    with pytest.raises(SessionRefusedError, match="own pace"):
        sessions.step(either, own.id, position=0, revealed=False, reader=reader)
    with pytest.raises(NotFoundError):
        sessions.close_session(either, 4711, reader=reader)


def test_the_local_reader_is_in_no_cohort(place: Workspace, reader: Reader) -> None:
    alone = sessions.local_trainee(place, reader=reader)
    assert (alone.cohort, alone.nickname) == ("", reader.name)
    renamed = sessions.local_trainee(place, reader=replace(reader, name="Dr. Other"))
    assert renamed == replace(alone, nickname="Dr. Other")
    session = opened(place, reader, [made_case(place).id])
    assert joined(place, session, reader.name)[0].id != alone.id
