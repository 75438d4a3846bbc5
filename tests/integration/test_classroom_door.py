"""The door itself: a server that opens once, shows one page, and ends with who opened it."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from benchmarks.sessions import Session
from core.domain.reader import Reader
from core.domain.teaching_errors import SessionRefusedError
from core.settings import load_settings
from dashboard import workspace as workspaces
from dashboard.services.teaching import room
from dashboard.workspace import Workspace, prepare
from tests.e2e.conftest import ROOT, free_port

# What a server does that opens the door, and then waits to be killed.
OPENER = """
import sys, time
from dashboard.services.teaching import room
from dashboard.workspace import prepare, workspace
prepare(workspace())
room.open_door(workspace(), reader=workspace().reader())
print("open", flush=True)
time.sleep(600)
"""


@pytest.fixture
def classroom(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """A workspace whose classroom has a port of its own; closed when the test ends."""
    monkeypatch.setenv("OVERREAD_CLASSROOM_PORT", str(free_port()))
    load_settings.cache_clear()
    place = workspaces.workspace()
    prepare(place)
    yield place
    room.end_with_server(place)
    place.engine.dispose()


def wait_until(true: Callable[[], bool], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.05)


def names_and_words(port: int, page: str) -> bytes:
    """Every byte that a websocket receives which asks for a page by its name."""

    class Recorded(Session):
        received = b""

        def _follow(self, answer):  # type: ignore[no-untyped-def]
            self.received += answer.SerializeToString()
            return super()._follow(answer)

    async def ask() -> bytes:
        session = Recorded(port, page)
        await session.open()
        await session.close()
        return session.received

    return asyncio.run(ask())


def test_the_door_opens_once_and_closes(classroom: Workspace, reader: Reader) -> None:
    assert not room.door(classroom).open
    opened = room.open_door(classroom, reader=reader)
    port = classroom.settings.classroom_port
    assert opened == room.Door(True, (f"http://127.0.0.1:{port}",), False)
    assert room.open_door(classroom, reader=reader) == opened
    with urllib.request.urlopen(f"{opened.addresses[0]}/", timeout=10) as answer:
        assert answer.headers["X-Frame-Options"] == "DENY"
    # Another page by its name is the classroom's own.
    for page in ("worklist", "review", "teaching"):
        received = names_and_words(port, page)
        assert b"Join a session" in received
        assert b"worklist" not in received.replace(page.encode(), b"").lower()
    # A second server of this home is not started by hand either.
    again = subprocess.run(
        [sys.executable, "-m", "dashboard", "classroom"], cwd=ROOT, capture_output=True, timeout=60
    )
    assert again.returncode == 1 and b"open already" in again.stderr
    room.close_door(classroom, reader=reader)
    assert not room.door(classroom).open
    with pytest.raises(OSError):
        urllib.request.urlopen(opened.addresses[0], timeout=2)


def test_a_port_that_is_taken_is_said(classroom: Workspace, reader: Reader) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", classroom.settings.classroom_port))
        taken.listen()
        with pytest.raises(SessionRefusedError, match="cannot listen"):
            room.open_door(classroom, reader=reader)
    assert not room.door(classroom).open


def test_the_classroom_ends_with_the_server_that_opened_it(classroom: Workspace) -> None:
    opener = subprocess.Popen(
        [sys.executable, "-c", OPENER], cwd=ROOT, env=os.environ.copy(), stdout=subprocess.PIPE
    )
    assert opener.stdout is not None and opener.stdout.readline() == b"open\n"
    [child] = psutil.Process(opener.pid).children()
    assert room.door(classroom).open
    # It was not opened by this process, which therefore cannot close it.
    with pytest.raises(SessionRefusedError, match="by a command"):
        room.close_door(classroom, reader=classroom.reader())
    opener.send_signal(signal.SIGKILL)
    opener.wait()
    wait_until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
    wait_until(lambda: not room.door(classroom).open)


def test_addresses_of_a_network_are_named_most_useful_first(
    classroom: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = ["192.168.4.2"]
    monkeypatch.setattr(room, "_of_this_machine", lambda: found)
    settings = classroom.settings.model_copy(
        update={"classroom_address": "0.0.0.0", "classroom_port": 8502}
    )
    assert room._addresses(settings) == ("http://192.168.4.2:8502", "http://127.0.0.1:8502")
    here = settings.model_copy(update={"classroom_address": "::1"})
    assert room._addresses(here) == ("http://[::1]:8502",)


def test_a_machine_without_this_kind_of_address_is_said(
    classroom: Workspace, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_of_this_kind(*_kind: object) -> None:
        raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")

    monkeypatch.setattr(room.socket, "socket", none_of_this_kind)
    with pytest.raises(SessionRefusedError, match="cannot listen"):
        room.open_door(classroom, reader=reader)


def test_a_log_that_cannot_be_written_is_said(classroom: Workspace, reader: Reader) -> None:
    (classroom.settings.home / room.LOG).mkdir()
    with pytest.raises(SessionRefusedError, match="cannot be written"):
        room.open_door(classroom, reader=reader)
    assert not room.door(classroom).open


def test_what_speaks_no_http_is_no_answer(classroom: Workspace) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", classroom.settings.classroom_port))
        other.listen()

        def mumble() -> None:
            taken, _ = other.accept()
            with taken:
                taken.recv(4096)
                taken.sendall(b"mumble\r\n\r\n")

        speaker = threading.Thread(target=mumble)
        speaker.start()
        assert not room._answers(classroom.settings)
        speaker.join()


def test_a_start_that_fails_leaves_no_process(
    classroom: Workspace, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[subprocess.Popen[bytes]] = []

    def waits(_settings: object) -> subprocess.Popen[bytes]:
        begun.append(subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE))
        return begun[0]

    monkeypatch.setattr(room, "_start", waits)
    monkeypatch.setattr(room, "START_SECONDS", 0.0)
    with pytest.raises(SessionRefusedError, match="did not start"):
        room.open_door(classroom, reader=reader)
    assert begun[0].poll() is not None and not room.door(classroom).open
