"""Trainees without a browser: they join by HTTP, read over a websocket, fetch films and maps."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Awaitable
from typing import Any

import httpx2
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.state.session_state import STREAMLIT_INTERNAL_KEY_PREFIX

from benchmarks.sessions import Session
from dashboard.classroom.join_route import COOKIE

Times = dict[str, list[float]]


class Page(Session):
    """An open page of the classroom: what it shows, and what can be pressed on it."""

    def __init__(self, port: int, cookie: str) -> None:
        super().__init__(port, cookie=cookie)
        self.components: dict[str, Any] = {}
        self.buttons: dict[str, str] = {}
        self._pressed: tuple[str, str] | None = None

    def of(self, name: str) -> dict[str, Any]:
        """What Python sent to a component last."""
        values: dict[str, Any] = json.loads(self.components[name].json)
        return values

    async def press(self, label: str) -> float:
        self._pressed = (self.buttons[label], "")
        return (await self.rerun()).seconds

    async def trigger(self, component: str, event: str, value: object) -> float:
        """As a component of the page does."""
        base = f"{STREAMLIT_INTERNAL_KEY_PREFIX}_{self.components[component].id}__events"
        self._pressed = (base, json.dumps([{"event": event, "value": value}]))
        return (await self.rerun()).seconds

    def _request(self) -> BackMsg:
        message = super()._request()
        if self._pressed is not None:
            widget = message.rerun_script.widget_states.widgets.add()
            widget.id, payload = self._pressed
            if payload:
                widget.json_trigger_value = payload
            else:
                widget.trigger_value = True
            self._pressed = None
        return message

    def _follow(self, answer: ForwardMsg) -> bool:
        if answer.WhichOneof("type") == "delta":
            element = answer.delta.new_element
            if element.WhichOneof("type") == "bidi_component":
                name = element.bidi_component.component_name.removeprefix("overread_")
                self.components[name] = element.bidi_component
            elif element.WhichOneof("type") == "button":
                self.buttons[element.button.label] = element.button.id
        return super()._follow(answer)


class Trainee:
    """Somebody in a session. Every act notes its seconds in ``times``, by kind."""

    def __init__(self, port: int, code: str, nickname: str, times: Times) -> None:
        self._port, self._code, self._nickname, self.times = port, code, nickname, times
        # The server drops a connection that was idle for five seconds; a browser would ask again.
        limits = httpx2.Limits(keepalive_expiry=2.0)
        url = f"http://127.0.0.1:{port}"
        self._http = httpx2.AsyncClient(base_url=url, timeout=60, limits=limits)

    async def join(self) -> None:
        said = {"code": self._code, "nickname": self._nickname}
        await self._timed("join", self._http.post("/join", json=said))
        self.page = Page(self._port, f"{COOKIE}={self._http.cookies[COOKIE]}")
        self.times["open the page"].append((await self.page.open()).seconds)

    async def leave(self) -> None:
        await self.page.close()
        await self._http.aclose()

    async def load_film(self) -> None:
        [film] = self.page.of("viewer")["films"]
        await self._timed("load the film", self._http.get(film["url"]))

    async def keep(self, answer: dict[str, Any]) -> None:
        form = self.page.of("blind_read")
        said = {name: form[name] for name in ("trainee", "case", "session", "version")}
        said |= {"window": self._nickname, "answer": answer}
        await self._timed("keep the answer", self._http.post(form["url"], json=said))

    async def commit(self, answer: dict[str, Any]) -> None:
        """The commit, which ends with its reveal on the page."""
        form = self.page.of("blind_read")
        said = {"case": form["case"], "session": form["session"], "answer": answer}
        self.page.components.pop("reveal", None)
        self.times["commit and reveal"].append(
            await self.page.trigger("blind_read", "commit", said)
        )

    async def load_map(self) -> None:
        maps = self.page.of("viewer")["maps"]
        if maps:
            await self._timed("load a map", self._http.get(maps[0]["url"]))

    async def next(self) -> None:
        self.times["next case"].append(await self.page.press("Next"))

    async def look(self) -> None:
        """Ask, as the page's timer does, whether the teacher went on."""
        [fragment] = self.page.fragments
        self.times["look for the teacher"].append((await self.page.rerun(fragment)).seconds)

    async def _timed(self, kind: str, asking: Awaitable[httpx2.Response]) -> None:
        started = time.perf_counter()
        answer = await asking
        answer.raise_for_status()
        self.times[kind].append(time.perf_counter() - started)


def no_times() -> Times:
    return defaultdict(list)
