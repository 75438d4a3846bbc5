"""The classroom's door: what may be asked of it, and by whose pages."""

from __future__ import annotations

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from core.domain.errors import ForeignRequestError
from core.settings import load_settings, loopback
from dashboard.api.errors import body_of
from dashboard.guard import host_name, own_origin, unframed

STREAM = "/_stcore/stream"
# Everything that the page, its films and its fonts need. What Streamlit serves beside it (uploads,
# metrics, its page under any other address) is not part of the classroom.
PAGES = frozenset(
    {"/", "/_stcore/health", "/_stcore/host-config", "/favicon.png", "/manifest.json"}
)
FOLDERS = (
    "/static/",
    "/media/",
    "/fonts/",
    "/_stcore/bidi-components/",
    "/teaching/films/",
    "/teaching/maps/",
)
POSTED = frozenset({"/join", "/leave", "/teaching/answer"})


class ClassroomGuard:
    """Lets through what is listed here, for pages of this very server; the rest is not found.

    It stands before http and websocket alike. On this machine alone, a foreign ``Host`` is refused
    too (DNS rebinding); on a network the server cannot know under which names it is reached, and a
    cookie is kept from other names by the browser.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._own_names_only = loopback(load_settings().classroom_address)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            if scope["path"] == STREAM and self._own(scope):
                await self._app(scope, receive, send)
                return
            await receive()
            await send({"type": "websocket.close", "code": 4403})
        elif scope["type"] != "http":
            await self._app(scope, receive, send)
        elif not _known(scope):
            await JSONResponse({"error": {"code": "not_found"}}, 404)(
                scope, receive, unframed(send)
            )
        elif self._own(scope):
            await self._app(scope, receive, unframed(send))
        else:
            await JSONResponse(body_of(ForeignRequestError()), 403)(scope, receive, unframed(send))

    def _own(self, scope: Scope) -> bool:
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if self._own_names_only and not loopback(host_name(headers.get(b"host", ""))):
            return False
        return own_origin(headers)


def _known(scope: Scope) -> bool:
    path, method = scope["path"], scope["method"]
    if path in POSTED:
        return bool(method == "POST")
    return method in ("GET", "HEAD") and (path in PAGES or path.startswith(FOLDERS))
