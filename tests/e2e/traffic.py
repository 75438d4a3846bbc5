"""Everything that a browser receives, sends and holds, kept for a search."""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from playwright.sync_api import Page, WebSocket
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

_PACKED = re.compile(rb"(?im)^accept-encoding:[^\r\n]*")
_EXTENSIONS = re.compile(rb"(?im)^sec-websocket-extensions:[^\r\n]*\r\n")


class Relay:
    """Stands between browsers and a server, and keeps every byte of both directions.

    It asks the server to pack nothing, neither answers nor websocket frames, so that what is kept
    reads as it is.
    """

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.streams: list[bytearray] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _address = self._listening.accept()
                server = socket.create_connection(("127.0.0.1", self._server_port))
                for source, target, asking in ((client, server, True), (server, client, False)):
                    kept = bytearray()
                    self.streams.append(kept)
                    work = threading.Thread(
                        target=self._pass_on, args=(source, target, kept, asking), daemon=True
                    )
                    work.start()

    def _pass_on(
        self, source: socket.socket, target: socket.socket, kept: bytearray, asking: bool
    ) -> None:
        with suppress(OSError):
            while part := source.recv(1 << 16):
                if asking:
                    part = _PACKED.sub(b"Accept-Encoding: identity", _EXTENSIONS.sub(b"", part))
                kept += part
                target.sendall(part)
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._listening.close()


class Traffic:
    """What passes between a page and the server, and what the page shows and holds."""

    def __init__(self, page: Page, relay: Relay) -> None:
        self._page, self._relay = page, relay
        self._frames: list[bytes] = []
        self._texts: list[tuple[str, str]] = []
        page.on("request", lambda request: self._texts.append(("address", request.url)))
        page.on("console", lambda message: self._texts.append(("console", message.text)))
        page.on("websocket", self._listen)

    def _listen(self, opened: WebSocket) -> None:
        opened.on("framereceived", lambda content: self._frames.append(content))

    def look(self) -> None:
        """Keep what the page shows and holds now, shadow roots and storage too."""
        shown = self._page.evaluate(_EVERYTHING_SHOWN)
        held = json.dumps([self._page.evaluate(_STORAGE), self._page.context.cookies()])
        self._texts += [("page", self._page.content()), ("page", shown), ("storage", held)]

    def found(self, words: Iterable[bytes]) -> list[tuple[str, bytes]]:
        """Which of these were seen, and where; whatever the case of letters, or escaped."""
        wanted = {form.lower() for word in words for form in (word, _escaped(word))}
        pieces = [("wire", bytes(stream)) for stream in self._relay.streams]
        pieces += [(where, text.encode()) for where, text in self._texts]
        lowered = [(where, piece.lower()) for where, piece in pieces]
        return [(where, word) for where, piece in lowered for word in wanted if word in piece]

    def components(self, name: str) -> list[dict[str, Any]]:
        """What Python sent to a component, each time."""
        return [
            json.loads(element.json)
            for element in self._elements()
            if element.component_name.endswith(name)
        ]

    def _elements(self) -> Iterator[Any]:
        for frame in self._frames:
            message = ForwardMsg()
            message.ParseFromString(frame)
            if message.WhichOneof("type") == "delta":
                element = message.delta.new_element
                if element.WhichOneof("type") == "bidi_component":
                    yield element.bidi_component


def coordinates(*values: float) -> set[bytes]:
    """A number as text, and as the eight bytes that hold it."""
    return {form for value in values for form in (str(value).encode(), struct.pack("<d", value))}


def _escaped(word: bytes) -> bytes:
    try:
        return json.dumps(word.decode())[1:-1].encode()
    except UnicodeDecodeError:
        return word


_EVERYTHING_SHOWN = """() => {
  const parts = [];
  const walk = (root) => {
    parts.push(root.innerHTML ?? "");
    for (const element of root.querySelectorAll("*")) {
      if (element.value) parts.push(String(element.value));
      if (element.shadowRoot) walk(element.shadowRoot);
    }
  };
  walk(document.documentElement);
  parts.push(JSON.stringify(window.overread ?? {}), location.href, document.title);
  return parts.join("\\n");
}"""
_STORAGE = """async () => ({
  local: { ...localStorage }, session: { ...sessionStorage },
  databases: (await indexedDB.databases?.()) ?? [], caches: await caches.keys().catch(() => []),
})"""
