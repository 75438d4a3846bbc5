"""A model behind a server: what it sends, and the settings that make it."""

from __future__ import annotations

import base64
import struct

import cv2
import numpy as np
import pytest

from core.domain.model_errors import RemoteModelError
from core.models.drafter import Ending, Prompt, Sampling, Speaker, Turn
from core.models.language.sending import LONG_SIDE, what_leaves
from tests.model_server import Answer, ModelServer, model_server
from tests.remote_drafters import (
    KEY,
    drafter,
    film,
    good,
    refusal,
    write,
)

ASKED = Prompt(
    (
        Turn(Speaker.READER, "Describe the film."),
        Turn(Speaker.MODEL, "There is an effusion."),
        Turn(Speaker.READER, "On which side?"),
    ),
    system="You are a radiologist.",
)


def test_the_pieces_joined_are_the_text() -> None:
    pieces: list[str] = []
    with model_server(good) as server:
        written = write(drafter(server), on_text=pieces.append)
    assert pieces == ["There is ", "a small ", "effusion."]
    assert written.text == "There is a small effusion." and written.ending is Ending.COMPLETE
    assert written.attention is None and written.seconds > 0
    assert server.paths == ["/v1/chat/completions"]


def test_a_conversation_is_sent_as_it_was_with_the_film_at_its_first_turn() -> None:
    with model_server(good) as server:
        write(drafter(server), ASKED, Sampling(0.7, 0.05, seed=11, max_new_tokens=99))
    [body] = server.requests
    system, first, second, third = body.pop("messages")
    assert system == {"role": "system", "content": "You are a radiologist."}
    assert [part["type"] for part in first["content"]] == ["image_url", "text"]
    assert first["content"][1]["text"] == "Describe the film." and first["role"] == "user"
    assert second == {"role": "assistant", "content": "There is an effusion."}
    assert third == {"role": "user", "content": "On which side?"}
    assert body == {
        "model": "served",
        "temperature": 0.7,
        "min_p": 0.05,
        "seed": 11,
        "max_tokens": 99,
        "stream": True,
    }


def test_without_chance_nothing_is_said_of_chance() -> None:
    """Servers that follow the protocol to the letter know no min-p."""
    with model_server(good) as server:
        write(drafter(server))
    assert "min_p" not in server.requests[0] and server.requests[0]["temperature"] == 0


def strict(answer: Answer) -> None:
    """As `transformers serve` does: what it does not know, it refuses."""
    if "min_p" in answer.request:
        answer.refuse(422)
    else:
        good(answer)


def test_a_server_that_knows_no_min_p_is_asked_without_it() -> None:
    with model_server(strict) as server:
        written = write(drafter(server), sampling=Sampling(temperature=0.7))
    first, second = server.requests
    assert first.pop("min_p") == 0.1 and first == second
    assert written.text == "There is a small effusion."
    assert written.versions["min_p"] == "not taken by the server"


def test_a_request_that_is_refused_for_another_reason_stays_refused() -> None:
    with model_server(refusal(422)) as server, pytest.raises(RemoteModelError):
        write(drafter(server), sampling=Sampling(temperature=0.7))
    assert len(server.requests) == 2


def sent_png(server: ModelServer) -> bytes:
    turns = server.requests[0]["messages"]
    [shown] = [turn for turn in turns if isinstance(turn["content"], list)]
    url = shown["content"][0]["image_url"]["url"]
    head, _, content = url.partition(",")
    assert head == "data:image/png;base64"
    return base64.b64decode(content, validate=True)


def chunks(png: bytes) -> list[bytes]:
    found, at = [], 8
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        found.append(kind)
        at += 12 + length
    return found


@pytest.mark.parametrize(
    ("shape", "sent"),
    [((40, 30), (40, 30)), ((2048, 1024), (LONG_SIDE, LONG_SIDE // 2)), ((3, 4096), (1, 1024))],
)
def test_the_film_goes_as_a_picture_and_nothing_else(
    shape: tuple[int, int], sent: tuple[int, int]
) -> None:
    with model_server(good) as server:
        written = write(drafter(server), of=film(*shape))
    png = sent_png(server)
    # IHDR, IDAT and IEND hold the picture; every other chunk could tell something.
    assert set(chunks(png)) == {b"IHDR", b"IDAT", b"IEND"}
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    assert picture.shape == sent and picture.dtype == np.uint8
    assert picture[0, 0] < picture[-1, -1] and float(picture.mean()) == pytest.approx(127.5, abs=1)
    assert written.versions["film"] == f"8-bit grey PNG, {sent[0]} x {sent[1]}, no metadata"
    assert written.versions["model at the server"] == "served"
    assert written.versions["model as the server names it"] == "stub/served-model"


def test_nothing_goes_with_it_but_what_the_request_needs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The client would tell of the machine, and of an account that the environment names."""
    monkeypatch.setenv("OPENAI_ORG_ID", "org-of-somebody")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "project-of-somebody")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Reader: Dr. Test\nAuthorization: Basic other")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-environment")
    with model_server(good) as server:
        write(drafter(server))
        write(drafter(server, key=None))
    with_key, without = server.headers
    assert with_key["authorization"] == f"Bearer {KEY}" and "authorization" not in without
    assert set(without) <= {
        "host",
        "accept",
        "accept-encoding",
        "connection",
        "content-length",
        "content-type",
        "user-agent",
    }
    assert without["user-agent"].startswith("Overread/")


def test_without_a_film_no_picture_is_sent() -> None:
    with model_server(good) as server:
        found = drafter(server).write(None, ASKED, Sampling(), lambda _: None, lambda: False)
    leaving = what_leaves(ASKED, None)
    assert leaving.picture is None and (leaving.rows, leaving.columns) == (0, 0)
    assert found.versions["film"] == leaving.film == "no picture"
    sent = server.requests[0]["messages"]
    assert [(turn["role"], turn["content"]) for turn in sent] == list(leaving.words)


def test_what_is_shown_before_is_what_is_sent() -> None:
    with model_server(good) as server:
        write(drafter(server), ASKED, of=film(2048, 1024))
        leaving = what_leaves(ASKED, film(2048, 1024))
    png = sent_png(server)
    assert (leaving.rows, leaving.columns, leaving.picture) == (1024, 512, png)
    sent = server.requests[0]["messages"]
    texts = [
        turn["content"] if isinstance(turn["content"], str) else turn["content"][1]["text"]
        for turn in sent
    ]
    assert [text for _, text in leaving.words] == texts
    assert [role for role, _ in leaving.words] == [turn["role"] for turn in sent]


def test_a_proxy_of_the_environment_sees_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with model_server(good) as server, model_server(good) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url.removesuffix("/v1"))
        write(drafter(server))
    assert len(server.requests) == 1 and not proxy.requests
