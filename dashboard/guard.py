"""The door of embedded mode: this machine's own pages, and nobody else's."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.domain.errors import ForeignRequestError
from core.settings import loopback
from dashboard.api.errors import body_of

# Nobody may put the dashboard into a frame and have its buttons pressed by a hidden hand.
NO_FRAMES = (
    (b"content-security-policy", b"frame-ancestors 'none'"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)


class LoopbackGuard:
    """Refuses a foreign ``Host`` (DNS rebinding) and a foreign ``Origin`` (another site's page).

    It stands before http and websocket alike: the session's websocket is the dashboard.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or _own(scope):
            await self._app(scope, receive, unframed(send))
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 4403})
        else:
            await JSONResponse(body_of(ForeignRequestError()), 403)(scope, receive, send)


def _own(scope: Scope) -> bool:
    headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    host = headers.get(b"host", "")
    return loopback(host_name(host)) and own_origin(headers)


def own_origin(headers: Mapping[bytes, str]) -> bool:
    """Whether a page of the server that is asked, or a followed link, sent a request.

    Parameters
    ----------
    headers
        By lower-case names.
    """
    host = headers.get(b"host", "")
    if headers.get(b"sec-fetch-site") == "cross-site" and not _followed_link(headers):
        return False
    origin = headers.get(b"origin")
    return origin is None or origin in (f"http://{host}", f"https://{host}")


def _followed_link(headers: Mapping[bytes, str]) -> bool:
    """Whether a person followed a link; another site's frame or script is something else."""
    mode, destination = headers.get(b"sec-fetch-mode"), headers.get(b"sec-fetch-dest")
    return mode == "navigate" and destination in (None, "document")


def host_name(host: str) -> str:
    """A host without its port, an IPv6 address without its brackets."""
    name = host if host.endswith("]") else host.rsplit(":", 1)[0] if ":" in host else host
    return name.removeprefix("[").removesuffix("]")


def unframed(send: Send) -> Send:
    """A send that keeps the answer out of other sites' frames."""

    async def add_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *NO_FRAMES]}
        await send(message)

    return add_headers
