"""A stub of an OpenAI-compatible model server, with the faults that real ones have."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class Answer:
    """What a scripted answer may do with its connection."""

    def __init__(self, handler: BaseHTTPRequestHandler, request: dict[str, Any]) -> None:
        self._handler = handler
        self.request = request

    def refuse(self, status: int, body: str = "", **headers: str) -> None:
        self._handler.send_response(status)
        for name, value in headers.items():
            self._handler.send_header(name.replace("_", "-"), value)
        self._handler.send_header("Content-Length", str(len(body.encode())))
        self._handler.end_headers()
        self._handler.wfile.write(body.encode())

    def open(self, content_type: str = "text/event-stream") -> None:
        self._handler.send_response(200)
        self._handler.send_header("Content-Type", content_type)
        self._handler.send_header("Transfer-Encoding", "chunked")
        self._handler.end_headers()

    def raw(self, text: str) -> None:
        content = text.encode()
        self._handler.wfile.write(b"%x\r\n%s\r\n" % (len(content), content))
        self._handler.wfile.flush()

    def event(self, content: Any) -> None:
        self.raw(f"data: {json.dumps(content)}\n\n")

    def piece(self, text: str | None, finish: str | None = None) -> None:
        delta = {} if text is None else {"content": text}
        self.event(
            {
                "id": "1",
                "object": "chat.completion.chunk",
                "created": 0,
                "model": "stub/served-model",
                "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
            }
        )

    def close(self) -> None:
        self.raw("data: [DONE]\n\n")
        self._handler.wfile.write(b"0\r\n\r\n")

    def cut(self) -> None:
        """End the connection in the middle of the answer."""
        self._handler.close_connection = True
        self._handler.connection.shutdown(2)

    def write(self, *pieces: str, finish: str = "stop") -> None:
        """Stream a whole answer."""
        self.open()
        for text in pieces:
            self.piece(text)
        self.piece(None, finish)
        self.close()


Script = Callable[[Answer], None]


@dataclass
class ModelServer:
    """``scripts`` are played in order, one a request; the last one again and again."""

    url: str
    scripts: list[Script]
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    gone: threading.Event = field(default_factory=threading.Event)
    """Set when a client closed its connection while it was being written to."""


def until_closed(answer: Answer, seconds: float = 10.0) -> None:
    """Write one piece after the other until the client hangs up."""
    answer.open()
    ends = time.monotonic() + seconds
    number = 0
    while time.monotonic() < ends:
        answer.piece(f"word{number} ")
        number += 1
        time.sleep(0.02)


@contextmanager
def model_server(*scripts: Script, certificate: Path | None = None) -> Iterator[ModelServer]:
    """Serve on a free loopback port; over TLS with the certificate and key of a PEM file."""
    state = ModelServer("", list(scripts))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.requests.append(json.loads(body))
            state.headers.append({name.lower(): value for name, value in self.headers.items()})
            state.paths.append(self.path)
            script = state.scripts[min(len(state.requests), len(state.scripts)) - 1]
            try:
                script(Answer(self, state.requests[-1]))
            except (BrokenPipeError, ConnectionResetError):
                state.gone.set()
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass  # a client that hung up

    server = Server(("127.0.0.1", 0), Handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    scheme = "http" if certificate is None else "https"
    state.url = f"{scheme}://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
