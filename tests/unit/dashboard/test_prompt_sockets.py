"""Answers leave at once: an upgrade of Streamlit or asyncio must not bring the delay back."""

from __future__ import annotations

import socket

from streamlit.web.server.starlette import starlette_server

from dashboard.prompt_sockets import send_at_once


def test_what_the_server_accepts_does_not_wait_for_acknowledgements() -> None:
    send_at_once()
    send_at_once()
    with starlette_server._bind_socket("127.0.0.1", 0, 5) as listening:
        listening.setblocking(True)
        listening.listen()
        with socket.create_connection(listening.getsockname()):
            accepted, _ = listening.accept()
            with accepted:
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_the_launcher_serves_so() -> None:
    import dashboard.app  # noqa: F401

    assert hasattr(starlette_server._bind_socket, "__wrapped__")
