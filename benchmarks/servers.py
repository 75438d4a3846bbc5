"""Servers that a benchmark starts for itself, and the account of their memory."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_SECONDS = 120
HEALTH = "/_stcore/health"
THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}
"""What ``python -m dashboard`` sets for itself and all that it starts."""


class Server:
    """A process that answers on a loopback port; ``url`` has no slash at its end."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process, self.port = process, port
        self.url = f"http://127.0.0.1:{port}"

    def wait(self, path: str, log: Path) -> None:
        """Until ``path`` answers."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                urllib.request.urlopen(self.url + path, timeout=5).close()
                return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                if self.process.poll() is not None or time.monotonic() > until:
                    raise SystemExit(f"the server did not start:\n{log.read_text()}") from None
                time.sleep(0.1)

    def memory(self) -> int:
        """Resident bytes of the server and all its children."""
        root = psutil.Process(self.process.pid)
        total = 0
        for process in (root, *root.children(recursive=True)):
            try:
                total += process.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        return total


@contextmanager
def dashboard(home: Path, **settings: str) -> Iterator[Server]:
    """``python -m dashboard --no-samples`` on a home folder; ``settings`` without their prefix."""
    port = free_port()
    given = {"home": str(home), "port": str(port), "reader": "Dr. Bench", **settings}
    environment = {f"OVERREAD_{name.upper()}": value for name, value in given.items()}
    command = [sys.executable, "-m", "dashboard", "--no-samples"]
    with _running(command, port, home / "server.log", environment, "/api/v1/health") as server:
        yield server


@contextmanager
def classroom(home: Path, **settings: str) -> Iterator[Server]:
    """``python -m dashboard classroom`` on a home folder; ``settings`` without their prefix."""
    port = free_port()
    given = {"home": str(home), "classroom_port": str(port), "reader": "Dr. Bench", **settings}
    environment = {f"OVERREAD_{name.upper()}": value for name, value in given.items()}
    command = [sys.executable, "-m", "dashboard", "classroom"]
    with _running(command, port, home / "classroom.log", environment, HEALTH) as server:
        yield server


@contextmanager
def bare_page(folder: Path, script: str) -> Iterator[Server]:
    """Streamlit itself with a page of a few lines: the peer of the dashboard's pages.

    It runs with the dashboard's own Streamlit settings, so that the page alone is compared.
    """
    page, port = folder / "page.py", free_port()
    page.write_text(script, encoding="utf-8")
    command = [sys.executable, "-m", "streamlit", "run", str(page), "--server.port", str(port)]
    with _running(command, port, folder / "page.log", {}, HEALTH) as server:
        yield server


@contextmanager
def _running(
    command: list[str], port: int, log: Path, environment: dict[str, str], path: str
) -> Iterator[Server]:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **THREADS, **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        server = Server(process, port)
        try:
            server.wait(path, log)
            yield server
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
