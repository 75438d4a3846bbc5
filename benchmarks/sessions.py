"""Readers' sessions without a browser: websockets that speak Streamlit's own messages.

A session opens a page as a browser does, then asks for reruns; a rerun lasts from the request to
the server's word that the script has finished.
"""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

PATIENCE_SECONDS = 120
FINISHED = (
    ForwardMsg.FINISHED_SUCCESSFULLY,
    ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
)


class RerunFailedError(Exception):
    """A script ended in an error, or the page showed an exception."""


@dataclass(frozen=True)
class Rerun:
    seconds: float
    received: int
    """Bytes that the server sent."""


class Session:
    """One open page.

    Parameters
    ----------
    port : int
        Of a server on this machine.
    page : str
        Name of the page in its address; empty for the first one.
    query : str
        What stands after the question mark.
    cookie : str
        What the browser says with the connection; empty for nothing.
    """

    def __init__(self, port: int, page: str = "", query: str = "", cookie: str = "") -> None:
        self._url = f"ws://127.0.0.1:{port}/_stcore/stream"
        self._page, self._query = page, query
        self._headers = {"Cookie": cookie} if cookie else {}
        self._page_hash = ""
        self._kept: set[str] = set()
        self.fragments: list[str] = []

    async def open(self) -> Rerun:
        """Connect and run the page for the first time."""
        self._socket = await websockets.connect(
            self._url,
            additional_headers=self._headers,
            subprotocols=[websockets.Subprotocol("streamlit")],
            max_size=None,
            compression=None,
            ping_interval=None,
        )
        return await self._run(self._request())

    async def rerun(self, fragment: str = "") -> Rerun:
        """Run the page again, or one fragment of it as its timer would."""
        message = self._request()
        if fragment:
            message.rerun_script.fragment_id = fragment
            message.rerun_script.is_auto_rerun = True
        return await self._run(message)

    async def close(self) -> None:
        await self._socket.close()

    def _request(self) -> BackMsg:
        message = BackMsg()
        message.rerun_script.query_string = self._query
        message.rerun_script.page_script_hash = self._page_hash
        message.rerun_script.page_name = "" if self._page_hash else self._page
        # As a browser does: a large message that it holds already comes back as its hash alone.
        message.rerun_script.cached_message_hashes.extend(self._kept)
        return message

    async def _run(self, message: BackMsg) -> Rerun:
        started = time.perf_counter()
        await self._socket.send(message.SerializeToString())
        received = 0
        while True:
            content = await asyncio.wait_for(self._socket.recv(), PATIENCE_SECONDS)
            assert isinstance(content, bytes)
            received += len(content)
            answer = ForwardMsg()
            answer.ParseFromString(content)
            if self._follow(answer):
                return Rerun(time.perf_counter() - started, received)

    def _follow(self, answer: ForwardMsg) -> bool:
        """Remember what the next request must say; returns whether the script has finished."""
        kind = answer.WhichOneof("type")
        if answer.metadata.cacheable:
            self._kept.add(answer.hash)
        if kind == "navigation":
            self._page_hash = answer.navigation.page_script_hash
        elif kind == "auto_rerun":
            self.fragments = [answer.auto_rerun.fragment_id]
        elif kind == "delta" and answer.delta.new_element.WhichOneof("type") == "exception":
            raise RerunFailedError(answer.delta.new_element.exception.message)
        elif kind == "script_finished":
            if answer.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                return False
            if answer.script_finished not in FINISHED:
                raise RerunFailedError(str(answer.script_finished))
            return True
        return False


async def load(sessions: list[Session], seconds: float, think_seconds: float) -> list[Rerun]:
    """Reruns of all sessions at once for a while, each after an exponential time to think."""
    chance = random.Random(0)
    for session in sessions:
        await session.open()
    until = time.perf_counter() + seconds

    async def reader(session: Session) -> list[Rerun]:
        done = []
        await asyncio.sleep(chance.random() * think_seconds)
        while time.perf_counter() < until:
            done.append(await session.rerun())
            pause = chance.expovariate(1 / think_seconds)
            await asyncio.sleep(min(pause, max(0.0, until - time.perf_counter())))
        return done

    try:
        reruns = await asyncio.gather(*(reader(session) for session in sessions))
    finally:
        for session in sessions:
            await session.close()
    return [rerun for done in reruns for rerun in done]
