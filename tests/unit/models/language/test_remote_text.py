"""A model behind a server: what comes back, and stopping it."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from core.domain.errors import DraftCancelledError
from core.models.drafter import Ending, Sampling
from tests.model_server import Answer, ModelServer, model_server, until_closed
from tests.remote_drafters import (
    drafter,
    good,
    silent,
    write,
)


@pytest.mark.parametrize(
    ("finish", "ending"), [("stop", Ending.COMPLETE), ("length", Ending.LENGTH)]
)
def test_why_a_text_ended(finish: str, ending: Ending) -> None:
    with model_server(lambda answer: answer.write("Clear.", finish=finish)) as server:
        assert write(drafter(server)).ending is ending


def test_pieces_without_words_are_no_text() -> None:
    def talk(answer: Answer) -> None:
        answer.open()
        answer.event({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]})
        answer.event({"choices": [{"index": 0, "delta": {"reasoning_content": "hm"}}]})
        answer.raw(": a comment that keeps the line open\n\n")
        answer.piece("நுரையீரல் ")
        answer.piece("🫁.", "stop")
        answer.event({"choices": [], "usage": {"total_tokens": 3}})
        answer.close()

    pieces: list[str] = []
    with model_server(talk) as server:
        written = write(drafter(server), on_text=pieces.append)
    assert pieces == ["நுரையீரல் ", "🫁."] and written.text == "நுரையீரல் 🫁."


def test_a_server_that_does_not_stop_is_stopped() -> None:
    def endless(answer: Answer) -> None:
        answer.open()
        while True:
            answer.piece("word " * 200)

    with model_server(endless) as server:
        written = write(drafter(server), sampling=Sampling(max_new_tokens=10))
        assert server.gone.wait(5)
    assert written.ending is Ending.LENGTH and len(written.text) < 10_000


def test_stop_ends_the_text_where_it_is_and_hangs_up(caplog: pytest.LogCaptureFixture) -> None:
    pieces: list[str] = []
    with model_server(until_closed) as server:
        written = write(drafter(server), on_text=pieces.append, stop=lambda: len(pieces) >= 3)
        assert server.gone.wait(5), "the server still writes"
    assert written.ending is Ending.STOPPED
    assert pieces == ["word0 ", "word1 ", "word2 "] and written.text == "".join(pieces)
    assert not caplog.records, "the stream was not closed in good order"


def test_who_has_stopped_before_sends_nothing() -> None:
    with model_server(good) as server:
        written = write(drafter(server), stop=lambda: True)
    assert written.text == "" and written.ending is Ending.STOPPED and not server.requests


def once_asked(server: ModelServer, seconds: float) -> Callable[[], bool]:
    """Whether a request came in some time ago."""
    asked: list[float] = []

    def stop() -> bool:
        if server.requests and not asked:
            asked.append(time.monotonic())
        return bool(asked) and time.monotonic() > asked[0] + seconds

    return stop


def test_a_silent_server_does_not_keep_one_who_stops() -> None:
    with model_server(silent) as server:
        started = time.monotonic()
        written = write(drafter(server), stop=once_asked(server, 0.3))
        waited = time.monotonic() - started
    assert written.ending is Ending.STOPPED and waited < 6


def test_waiting_for_another_try_can_be_stopped() -> None:
    def busy(answer: Answer) -> None:
        answer.refuse(429, Retry_After="30")

    with model_server(busy) as server:
        started = time.monotonic()
        written = write(drafter(server, retries=3), stop=once_asked(server, 0.5))
        waited = time.monotonic() - started
    assert written.ending is Ending.STOPPED and waited < 20
    assert len(server.requests) == 1


@pytest.mark.parametrize("error", [DraftCancelledError(), ValueError("of ours")])
def test_an_error_of_the_listener_ends_the_stream_and_stays_what_it_is(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    def cancelled(_: str) -> None:
        raise error

    with model_server(until_closed) as server:
        with pytest.raises(type(error)):
            write(drafter(server), on_text=cancelled)
        assert server.gone.wait(5), "the server still writes"
    assert not caplog.records, "the stream was not closed in good order"
