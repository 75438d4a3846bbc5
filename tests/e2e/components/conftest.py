"""A server with the three components and a way to change what it holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import free_port

HARNESS = Path(__file__).parent / "harness"
ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(HARNESS))
STREAMLIT_OPTIONS = {
    "server.headless": "true",
    "server.address": "127.0.0.1",
    "server.fileWatcherType": "none",
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
    "theme.base": "dark",
    "theme.backgroundColor": "#0e1116",
}


class Harness:
    """One Streamlit server on a free port, and the case file that it shows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        options = [f"--{name}={value}" for name, value in STREAMLIT_OPTIONS.items()]
        command = [sys.executable, "-m", "streamlit", "run", str(HARNESS / "app.py"), *options]
        self.server = subprocess.Popen(
            [*command, f"--server.port={self.port}"],
            cwd=ROOT,
            env={**os.environ, "OVERREAD_HARNESS": str(self.folder)},
            stdout=(self.folder / "server.log").open("ab"),
            stderr=subprocess.STDOUT,
        )
        self._wait_until_healthy()

    def stop(self) -> None:
        if self.server is not None:
            self.server.kill()
            self.server.wait()
            self.server = None

    def read(self) -> dict[str, Any]:
        case: dict[str, Any] = json.loads((self.folder / "case.json").read_text(encoding="utf-8"))
        return case

    def write(self, case: dict[str, Any]) -> None:
        fresh = self.folder / "case.test"
        fresh.write_text(json.dumps(case), encoding="utf-8")
        fresh.replace(self.folder / "case.json")

    def change(self, **values: Any) -> None:
        self.write({**self.read(), **values})

    def wait_for_text(self, section: str, text: str, seconds: float = 10) -> None:
        """Wait until the server holds ``text`` in a section of the report."""
        until = time.monotonic() + seconds
        while (held := self.read()["sections"][section]) != text:
            assert time.monotonic() < until, f"the server holds {held!r}"
            time.sleep(0.05)

    def _wait_until_healthy(self) -> None:
        until = time.monotonic() + 40
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1):
                    return
            except OSError:
                time.sleep(0.1)
        raise TimeoutError((self.folder / "server.log").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def contents() -> Any:
    import contents as module

    return module


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, contents: Any) -> Iterator[Harness]:
    harness = Harness(tmp_path_factory.mktemp("harness"))
    harness.write(contents.lay_out(harness.folder))
    harness.start()
    yield harness
    harness.stop()


@pytest.fixture
def harness(server: Harness, contents: Any) -> Harness:
    """The running server with a fresh case."""
    if server.server is None:
        server.start()
    server.write(contents.lay_out(server.folder))
    return server
