"""The classroom's door: a server of its own that knows the teaching pages and nothing else.

It is off until the teacher opens it. It listens on OVERREAD_CLASSROOM_ADDRESS, which is this
machine's own address unless the administrator names another.
"""

from __future__ import annotations

import http.client
import ipaddress
import logging
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil
from pydantic import SecretStr

from core.domain.errors import N_
from core.domain.reader import Reader
from core.domain.teaching_errors import SessionRefusedError
from core.processes import lock_alone
from core.settings import Settings, loopback
from dashboard.workspace import Workspace

logger = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[3]
LOCK = "classroom.lock"
LOG = "classroom.log"
START_SECONDS = 60.0
STOP_SECONDS = 10.0
_LOOK_SECONDS = 0.1
_ANY = ("0.0.0.0", "::")

_children: dict[Path, subprocess.Popen[bytes]] = {}
_turn = threading.Lock()


@dataclass(frozen=True)
class Door:
    """``addresses`` are what trainees type into a browser, most useful first."""

    open: bool
    addresses: tuple[str, ...] = ()
    on_network: bool = False


def door(place: Workspace) -> Door:
    """Whether the classroom is open, and where; one that was started by hand counts too."""
    settings = place.settings
    on_network = not loopback(settings.classroom_address)
    if not (_own(place) or _locked(place)):
        return Door(open=False, on_network=on_network)
    return Door(True, _addresses(settings), on_network)


def open_door(place: Workspace, *, reader: Reader) -> Door:
    """Start the classroom's server, which ends with this one.

    Raises
    ------
    SessionRefusedError
        If it does not start, for example since the port is taken.
    """
    with _turn:
        if not door(place).open:
            _check_port(place.settings)
            child = _start(place.settings)
            _children[place.settings.home] = child
            with ExitStack() as undo:
                undo.callback(_end, place)
                _wait_until_open(place, child)
                undo.pop_all()
            logger.info("reader %d opened the classroom", reader.id)
    return door(place)


def close_door(place: Workspace, *, reader: Reader) -> None:
    """End the classroom's server; what trainees typed is kept, and so are their cookies.

    Raises
    ------
    SessionRefusedError
        If it was started by hand: who started it ends it.
    """
    with _turn:
        if _end(place):
            logger.info("reader %d closed the classroom", reader.id)
        elif _locked(place):
            reason = N_("the classroom was started by a command and ends where that was given")
            raise SessionRefusedError(reason=reason)


def end_with_server(place: Workspace) -> None:
    """For the server's own end."""
    with _turn:
        _end(place)


def _own(place: Workspace) -> bool:
    child = _children.get(place.settings.home)
    return child is not None and child.poll() is None


def _end(place: Workspace) -> bool:
    child = _children.pop(place.settings.home, None)
    if child is None or child.poll() is not None:
        return False
    child.terminate()
    try:
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    return True


def _locked(place: Workspace) -> bool:
    path = place.settings.home / LOCK
    if not path.exists():
        return False
    with path.open("ab") as file:
        return not lock_alone(file, 0.0)


def _check_port(settings: Settings) -> None:
    """Before anything is started: a server that finds its port taken can say so to a log alone."""
    family = socket.AF_INET6 if ":" in settings.classroom_address else socket.AF_INET
    try:
        # Where there is no IPv6 there is no such socket either.
        with socket.socket(family) as probe:
            if os.name == "posix":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((settings.classroom_address, settings.classroom_port))
    except OSError:
        template = N_("the classroom cannot listen on {address}, port {port}")
        named = {"address": settings.classroom_address, "port": settings.classroom_port}
        raise SessionRefusedError(
            reason=template.format(**named), template=template, named=named
        ) from None


def _start(settings: Settings) -> subprocess.Popen[bytes]:
    try:
        log = (settings.home / LOG).open("ab")
    except OSError:
        reason = N_("classroom.log in OVERREAD_HOME cannot be written")
        raise SessionRefusedError(reason=reason) from None
    with log:
        try:
            # The child ends when this end of its input does, however this process ends.
            return subprocess.Popen(
                [sys.executable, "-m", "dashboard", "classroom", "--with-parent"],
                cwd=ROOT,
                env={**os.environ, **_environment(settings)},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        except OSError:
            raise SessionRefusedError(reason=N_("its process cannot be started")) from None


def _environment(settings: Settings) -> dict[str, str]:
    """The settings of this server, whatever they came from."""
    given = {"OVERREAD_HOME": str(settings.home.resolve())}
    for name in settings.model_fields_set - {"home"}:
        value = getattr(settings, name)
        if value is not None:
            text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            given[f"OVERREAD_{name.upper()}"] = text
    return given


def _wait_until_open(place: Workspace, child: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while not _answers(place.settings):
        if child.poll() is not None or time.monotonic() > until:
            reason = N_("the classroom did not start; classroom.log in OVERREAD_HOME says why")
            raise SessionRefusedError(reason=reason)
        time.sleep(_LOOK_SECONDS)


def _answers(settings: Settings) -> bool:
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.classroom_address)
    url = _url(here or settings.classroom_address, settings.classroom_port)
    try:
        # Never by way of a proxy: it is on this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{url}/_stcore/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError, http.client.HTTPException):
        return False


def _addresses(settings: Settings) -> tuple[str, ...]:
    address, port = settings.classroom_address, settings.classroom_port
    if address not in _ANY:
        return (_url(address, port),)
    return tuple(_url(found, port) for found in (*_of_this_machine(), "127.0.0.1"))


def _of_this_machine() -> list[str]:
    """Its IPv4 addresses on networks; those of private networks first, where classrooms are."""
    found = [
        ipaddress.IPv4Address(each.address)
        for addresses in psutil.net_if_addrs().values()
        for each in addresses
        if each.family == socket.AF_INET
    ]
    usable = {each for each in found if not (each.is_loopback or each.is_link_local)}
    return [str(each) for each in sorted(usable, key=lambda each: (not each.is_private, each))]


def _url(address: str, port: int) -> str:
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"
