"""The conversation beside a study: ask, be answered piece by piece, look back."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response, StreamingResponse
from pydantic import Field

from core.domain.conversation import QUESTION_LIMIT, Audience, Exchange, Level
from core.reporting.assistant.glossary import known_language
from dashboard.api.conversation_schemas import exchange_out, maps_at_hand
from dashboard.api.schemas import Strict
from dashboard.services.conversation_history import answer_map, exchange, history
from dashboard.services.converse import Asked, ask, stop_answer
from dashboard.workspace import Workspace, workspace

router = APIRouter(tags=["conversation"])

Number = Annotated[int, Path(ge=1, le=2**31 - 1)]

LOOK_SECONDS = 0.2
PATIENCE_SECONDS = 600.0
"""A stream ends after this long, whatever becomes of the job; the answer is kept all the same."""


class ChatIn(Strict):
    """A question. ``model`` names a language model, empty is the embedded assistant.

    ``whole_report`` asks for the signed report in plain words; ``message`` is not needed then.
    """

    message: str = Field("", max_length=2 * QUESTION_LIMIT)
    audience: Audience = Audience.READER
    language: str = Field("", max_length=16)
    level: Level = Level.SHORT
    model: str = Field("", max_length=128)
    whole_report: bool = False


@router.post("/studies/{study_id}/chat")
def chat(study_id: Number, body: ChatIn) -> Response:
    """Ask about a study. The answer's text comes as it is written, then one line of JSON.

    The answer goes on and is kept if the client goes away; `POST /questions/{id}/stop` ends it.
    """
    place = workspace()
    asked = Asked(
        text=body.message,
        audience=body.audience,
        language=body.language or interface_language(place),
        level=body.level,
        model=body.model,
        whole_report=body.whole_report,
    )
    started = ask(place, study_id, asked, reader=place.reader())
    headers = {
        "Cache-Control": "private, no-store",
        "X-Question-Id": str(started.question.id),
        # A proxy must not wait for the whole of it.
        "X-Accel-Buffering": "no",
    }
    stream = _stream(place, started)
    return StreamingResponse(stream, media_type="text/plain; charset=utf-8", headers=headers)


@router.get("/studies/{study_id}/chat")
def conversation(
    study_id: Number, query: Annotated[str, Query(max_length=200)] = ""
) -> dict[str, Any]:
    """Every question about a study with its answer, oldest first."""
    place = workspace()
    maps = maps_at_hand(place, study_id)
    return {"items": [exchange_out(item, maps) for item in history(place, study_id, query)]}


@router.post("/questions/{question_id}/stop", status_code=202)
def stop(question_id: Number) -> dict[str, Any]:
    """End the answer to a question; what was written is kept."""
    place = workspace()
    stop_answer(place, question_id, reader=place.reader())
    found = exchange(place, question_id)
    return exchange_out(found, maps_at_hand(place, found.question.study_id))


@router.get("/answers/maps/{map_id}.png")
def drawn(map_id: Number, request: Request) -> Response:
    """Where a model looked while it wrote an answer, in the film's geometry, 8-bit grey."""
    digest, content = answer_map(workspace(), map_id)
    cache = {"Cache-Control": "private, no-cache", "ETag": f'"{digest}"'}
    if request.headers.get("if-none-match") == cache["ETag"]:
        return Response(status_code=304, headers=cache)
    return Response(content, media_type="image/png", headers=cache)


async def _stream(place: Workspace, started: Exchange) -> AsyncIterator[str]:
    # No thread of the server waits here: one that a client left behind would be missed elsewhere.
    question_id = started.question.id
    assert question_id is not None
    until = time.monotonic() + PATIENCE_SECONDS
    told, found = "", started
    # The headers go with the first piece: whoever asks must know the question to stop it.
    yield ""
    while True:
        # A worker that died begins anew: what was told stays told, and the rest is in the history.
        if found.so_far.startswith(told) and found.so_far != told:
            yield found.so_far[len(told) :]
            told = found.so_far
        if not found.state.open or time.monotonic() > until:
            break
        await asyncio.sleep(LOOK_SECONDS)
        found = await run_in_threadpool(exchange, place, question_id)
    maps = await run_in_threadpool(maps_at_hand, place, found.question.study_id)
    ending = exchange_out(found, maps)
    line = json.dumps(ending, ensure_ascii=False)
    yield f"\n{line}\n" if told else f"{line}\n"


def interface_language(place: Workspace) -> str:
    """The language of the settings, where the assistant speaks it."""
    return known_language(place.settings.language)
