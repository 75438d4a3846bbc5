"""An answer that is not committed yet, kept while it is typed."""

from __future__ import annotations

import datetime as dt

from core.domain.errors import NotFoundError
from core.domain.teaching import Answer, Trainee
from core.domain.teaching_errors import (
    AnswerNotKeptError,
    AnswerRefusedError,
    ChangedElsewhereError,
    CommittedBeforeError,
)
from dashboard.services.teaching.answers import require_sound
from dashboard.workspace import Workspace
from storage.repositories.teaching_reads import ReadKey, Window
from storage.unit_of_work import UnitOfWork


def keep(
    place: Workspace,
    trainee: Trainee,
    case_id: int,
    session_id: int | None,
    answer: Answer,
    *,
    window: Window | None = None,
) -> int:
    """Keep what was typed and marked so far; the version that it has now.

    Parameters
    ----------
    window : Window, optional
        The window that it was typed in, which may not write over what another one kept since.

    Raises
    ------
    AnswerNotKeptError
        If it does not fit the film or the findings.
    ChangedElsewhereError
        If another window kept something that this one has not seen.
    CommittedBeforeError
    NotFoundError
        If this trainee was never shown the case there.
    """
    key = ReadKey(trainee.id, case_id, session_id)
    with place.look() as look:
        if look.reads.begun(key) is None:
            raise no_open_read(look, key)
        film = look.teaching_cases.get(case_id).film
    try:
        require_sound(answer, film)
    except AnswerRefusedError as error:
        raise AnswerNotKeptError(**error.facts) from None
    with place.work() as work:
        kept = work.reads.keep(key, answer, now=dt.datetime.now(dt.UTC), window=window)
        now = work.reads.begun(key)
        if now is None:
            raise no_open_read(work, key)
    if not kept and now.answer != answer:
        raise ChangedElsewhereError(theirs=now.answer, version=now.version)
    return now.version


def no_open_read(look: UnitOfWork, key: ReadKey) -> CommittedBeforeError | NotFoundError:
    """Why there is no open read; nothing is told of a case to whom it was never given."""
    committed = look.reads.of_case(key.trainee_id, key.case_id)
    if any(attempt.session_id == key.session_id for attempt in committed):
        return CommittedBeforeError()
    return NotFoundError(what="case")
