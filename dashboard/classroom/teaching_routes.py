"""Films and maps of cases, and the answer as it is typed: the same for classroom and dashboard.

Addresses hold random keys, which tell nothing; who may have what is asked at every request.
"""

from __future__ import annotations

import gzip
import logging
from collections.abc import Callable, Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from core.domain.errors import NotFoundError, OverreadError
from core.domain.teaching import Answer, Trainee
from core.domain.teaching_errors import (
    AnotherTraineeError,
    AnswerNotKeptError,
    AnswerRefusedError,
    ChangedElsewhereError,
    CommittedBeforeError,
    NotCommittedError,
)
from dashboard.api.errors import body_of, status_of
from dashboard.classroom.answers import answer_values, read_answer
from dashboard.classroom.bodies import TooLongError, json_object
from dashboard.classroom.turns import writing
from dashboard.services.teaching import case_access, keeping
from dashboard.workspace import workspace
from storage.repositories.teaching_reads import Window

logger = logging.getLogger(__name__)

LONGEST_ANSWER = 128 * 1024
LONGEST_WINDOW = 36
LARGEST_NUMBER = 2**31
"""What a number of a row stays under; PostgreSQL and SQLite take no larger ones alike."""
_STATUS: dict[type[OverreadError], int] = {
    AnotherTraineeError: 409,
    AnswerNotKeptError: 409,
    AnswerRefusedError: 409,
    ChangedElsewhereError: 409,
    CommittedBeforeError: 409,
    NotCommittedError: 403,
}

Asking = Callable[[Request], Trainee | None]


def case_routes(asking: Asking, *, teacher: bool = False) -> list[BaseRoute]:
    """The routes for those whom ``asking`` knows.

    Parameters
    ----------
    asking
        Tells whose request it is; ``None`` for nobody, who gets nothing.
    teacher : bool
        Whether films and maps go out as to the teacher, who may see every case.
    """

    def film(request: Request) -> Response:
        """Little-endian 16-bit pixels, row by row; gzip where the client takes it."""
        trainee = None if teacher else _somebody(asking(request))
        found, content = case_access.film_of(workspace(), request.path_params["key"], trainee)
        cache = _private(found.key)
        if request.headers.get("if-none-match") == cache["ETag"]:
            return Response(status_code=304, headers=cache)
        packed = "gzip" in request.headers.get("accept-encoding", "")
        encoding = {"Content-Encoding": "gzip"} if packed else {}
        return Response(
            content if packed else gzip.decompress(content),
            media_type="application/octet-stream",
            headers={**encoding, **cache, "Vary": "Accept-Encoding"},
        )

    def case_map(request: Request) -> Response:
        trainee = None if teacher else _somebody(asking(request))
        key = request.path_params["key"]
        content = case_access.map_of(workspace(), key, trainee)
        return Response(content, media_type="image/png", headers=_private(key))

    async def answer(request: Request) -> Response:
        """Keep what was typed and marked so far."""
        try:
            said = await json_object(request, LONGEST_ANSWER)
        except (TooLongError, ValueError):
            return JSONResponse({"error": {"code": "invalid_request"}}, 400)
        return await run_in_threadpool(_answered(_keep), request, asking, said)

    return [
        Route("/films/{key}", _answered(film)),
        Route("/maps/{key}", _answered(case_map)),
        Route("/answer", answer, methods=["POST"]),
    ]


def _keep(request: Request, asking: Asking, said: Mapping[str, object]) -> Response:
    trainee = _somebody(asking(request))
    case_id, session_id = _number(said.get("case")), _number(said.get("session"))
    version, window = said.get("version"), said.get("window")
    if (
        case_id is None
        or (session_id is None and said.get("session") is not None)
        or (version != 0 and _number(version) is None)
        or not isinstance(window, str)
        or not 0 < len(window) <= LONGEST_WINDOW
    ):
        return JSONResponse({"error": {"code": "invalid_request"}}, 400)
    # The page of one trainee stays open when another one joins in the same browser.
    if said.get("trainee") != trainee.id:
        raise AnotherTraineeError
    shown = Window(window, _number(version) or 0)
    answer = _read(said.get("answer"))
    with writing:
        kept = keeping.keep(workspace(), trainee, case_id, session_id, answer, window=shown)
    return JSONResponse({"version": kept}, headers={"Cache-Control": "no-store"})


def _number(said: object) -> int | None:
    """The number of a row; ``None`` where it can be none."""
    return said if type(said) is int and 0 < said < LARGEST_NUMBER else None


def _read(said: object) -> Answer:
    try:
        return read_answer(said)
    except AnswerRefusedError as error:
        raise AnswerNotKeptError(**error.facts) from None


def _somebody(trainee: Trainee | None) -> Trainee:
    if trainee is None:
        raise NotFoundError(what="trainee")
    return trainee


def _answered(act: Callable[..., Response]) -> Callable[..., Response]:
    """The same, with errors as answers."""

    def answered(*given: object) -> Response:
        try:
            return act(*given)
        except OverreadError as error:
            status = _STATUS.get(type(error)) or status_of(error)
            body = body_of(error)
            if isinstance(error, ChangedElsewhereError):
                facts = error.facts
                body |= {"version": facts["version"], "answer": answer_values(facts["theirs"])}
            return JSONResponse(body, status, {"Cache-Control": "no-store"})

    return answered


def _private(key: str) -> dict[str, str]:
    """Kept by the browser of who asked, and asked for again each time. Digests stay here."""
    return {"Cache-Control": "private, no-cache", "ETag": f'"{key}"'}
