"""Sessions of the teaching room: opened by the teacher, joined with a code and a nickname."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.reader import Reader
from core.domain.teaching import Pace, TeachingSession, Trainee
from dashboard.workspace import Workspace


@dataclass(frozen=True)
class SessionWish:
    cohort: str
    title: str
    case_ids: tuple[int, ...]
    pace: Pace = Pace.OWN
    history_allowed: bool = True


@dataclass(frozen=True)
class Joined:
    """Somebody who was let in. ``token`` goes into a cookie, ``return_words`` to the trainee, once;
    empty for one who came back."""

    trainee: Trainee
    session: TeachingSession
    token: str
    return_words: str


def open_session(place: Workspace, wish: SessionWish, *, reader: Reader) -> TeachingSession:
    """Open a session with a fresh code; the cases are put in an order that tells nothing.

    Raises
    ------
    SessionRefusedError
        If there is no case, or a case is retired.
    """
    raise NotImplementedError


def close_session(place: Workspace, session_id: int, *, reader: Reader) -> None:
    """End a session: its code opens nothing any more; reads that were committed stay."""
    raise NotImplementedError


def step(
    place: Workspace, session_id: int, *, position: int, revealed: bool, reader: Reader
) -> TeachingSession:
    """Put everybody of a session in step at a case, its answer hidden or open.

    Raises
    ------
    SessionRefusedError
        If the session is closed, at each one's own pace, or has no such case.
    """
    raise NotImplementedError


def sessions(place: Workspace) -> tuple[TeachingSession, ...]:
    """Every session, open ones first, newest first."""
    raise NotImplementedError


def session(place: Workspace, session_id: int) -> TeachingSession:
    """One session. Raises NotFoundError."""
    raise NotImplementedError


def members(place: Workspace, session_id: int) -> tuple[Trainee, ...]:
    raise NotImplementedError


def join(
    place: Workspace, code: str, nickname: str, *, return_words: str = "", token: str = ""
) -> Joined:
    """Let somebody into the open session of a code.

    A nickname that the cohort knows is let in with its own token or its return words alone.

    Raises
    ------
    NotAdmittedError
    """
    raise NotImplementedError


def trainee_of(place: Workspace, token: str) -> Trainee | None:
    """Who a cookie's token belongs to."""
    raise NotImplementedError


def sessions_of(place: Workspace, trainee: Trainee) -> tuple[TeachingSession, ...]:
    """The sessions that a trainee joined, newest first."""
    raise NotImplementedError


def local_trainee(place: Workspace, *, reader: Reader) -> Trainee:
    """The local reader as one who practises, in a cohort of one; made at the first call."""
    raise NotImplementedError
