"""The door of embedded mode: this machine's own pages, and nobody else's."""

from __future__ import annotations

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from core.domain.errors import ForeignRequestError
from dashboard.api.errors import body_of

LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})


class LoopbackGuard:
    """Refuses a foreign ``Host`` (DNS rebinding) and a foreign ``Origin`` (another site's page).

    It stands before http and websocket alike: the session's websocket is the dashboard.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or _own(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 4403})
        else:
            await JSONResponse(body_of(ForeignRequestError()), 403)(scope, receive, send)


def _own(scope: Scope) -> bool:
    headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    host = headers.get(b"host", "")
    if _name(host) not in LOCAL_NAMES:
        return False
    if headers.get(b"sec-fetch-site") == "cross-site" and headers.get(b"sec-fetch-mode") != (
        "navigate"
    ):
        return False
    origin = headers.get(b"origin")
    return origin is None or origin in (f"http://{host}", f"https://{host}")


def _name(host: str) -> str:
    """A host without its port; an IPv6 address keeps its brackets."""
    return host if host.endswith("]") else host.rsplit(":", 1)[0] if ":" in host else host
