"""The three components on one page, with an API that keeps its report in a file.

Started by the tests: ``streamlit run app.py`` with ``OVERREAD_HARNESS`` naming a folder.
"""

from __future__ import annotations

import asyncio
import gzip
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

HERE = Path(__file__).parent
for folder in (HERE, HERE.parents[3]):
    sys.path.insert(0, str(folder))

import case

from dashboard.quiet_connection import QuietConnection


async def pixels(request: Request) -> Response:
    name = request.path_params["name"]
    current = case.read()
    current["fetched"].append(name)
    case.write(current)
    if name in current["missing"]:
        return JSONResponse({"error": {"code": "not_found"}}, status_code=404)
    raw = (case.FOLDER / f"{name}.raw").read_bytes()
    if name in current["truncated"]:
        raw = raw[: len(raw) // 2]
    if name in current["halted_at"]:
        return StreamingResponse(_halting(raw, name, current["halted_at"][name]))
    return Response(gzip.compress(raw, 1), headers={"Content-Encoding": "gzip"})


async def _halting(raw: bytes, name: str, share: float) -> AsyncIterator[bytes]:
    """A slow line: stop after a share of the bytes until the case lets the rest go."""
    part = round(len(raw) * share)
    yield raw[:part]
    while name in case.read()["halted_at"]:
        await asyncio.sleep(0.05)
    yield raw[part:]


async def evidence(request: Request) -> Response:
    picture = case.FOLDER / f"{request.path_params['name']}.png"
    return FileResponse(picture, headers={"Cache-Control": "no-store"})


async def report(request: Request) -> Response:
    current = case.read()
    if request.method == "GET":
        return JSONResponse({"sections": current["sections"], "version": current["version"]})
    sent = await request.json()
    if current["api"] == "down":
        return JSONResponse({"error": {"message": "no database"}}, status_code=503)
    if current["api"] == "signed":
        return _refusal(409, code="report_signed", message="The report has been signed.")
    if current["api"] == "refusing":
        return _refusal(422, code="too_long", message="The impression is too long.")
    if sent["version"] != current["version"]:
        texts = {"yours": sent["sections"], "theirs": current["sections"]}
        return _refusal(409, code="stale_report", version=current["version"], **texts)
    saves = [*current["saves"], sent["sections"]]
    current = case.change(
        sections=sent["sections"], version=sent["version"] + 1, saves=saves, typed=True
    )
    if current["api"] == "losing answers":
        case.change(api="up")
        return JSONResponse({}, status_code=502)
    return JSONResponse({"sections": current["sections"], "version": current["version"]})


def _refusal(status: int, **error: object) -> Response:
    return JSONResponse({"error": error}, status_code=status)


app = st.App(
    str(HERE / "page.py"),
    routes=[
        Route("/api/v1/instances/{name}/pixels", pixels),
        Route("/api/v1/evidence/{name}.png", evidence),
        Route("/api/v1/studies/{study}/report", report, methods=["GET", "PUT"]),
    ],
    middleware=[Middleware(QuietConnection)],
)
