"""A session with trainees in it, and answers to the made cases."""

from __future__ import annotations

from collections.abc import Sequence

from core.domain.finding import Laterality
from core.domain.reader import Reader
from core.domain.teaching import Answer, AnsweredFinding, Mark, Pace, TeachingSession, Trainee
from dashboard.services.teaching import reading, sessions
from dashboard.services.teaching.sessions import SessionWish
from dashboard.workspace import Workspace
from tests.teaching_cases import EFFUSION, INSIDE, OUTSIDE

RIGHT = Answer(
    (AnsweredFinding(EFFUSION, 1.0, Laterality.RIGHT),),
    (Mark(EFFUSION, *INSIDE),),
    "Right pleural effusion.",
)
WRONG = Answer(
    (AnsweredFinding("pneumothorax", 0.75, Laterality.LEFT),),
    (Mark("pneumothorax", *OUTSIDE),),
    "Left pneumothorax.",
)
NOTHING = Answer(impression="No acute abnormality.")


def opened(
    place: Workspace,
    reader: Reader,
    case_ids: Sequence[int],
    *,
    pace: Pace = Pace.OWN,
    cohort: str = "Batch 7",
    history_allowed: bool = True,
) -> TeachingSession:
    wish = SessionWish(cohort, "Monday", tuple(case_ids), pace, history_allowed)
    return sessions.open_session(place, wish, reader=reader)


def joined(place: Workspace, session: TeachingSession, *nicknames: str) -> list[Trainee]:
    return [sessions.join(place, session.code, nickname).trainee for nickname in nicknames]


def committed(
    place: Workspace, trainee: Trainee, session: TeachingSession, case_id: int, answer: Answer
) -> reading.Attempt:
    """Look at a case, as one must before the commit, and commit."""
    at = session.case_ids.index(case_id)
    assert reading.position(place, trainee, session.id, at=at).turn is reading.Turn.READ
    return reading.commit(place, trainee, case_id, session.id, answer)
