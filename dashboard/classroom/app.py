"""The classroom as an ASGI app: one page, the films of cases, the way in; nothing else is mounted.

It is a server of its own, so that there is no worklist, no review and no REST API here to hide.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from core.evaluation.blind_reads.scoring import warm
from dashboard.classroom import join_route
from dashboard.classroom.guard import ClassroomGuard
from dashboard.classroom.teaching_routes import case_routes
from dashboard.prompt_sockets import send_at_once
from dashboard.quiet_connection import QuietConnection

ROOT = Path(__file__).resolve().parents[2]
FONTS = ROOT / "core" / "reporting" / "fonts"


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[None]:
    # The labeller takes seconds to load: not on the first trainee who commits.
    threading.Thread(target=warm, name="labeller", daemon=True).start()
    yield


send_at_once()
app = st.App(
    ROOT / "dashboard" / "classroom" / "main.py",
    lifespan=lifespan,
    routes=[
        *join_route.routes(),
        Mount("/teaching", routes=case_routes(join_route.trainee_asking)),
        Mount("/fonts", StaticFiles(directory=FONTS)),
    ],
    middleware=[Middleware(ClassroomGuard), Middleware(QuietConnection)],
)
