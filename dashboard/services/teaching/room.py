"""The classroom's door: a server of its own that knows the teaching pages and nothing else.

It is off until the teacher opens it. It listens on OVERREAD_CLASSROOM_ADDRESS, which is this
machine's own address unless the administrator names another.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.reader import Reader
from dashboard.workspace import Workspace


@dataclass(frozen=True)
class Door:
    """``addresses`` are what trainees type into a browser, most useful first."""

    open: bool
    addresses: tuple[str, ...] = ()
    on_network: bool = False


def door(place: Workspace) -> Door:
    raise NotImplementedError


def open_door(place: Workspace, *, reader: Reader) -> Door:
    """Start the classroom's server, which ends with this one.

    Raises
    ------
    SessionRefusedError
        If it does not start, for example since the port is taken.
    """
    raise NotImplementedError


def close_door(place: Workspace, *, reader: Reader) -> None:
    raise NotImplementedError
