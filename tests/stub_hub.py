"""A small hub on this machine: serves one model by the hub's addresses, with faults on request."""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from core.models.language.download import git_blob_id

REVISION = "0123456789abcdef0123456789abcdef01234567"
LARGE = (".safetensors", "tokenizer.json", ".bin")


@dataclass
class StubHub:
    """What is served and what goes wrong; ``asked`` holds every request, as (address, Range).

    ``cut`` closes a file's line after so many bytes, as often as ``cuts`` says; ``status`` answers
    with an error, ``code`` with the hub's name for it; ``change`` names a file that is sent with
    other bytes of the same number.
    """

    folder: Path
    repository: str = "somebody/model"
    revision: str = REVISION
    status: int = 200
    code: str = ""
    cut: int = 0
    cuts: int = 0
    change: str = ""
    ranges: bool = True
    portal: bool = False
    oversized: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)
    hold: threading.Event | None = None

    def listing(self) -> dict[str, Any]:
        files = sorted(path for path in self.folder.rglob("*") if path.is_file())
        return {
            "_id": "1",
            "id": self.repository,
            "sha": self.revision,
            "siblings": [self._sibling(path) for path in files],
        }

    def _sibling(self, path: Path) -> dict[str, Any]:
        name, size = path.relative_to(self.folder).as_posix(), path.stat().st_size
        size += 10**15 if name == self.oversized else 0
        told = {"rfilename": name, "size": size, "blobId": git_blob_id(path)}
        if name.endswith(LARGE):
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            told["lfs"] = {"sha256": digest, "size": size, "pointerSize": 130}
        return told

    def files_asked(self) -> list[str]:
        return [
            address.rpartition("/")[2] for address, _range in self.asked if "resolve" in address
        ]


class _Handler(BaseHTTPRequestHandler):
    hub: StubHub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        hub, address = self.hub, unquote(urlsplit(self.path).path)
        hub.asked.append((address, self.headers.get("Range", "")))
        if hub.portal:
            return self._send(200, b"<html>Please sign in to this network</html>")
        if hub.status != 200:
            return self._send(hub.status, b"{}", {"X-Error-Code": hub.code} if hub.code else {})
        named = f"/api/models/{hub.repository}"
        if address in (named, f"{named}/revision/{hub.revision}"):
            return self._send(200, json.dumps(hub.listing()).encode())
        start = f"/{hub.repository}/resolve/{hub.revision}/"
        path = hub.folder / address.removeprefix(start)
        if not address.startswith(start) or not path.is_file():
            code = "RevisionNotFound" if "/revision/" in address else "EntryNotFound"
            return self._send(404, b"{}", {"X-Error-Code": code})
        return self._file(path.name, path.read_bytes())

    def _file(self, name: str, content: bytes) -> None:
        hub = self.hub
        if name == hub.change:
            content = bytes(byte ^ 1 for byte in content)
        first, status = 0, 200
        if hub.ranges and (wanted := self.headers.get("Range")):
            first, status = int(wanted.removeprefix("bytes=").rstrip("-")), 206
        headers = {"Content-Range": f"bytes {first}-{len(content) - 1}/{len(content)}"}
        content = content[first:]
        if hub.cuts > 0 and len(content) > hub.cut:
            hub.cuts -= 1
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: hub.cut])
            self.wfile.flush()
            self.close_connection = True
            return
        if hub.hold is not None and name.endswith(".safetensors"):
            hub.hold.wait(30)
        self._send(status, content, headers if status == 206 else {})

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def serve(hub: StubHub) -> tuple[ThreadingHTTPServer, str]:
    """Start serving; the caller shuts the server down. Returns it with its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_address[1]}"
