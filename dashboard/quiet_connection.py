"""Keep Streamlit's dialog about a lost server away from the reader who is typing.

The dialog takes the focus, so that every further key is lost, and covers the film. The report
editor tells of an unsaved text itself and goes on trying. Streamlit has a switch for hosts that
show such errors in their own way, but no option that sets it; hence this middleware.
"""

from __future__ import annotations

import json

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOST_CONFIG = "/_stcore/host-config"


class QuietConnection:
    """ASGI middleware that switches error dialogs off in Streamlit's answer to the browser."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].endswith(HOST_CONFIG):
            await self.app(scope, receive, send)
            return
        answer = _Answer(send)
        await self.app(scope, receive, answer.collect)


class _Answer:
    """The answer of one request, held back until its body is whole."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.start: Message = {}
        self.body = b""

    async def collect(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message
            return
        self.body += message.get("body", b"")
        if message.get("more_body", False):
            return
        body = without_dialogs(self.body)
        headers = [item for item in self.start["headers"] if item[0].lower() != b"content-length"]
        length = (b"content-length", str(len(body)).encode())
        await self.send({**self.start, "headers": [*headers, length]})
        await self.send({"type": "http.response.body", "body": body})


def without_dialogs(body: bytes) -> bytes:
    """The host configuration with its error dialogs blocked; anything else as it was."""
    try:
        configuration = json.loads(body)
    except ValueError:
        return body
    if not isinstance(configuration, dict):
        return body
    return json.dumps({**configuration, "blockErrorDialogs": True}).encode()
