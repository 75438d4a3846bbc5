"""Sessions of the teaching room: opened by the teacher, joined with a code and a nickname."""

from __future__ import annotations

import datetime as dt
import logging
import secrets
from dataclasses import dataclass

from core.domain.errors import N_
from core.domain.reader import Reader
from core.domain.teaching import Pace, TeachingSession, Trainee
from core.domain.teaching_errors import NotAdmittedError, SessionRefusedError
from dashboard.services.teaching import nicknames
from dashboard.workspace import Workspace
from storage.repositories.teaching_sessions import NewSession
from storage.repositories.teaching_trainees import Secrets
from storage.unit_of_work import UnitOfWork

logger = logging.getLogger(__name__)

WORDS_LIMIT = 80
"""Characters of a cohort's name and of a session's title."""
CASES_LIMIT = 200
TAKEN = N_("this nickname is taken; give its return words, or take another")


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
    cohort, title = _words(wish.cohort), _words(wish.title)
    if not cohort:
        raise SessionRefusedError(reason=N_("it names no cohort"))
    if len(cohort) > WORDS_LIMIT or len(title) > WORDS_LIMIT:
        raise SessionRefusedError(reason=N_("its cohort or title is too long"))
    ids = list(dict.fromkeys(wish.case_ids))
    if not ids:
        raise SessionRefusedError(reason=N_("it has no case"))
    if len(ids) > CASES_LIMIT:
        raise SessionRefusedError(reason=N_("it has too many cases"))
    # The order in which a teacher picks cases could tell which are normal.
    secrets.SystemRandom().shuffle(ids)
    with place.work() as work:
        _require_offered(work, ids)
        opened = work.teaching_sessions.add(
            NewSession(
                cohort=cohort,
                title=title,
                code=nicknames.fresh_code(),
                pace=wish.pace,
                history_allowed=wish.history_allowed,
                case_ids=tuple(ids),
                made_by=reader.name,
                made_at=dt.datetime.now(dt.UTC),
            )
        )
    logger.info("reader %d opened session %d of %d cases", reader.id, opened.id, len(ids))
    return opened


def close_session(place: Workspace, session_id: int, *, reader: Reader) -> None:
    """End a session: its code opens nothing any more; reads that were committed stay.

    Answers of a session in step are open then to those who committed.
    """
    with place.work() as work:
        work.teaching_sessions.close(session_id)
    logger.info("reader %d closed session %d", reader.id, session_id)


def step(
    place: Workspace, session_id: int, *, position: int, revealed: bool, reader: Reader
) -> TeachingSession:
    """Put everybody of a session in step at a case, its answer hidden or open.

    Raises
    ------
    SessionRefusedError
        If the session is closed, at each one's own pace, or has no such case.
    """
    with place.work() as work:
        found = work.teaching_sessions.get(session_id)
        if not found.open:
            raise SessionRefusedError(reason=N_("it is closed"))
        if found.pace is not Pace.STEP:
            raise SessionRefusedError(reason=N_("each trainee goes at his own pace"))
        if not 0 <= position < len(found.case_ids):
            raise SessionRefusedError(reason=N_("it has no such case"))
        moved = work.teaching_sessions.move(session_id, position=position, revealed=revealed)
    logger.info("reader %d put session %d at case %d", reader.id, session_id, position)
    return moved


def sessions(place: Workspace) -> tuple[TeachingSession, ...]:
    """Every session, open ones first, newest first."""
    with place.look() as look:
        return look.teaching_sessions.every()


def session(place: Workspace, session_id: int) -> TeachingSession:
    """One session. Raises NotFoundError."""
    with place.look() as look:
        return look.teaching_sessions.get(session_id)


def members(place: Workspace, session_id: int) -> tuple[Trainee, ...]:
    with place.look() as look:
        return look.teaching_sessions.members(session_id)


def join(
    place: Workspace, code: str, nickname: str, *, return_words: str = "", token: str = ""
) -> Joined:
    """Let somebody into the open session of a code.

    A nickname that the cohort knows is let in with its own token or its return words alone. Return
    words bring a new token; the one before opens nothing any more.

    Raises
    ------
    NotAdmittedError
    """
    called = nicknames.nickname_of(nickname)
    with place.look() as look:
        found = look.teaching_sessions.by_code(nicknames.typed_code(code))
    if found is None or not found.open:
        raise NotAdmittedError(reason=N_("no open session has this code"))
    folded = nicknames.folded(called)
    # Before the transaction: scrypt takes its time on purpose.
    fresh = nicknames.fresh_return_words()
    given = nicknames.return_digest(return_words or fresh, found.cohort, folded)
    with place.work() as work:
        known = work.trainees.by_nickname(found.cohort, folded)
        if known is None:
            joined = _take(work, found, called, "" if return_words else fresh, given)
        else:
            joined = _come_back(work, found, *known, token, given if return_words else "")
        work.teaching_sessions.admit(found.id, joined.trainee.id)
    logger.info("trainee %d joined session %d", joined.trainee.id, found.id)
    return joined


def trainee_of(place: Workspace, token: str) -> Trainee | None:
    """Who a cookie's token belongs to."""
    if not token or len(token) > nicknames.TOKEN_LIMIT:
        return None
    with place.look() as look:
        return look.trainees.by_token(nicknames.token_digest(token))


def sessions_of(place: Workspace, trainee: Trainee) -> tuple[TeachingSession, ...]:
    """The sessions that a trainee joined, newest first."""
    with place.look() as look:
        return look.teaching_sessions.of_trainee(trainee.id)


def local_trainee(place: Workspace, *, reader: Reader) -> Trainee:
    """The local reader as one who practises, in a cohort of one; made at the first call.

    That cohort has no name, so that no session can be of it.
    """
    with place.look() as look:
        known = look.trainees.of_reader(reader.id)
    if known is not None and known.nickname == reader.name:
        return known
    with place.work() as work:
        if known is not None:
            work.trainees.rename(known.id, reader.name)
        else:
            # Nobody comes in by these: what they are digests of is thrown away.
            shut = Secrets(nicknames.token_digest(secrets.token_urlsafe()), secrets.token_hex(32))
            now = dt.datetime.now(dt.UTC)
            work.trainees.add(
                "", reader.name, str(reader.id), shut, joined_at=now, reader_id=reader.id
            )
        made = work.trainees.of_reader(reader.id)
    assert made is not None
    return made


def _words(typed: str) -> str:
    return " ".join(nicknames.shown(typed).split())


def _require_offered(work: UnitOfWork, ids: list[int]) -> None:
    offered = work.teaching_cases.of_ids(ids)
    if len(offered) < len(ids):
        raise SessionRefusedError(reason=N_("one of its cases does not exist"))
    if any(case.retired for case in offered):
        raise SessionRefusedError(reason=N_("one of its cases is retired"))


def _take(
    work: UnitOfWork, found: TeachingSession, nickname: str, words: str, digest: str
) -> Joined:
    """Take a nickname that nobody of the cohort has."""
    if not words:
        raise NotAdmittedError(reason=N_("nobody of this cohort has this nickname yet"))
    token = secrets.token_urlsafe(32)
    made = work.trainees.add(
        found.cohort,
        nickname,
        nicknames.folded(nickname),
        Secrets(nicknames.token_digest(token), digest),
        joined_at=dt.datetime.now(dt.UTC),
    )
    if made is None:  # on PostgreSQL somebody else may have taken it a moment ago
        raise NotAdmittedError(reason=TAKEN)
    return Joined(made, found, token, words)


def _come_back(
    work: UnitOfWork,
    found: TeachingSession,
    trainee: Trainee,
    kept: Secrets,
    token: str,
    words_digest: str,
) -> Joined:
    """Let a known trainee in by his token, or by his return words with a new token."""
    if token and nicknames.same(nicknames.token_digest(token), kept.token_digest):
        return Joined(trainee, found, token, "")
    if not words_digest:
        raise NotAdmittedError(reason=TAKEN)
    if not nicknames.same(words_digest, kept.return_digest):
        raise NotAdmittedError(reason=N_("these are not the return words of this nickname"))
    token = secrets.token_urlsafe(32)
    work.trainees.renew_token(trainee.id, nicknames.token_digest(token))
    return Joined(trainee, found, token, "")
