"""The ASGI launcher: dashboard, REST API and job dispatcher in one process, on one port."""

from __future__ import annotations

import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
# `streamlit run dashboard/app.py` puts dashboard/ on the path, not the root.
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from core.domain.teaching import Trainee
from core.findings.labeller import label
from dashboard.api.application import api
from dashboard.classroom.teaching_routes import case_routes
from dashboard.guard import LoopbackGuard
from dashboard.jobs.dispatcher import Dispatcher
from dashboard.jobs.importer import Importer
from dashboard.prompt_sockets import send_at_once
from dashboard.quiet_connection import QuietConnection
from dashboard.services.settle import settle
from dashboard.services.teaching import room, sessions
from dashboard.workspace import workspace

FONTS = ROOT / "core" / "reporting" / "fonts"


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[None]:
    """Schema, dispatcher and importer come and go with the server, never with a page."""
    settle(workspace())
    dispatcher = Dispatcher(workspace())
    api.state.dispatcher = dispatcher
    dispatcher.start()
    importer = Importer(workspace())
    api.state.importer = importer
    importer.start()
    # The labeller takes seconds to load, with the first words: not on the first who approves.
    threading.Thread(target=label, args=("No effusion.",), name="labeller", daemon=True).start()
    yield
    room.end_with_server(workspace())
    importer.stop()
    dispatcher.stop()


def local_trainee(_request: Request) -> Trainee:
    """Who practises at this machine."""
    place = workspace()
    return sessions.local_trainee(place, reader=place.reader())


send_at_once()
app = st.App(
    ROOT / "dashboard" / "main.py",
    lifespan=lifespan,
    routes=[
        Mount("/api/v1", api),
        # Not "/teaching" itself, which is a page.
        Mount("/teaching/", routes=case_routes(local_trainee, teacher=True)),
        Mount("/fonts", StaticFiles(directory=FONTS)),
    ],
    middleware=[Middleware(LoopbackGuard), Middleware(QuietConnection)],
)
