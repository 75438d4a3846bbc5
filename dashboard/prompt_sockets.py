"""Send every answer at once.

Streamlit binds its listening socket without naming TCP, and asyncio switches Nagle's algorithm off
only where TCP is named. The last messages of a rerun would then wait for the browser's delayed
acknowledgement, up to 40 ms on Linux. Accepted sockets inherit the option of the listening one.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from functools import wraps

from streamlit.web.server.starlette import starlette_server

logger = logging.getLogger(__name__)

Bind = Callable[..., socket.socket]


def send_at_once() -> None:
    """Let the sockets that Streamlit binds from now on wait for nothing; safe to repeat."""
    bind: Bind | None = getattr(starlette_server, "_bind_socket", None)
    if bind is None:
        # Not worth a server that does not start.
        logger.warning("this Streamlit binds its socket elsewhere; reruns may wait for the network")
        return
    if not hasattr(bind, "__wrapped__"):
        starlette_server._bind_socket = _prompt(bind)


def _prompt(bind: Bind) -> Bind:
    @wraps(bind)
    def bound(address: str, port: int, backlog: int) -> socket.socket:
        listening = bind(address, port, backlog)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listening

    return bound
