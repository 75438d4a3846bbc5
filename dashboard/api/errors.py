"""Errors to answers: one shape, a code, what happened, what to do; never a traceback."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from core.domain import conversation_errors, errors, import_errors
from core.domain.errors import OverreadError
from dashboard import language

STATUS: dict[type[OverreadError], int] = {
    errors.IntakeError: 422,
    errors.NotAnImageError: 415,
    errors.UnsupportedEncodingError: 415,
    errors.FileTooLargeError: 413,
    errors.ConflictingInstanceError: 409,
    errors.ConflictingPatientError: 409,
    errors.InvalidPatientError: 422,
    errors.IdentityFromFileError: 409,
    errors.StalePatientError: 409,
    import_errors.ImportsOffError: 404,
    import_errors.FolderOutsideError: 422,
    import_errors.FolderUnreadableError: 422,
    errors.NotFoundError: 404,
    errors.InvalidReportError: 422,
    errors.StaleReportError: 409,
    errors.ReportSignedError: 409,
    errors.ReportNotSignedError: 409,
    errors.DraftHiddenError: 409,
    errors.FilmsChangedError: 409,
    errors.OpenChecksError: 422,
    errors.SignedRecordBrokenError: 503,
    conversation_errors.ConversationError: 422,
    conversation_errors.NotForPatientsYetError: 409,
    conversation_errors.FilmNotForModelError: 409,
    conversation_errors.AnswerPendingError: 409,
    conversation_errors.AnswerFailedError: 503,
    errors.ModelError: 503,
    errors.NothingToOverrideError: 409,
    errors.DatabaseUnavailableError: 503,
    errors.StorageUnavailableError: 503,
    errors.StorageFullError: 507,
    errors.ForeignRequestError: 403,
}


def status_of(error: OverreadError) -> int:
    """The status of an error's class, or of the nearest one above it."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 400)


def body_of(error: OverreadError) -> dict[str, Any]:
    """The answer to an error, with the facts that a client needs to go on."""
    body: dict[str, Any] = {
        "code": error.code,
        "message": language.sentence(error),
        "remedy": language.remedy(error),
    }
    if isinstance(error, errors.StaleReportError):
        body |= {
            "version": error.facts["current"],
            "yours": error.facts["yours"],
            "theirs": error.facts["theirs"],
        }
    if isinstance(error, errors.OpenChecksError):
        body["checks"] = [
            {
                "id": check.id,
                "kind": check.kind,
                "message": language.filled(check.template, check.facts),
                "finding": check.finding,
                "blocking": check.blocking,
            }
            for check in error.facts["checks"]
        ]
    return {"error": body}


def install(api: FastAPI) -> None:
    """Register the handlers on an application."""
    api.add_exception_handler(OverreadError, _overread)
    api.add_exception_handler(RequestValidationError, _invalid)
    api.add_exception_handler(HTTPException, _http)
    api.add_exception_handler(Exception, _unexpected)


async def _overread(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, OverreadError)
    return JSONResponse(body_of(error), status_of(error))


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return _plain("invalid_request", f"{where}: {first['msg']}.", 422)


async def _http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return _plain("http_error", f"{error.detail}.", error.status_code)


async def _unexpected(_request: Request, _error: Exception) -> JSONResponse:
    # The server logs the exception itself; its text may hold what no client should see.
    failure = OverreadError()
    return JSONResponse(body_of(failure), 500)


def _plain(code: str, message: str, status: int) -> JSONResponse:
    remedy = language.translate("Compare the request with the documentation at /api/v1/docs.")
    return JSONResponse({"error": {"code": code, "message": message, "remedy": remedy}}, status)
