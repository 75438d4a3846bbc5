"""However much a server sends at once, little of it is held, and a stop is heard."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest

from core.domain.model_errors import RemoteModelError
from core.models.drafter import Ending, Prompt, Sampling, Speaker, Turn, WrittenText
from core.models.language.answers import LETTERS_A_TOKEN
from core.models.language.remote import PIECES, RemoteDrafter
from core.models.language.server_stream import EVENT_BYTES, Patience
from tests.model_server import Answer, ModelServer, model_server

SHORT = Prompt((Turn(Speaker.READER, "Describe the film."),))


def write(
    server: ModelServer,
    on_text: Callable[[str], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
    tokens: int = 10,
) -> WrittenText:
    model = RemoteDrafter("remote", server.url, "served", patience=Patience(5.0, 10.0), retries=0)
    film = np.zeros((8, 8), np.float32)
    return model.write(film, SHORT, Sampling(max_new_tokens=tokens), on_text, stop)


def test_no_piece_is_longer_than_what_was_asked_for() -> None:
    pieces: list[str] = []
    with model_server(lambda answer: answer.write("short ", "x" * 5000, "more")) as server:
        written = write(server, pieces.append)
    assert written.text == "".join(pieces) and len(written.text) == 10 * LETTERS_A_TOKEN
    assert written.ending is Ending.LENGTH and len(pieces) == 2


def test_a_text_of_just_the_length_is_whole() -> None:
    with model_server(lambda answer: answer.write("x" * (10 * LETTERS_A_TOKEN))) as server:
        assert write(server).ending is Ending.COMPLETE


def endless_line(answer: Answer) -> None:
    answer.open()
    answer.raw("data: ")
    while True:
        answer.raw("x" * 10_000)


def endless_event(answer: Answer) -> None:
    answer.open()
    while True:
        answer.raw("data: x\n" * 1000)


def squeezed(answer: Answer) -> None:
    """Small on the way, of any size once it is unpacked."""
    answer.refuse(200, "", Content_Type="text/event-stream", Content_Encoding="gzip")


@pytest.mark.parametrize("script", [endless_line, endless_event, squeezed])
def test_an_event_of_any_size_is_not_gathered(script: Callable[[Answer], None]) -> None:
    with model_server(script) as server:
        with pytest.raises(RemoteModelError, match="could not be understood"):
            write(server)
        assert server.headers[0]["accept-encoding"] == "identity"
        assert script is squeezed or server.gone.wait(5), "the server still writes"


@pytest.mark.parametrize("end", ["\n\n", "\r\n\r\n", "\r\r"])
def test_many_small_events_are_no_large_one(end: str) -> None:
    def talk(answer: Answer) -> None:
        answer.open()
        for _ in range(3 * EVENT_BYTES // 8000):
            answer.raw(": " + "x" * 7990 + end[:1])
            answer.raw(end[1:])
        answer.piece("Clear.", "stop")
        answer.close()

    with model_server(talk) as server:
        assert write(server).text == "Clear."


def test_a_slow_reader_holds_the_server_back_and_can_stop(caplog: pytest.LogCaptureFixture) -> None:
    pieces: list[str] = []
    stopped: list[float] = []

    def flood(answer: Answer) -> None:
        answer.open()
        while True:
            answer.raw("".join(": " + "x" * 900 + "\n\n" for _ in range(20)))
            answer.piece("w ")

    def slow(text: str) -> None:
        pieces.append(text)
        time.sleep(0.01)

    def stop() -> bool:
        if len(pieces) >= 30 and not stopped:
            stopped.append(time.monotonic())
        return bool(stopped)

    with model_server(flood) as server:
        written = write(server, slow, stop, tokens=10_000)
        waited = time.monotonic() - stopped[0]
        assert server.gone.wait(5), "the server still writes"
    assert written.ending is Ending.STOPPED and len(pieces) == 30
    assert waited < 1 and PIECES <= 64
    assert not caplog.records, "the stream was not closed in good order"
