"""A real server on a home of its own, and a real browser that may speak to this machine alone."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_MS = 20_000
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str:
    """The browser of this machine; the one line to install it where there is none."""
    named = os.environ.get("OVERREAD_CHROMIUM")
    found = named or shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        pytest.skip("no Chromium here: apt-get install chromium, or set OVERREAD_CHROMIUM")
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """`python -m dashboard` as a user starts it."""

    def __init__(
        self, home: Path, *arguments: str, model: str = "fake-any-film", **settings: str
    ) -> None:
        self.home, self.arguments, self.model = home, arguments, model
        self.settings = {f"OVERREAD_{name.upper()}": value for name, value in settings.items()}
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, seconds: float = 180) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "dashboard", *self.arguments],
            cwd=ROOT,
            env={
                **os.environ,
                "OVERREAD_HOME": str(self.home),
                "OVERREAD_PORT": str(self.port),
                "OVERREAD_MODEL": self.model,
                "OVERREAD_READER": "Dr. Journey",
                **self.settings,
            },
            stdout=(self.home / "server.log").open("ab"),
            stderr=subprocess.STDOUT,
        )
        until = time.monotonic() + seconds
        while not self._answers():
            assert self._process.poll() is None and time.monotonic() < until, self.log()
            time.sleep(0.2)

    def kill(self) -> None:
        """As a power cut would: no goodbye."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(30)

    def log(self) -> str:
        return (self.home / "server.log").read_text(encoding="utf-8")

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.url}/api/v1{path}", timeout=20) as answer:
            return json.load(answer)

    def post_files(self, files: list[Path]) -> Any:
        """Send files through the API; what was stored and what was rejected."""
        parts = [("files", (path.name, path.read_bytes())) for path in files]
        return httpx2.post(f"{self.url}/api/v1/studies", files=parts, timeout=180).json()

    def ask_for_draft(self, study: int, model: str) -> None:
        answer = httpx2.post(f"{self.url}/api/v1/studies/{study}/draft", json={"model": model})
        assert answer.status_code == 202, answer.text

    def report(self, study: int) -> Any:
        return self.get(f"/studies/{study}/report")

    def wait_for_draft(self, study: int, seconds: float = 120) -> Any:
        until = time.monotonic() + seconds
        while (draft := self.get(f"/studies/{study}/draft")).get("job"):
            assert time.monotonic() < until, draft
            time.sleep(0.3)
        return draft

    def _answers(self) -> bool:
        try:
            return bool(self.get("/health")["database"] == "ok")
        except OSError:
            return False


@pytest.fixture(scope="session")
def context() -> Iterator[BrowserContext]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), headless=True, args=CHROMIUM_ARGUMENTS
        )
        context = browser.new_context(
            viewport={"width": 1440, "height": 900}, accept_downloads=True
        )
        context.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        yield context
        browser.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that fails its test when it asks another host for anything."""
    outside: list[str] = []
    page = context.new_page()
    page.on("request", lambda request: outside.append(request.url) if _outside(request.url) else 0)
    page.on("dialog", lambda dialog: dialog.accept())
    yield page
    page.close()
    assert outside == []


def _outside(url: str) -> bool:
    return url.startswith("http") and not url.startswith("http://127.0.0.1:")


def settle(page: Page) -> None:
    """Wait until the page's script has run to its end."""
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
