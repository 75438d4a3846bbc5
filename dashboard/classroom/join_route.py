"""The way in: a code, a nickname, a cookie; and the way out.

The token of a trainee lives in an HttpOnly cookie, which no script of a page can read. What a
client says about itself counts for nothing but this.
"""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.domain.errors import OverreadError
from core.domain.teaching import Trainee
from core.domain.teaching_errors import NotAdmittedError
from dashboard.api.errors import body_of, status_of
from dashboard.classroom.bodies import TooLongError, json_object
from dashboard.classroom.rate import Tries
from dashboard.language import translate as _
from dashboard.services.teaching import sessions
from dashboard.workspace import workspace

COOKIE = "overread_trainee"
# Repetitions come back after weeks.
KEPT_SECONDS = 180 * 24 * 3600
LONGEST_BODY = 4096

_tries = Tries(of_one=20, of_all=100)


def routes() -> list[Route]:
    return [
        Route("/join", _join, methods=["POST"]),
        Route("/leave", _leave, methods=["POST"]),
    ]


def trainee_asking(request: Request) -> Trainee | None:
    """Whose cookie a request carries."""
    token = request.cookies.get(COOKIE, "")
    return sessions.trainee_of(workspace(), token) if token else None


async def _join(request: Request) -> Response:
    address = request.client.host if request.client else "unknown"
    if not _tries.allowed(address):
        return _plain("too_many_tries", _("Too many tries. Wait a minute and try again."), 429)
    try:
        form = await json_object(request, LONGEST_BODY)
        code, nickname, words = (_text(form, name) for name in ("code", "nickname", "return_words"))
    except (TooLongError, ValueError):
        _tries.failed(address)
        return _plain("invalid_request", _("The form cannot be read."), 400)
    try:
        joined = await run_in_threadpool(
            sessions.join,
            workspace(),
            code,
            nickname,
            return_words=words,
            token=request.cookies.get(COOKIE, ""),
        )
    except OverreadError as error:
        _tries.failed(address)
        status = 403 if isinstance(error, NotAdmittedError) else status_of(error)
        return JSONResponse(body_of(error), status)
    said = {"return_words": joined.return_words, "session": joined.session.id}
    answer = JSONResponse(said, headers=_UNKEPT)
    if joined.token:
        answer.set_cookie(
            COOKIE,
            joined.token,
            max_age=KEPT_SECONDS,
            path="/",
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
    return answer


async def _leave(_request: Request) -> Response:
    answer = Response(status_code=204)
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return answer


def _text(said: dict[str, object], name: str) -> str:
    value = said.get(name, "")
    if not isinstance(value, str):
        raise ValueError(name)
    return value


def _plain(code: str, message: str, status: int) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message, "remedy": ""}}, status)


_UNKEPT = {"Cache-Control": "no-store"}
