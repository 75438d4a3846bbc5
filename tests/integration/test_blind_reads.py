"""Blind reads: what is shown before the commit, the commit, and what it opens; on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, fields, replace
from typing import Any

import pytest
from sqlalchemy import event

from core.domain.errors import NotFoundError
from core.domain.reader import Reader
from core.domain.teaching import Answer, AnsweredFinding, Mark, Pace, TeachingCase, TeachingSession
from core.domain.teaching_errors import AnswerRefusedError
from dashboard.services.teaching import reading, sessions
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
    reading.keep(either, anbu, case.id, session.id, RIGHT)
    again = reading.position(either, anbu, session.id, at=first)
    assert again.blind is not None and again.blind.answer == RIGHT
    attempt = reading.commit(either, anbu, case.id, session.id, RIGHT)
    assert attempt.score is not None and attempt.score.brier == 0 and attempt.seconds >= 0
    opened_now = reading.position(either, anbu, session.id, at=first)
    assert opened_now.turn is Turn.REVEALED and opened_now.revealed is not None
    assert opened_now.revealed.case == case and opened_now.revealed.attempt == attempt
    assert opened_now.blind is None and opened_now.committed == 1
    for act in (reading.commit, reading.keep):
        with pytest.raises(AnswerRefusedError):
            act(either, anbu, case.id, session.id, WRONG)
    committed(either, anbu, session, normal.id, NOTHING)
    assert reading.position(either, anbu, session.id).turn is Turn.DONE


def test_nothing_of_the_answer_is_in_what_is_shown_before(
    either: Workspace, reader: Reader
) -> None:
    case = made_case(either)
    session = opened(either, reader, [case.id], history_allowed=False)
    (trainee,) = joined(either, session, "Anbu")
    blind = reading.position(either, trainee, session.id).blind
    assert blind is not None
    told = repr(asdict(blind))
    hidden = [*ANSWER_WORDS, case.film.pixel_blob_digest, HISTORY, case.reference.value + "'"]
    assert not [word for word in hidden if word in told]
    assert not {"findings", "regions", "study_id", "reference"} & _names(asdict(replace(
        blind, answer=Answer())))  # fmt: skip
    # A field that is added to the view must be thought of here.
    assert {field.name for field in fields(BlindView)} == {
        "case_id", "session_id", "number", "count", "level", "generated", "scored", "film",
        "history", "answer",
    }  # fmt: skip


def _names(values: dict[str, Any]) -> set[str]:
    inner = [value for key, value in values.items() if isinstance(value, dict) and key != "answer"]
    return set(values).union(*map(_names, inner)) - {"answer"}
