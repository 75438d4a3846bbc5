"""A model behind a server that fails, and what must not be told then."""

from __future__ import annotations

import logging
import pickle
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from core.domain.errors import ModelUnavailableError
from core.domain.model_errors import ModelTimeoutError, RemoteModelError
from core.models.drafter import Prompt, Sampling, Speaker, Turn
from core.models.language.remote import RemoteDrafter
from tests.model_server import Answer, Script, model_server, until_closed
from tests.remote_drafters import (
    KEY,
    PATIENCE,
    SAID,
    drafter,
    good,
    refusal,
    silent,
    write,
)

IMPATIENT = replace(PATIENCE, silence_s=1.0)


def said(error: RemoteModelError) -> tuple[str, str]:
    """Model and reason; the template for translators says the same."""
    facts = error.facts
    assert facts["template"].format(**facts["named"]) == facts["reason"]
    return facts["model"], facts["reason"]


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, "it refused the request; it may take no images, or not as many words"),
        (401, "it refused the key"),
        (403, "it refused the key"),
        (404, "it knows no such address or model"),
        (413, "it refused the request; it may take no images, or not as many words"),
        (418, "it refused the request"),
        (422, "it refused the request; it may take no images, or not as many words"),
        (429, "it is busy"),
        (500, "it failed"),
        (503, "it failed"),
        (302, "it pointed to another address, which is not followed"),
    ],
)
def test_every_refusal_is_one_sentence_of_ours(status: int, reason: str) -> None:
    with model_server(refusal(status)) as server, pytest.raises(RemoteModelError) as caught:
        write(drafter(server))
    assert said(caught.value) == ("remote", reason)
    assert str(caught.value) == f"The model server remote could not answer: {reason}."


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed(status: int) -> None:
    with model_server(good) as elsewhere:
        script = refusal(status, Location=f"{elsewhere.url}/chat/completions")
        with model_server(script) as server, pytest.raises(RemoteModelError):
            write(drafter(server, retries=2))
    assert not elsewhere.requests and len(server.requests) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_that_was_busy_is_asked_again(status: int) -> None:
    with model_server(refusal(status), refusal(status), good) as server:
        written = write(drafter(server, retries=2))
    assert written.text == "There is a small effusion." and len(server.requests) == 3
    assert server.requests[0] == server.requests[2]


@pytest.mark.parametrize("status", [400, 401, 404])
def test_what_another_try_cannot_mend_is_not_tried_again(status: int) -> None:
    with model_server(refusal(status), good) as server, pytest.raises(RemoteModelError):
        write(drafter(server, retries=2))
    assert len(server.requests) == 1


def error_in_stream(answer: Answer) -> None:
    answer.open()
    answer.piece("There ")
    answer.event({"error": {"message": SAID, "code": 500}})


def no_json(answer: Answer) -> None:
    answer.open()
    answer.raw(f"data: {{{SAID}\n\n")
    answer.close()


def events(*contents: Any) -> Script:
    def play(answer: Answer) -> None:
        answer.open()
        for content in contents:
            answer.event(content)
        answer.close()

    return play


def page(answer: Answer) -> None:
    answer.open("text/html")
    answer.raw(f"<html><body>Log in first. {SAID}</body></html>")
    answer.close()


def cut(answer: Answer) -> None:
    answer.open()
    answer.piece("There is a sm")
    answer.cut()


def broken_utf8(answer: Answer) -> None:
    answer.open()
    answer.piece("There ")
    answer._handler.wfile.write(b"9\r\ndata: \xff\xfe\n\r\n")
    answer.close()


NOT_UNDERSTOOD = "its answer could not be understood"
INCOMPLETE = "its answer broke off before the end"


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (error_in_stream, "it failed while it answered"),
        (no_json, NOT_UNDERSTOOD),
        (broken_utf8, NOT_UNDERSTOOD),
        (events(["a", "list"]), NOT_UNDERSTOOD),
        (events("words"), NOT_UNDERSTOOD),
        (events({"choices": "none"}), NOT_UNDERSTOOD),
        (events({"choices": [None]}), NOT_UNDERSTOOD),
        (events({"choices": [{"delta": {"content": {"text": SAID}}}]}), NOT_UNDERSTOOD),
        (events({"choices": [{"delta": "words"}]}), NOT_UNDERSTOOD),
        (events({"choices": [{"delta": {}, "finish_reason": "stop"}]}), "its answer was empty"),
        (lambda answer: answer.write("  \n"), "its answer was empty"),
        (
            events({"choices": [{"delta": {}, "finish_reason": "content_filter"}]}),
            "it declined to answer",
        ),
        (events(), INCOMPLETE),
        (events({"choices": [{"delta": {"content": "There is a sm"}}]}), INCOMPLETE),
        (cut, INCOMPLETE),
        (page, INCOMPLETE),
        (silent, "it sent nothing for 1 seconds"),
    ],
)
def test_a_spoilt_answer_is_one_sentence_of_ours(script: Script, reason: str) -> None:
    patience = IMPATIENT if script is silent else PATIENCE
    with model_server(script) as server, pytest.raises(RemoteModelError) as caught:
        write(drafter(server, patience=patience))
    assert said(caught.value) == ("remote", reason)


def test_a_server_that_is_not_there() -> None:
    with model_server(good) as server:
        pass
    with pytest.raises(RemoteModelError, match="it cannot be reached"):
        write(drafter(server, retries=1))


def test_a_server_that_trickles_is_given_up_in_time() -> None:
    with model_server(until_closed) as server:
        with pytest.raises(ModelTimeoutError) as caught:
            write(drafter(server), sampling=Sampling(max_seconds=0.6))
        assert server.gone.wait(5)
    assert caught.value.facts == {"model": "remote", "seconds": 0.6}


@pytest.mark.parametrize(
    "script", [good, refusal(401), refusal(500), error_in_stream, no_json, cut, silent]
)
def test_neither_key_nor_text_reaches_a_log_or_an_error(
    script: Script, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_LOG", "debug")
    caplog.set_level(logging.DEBUG)
    secret = Prompt((Turn(Speaker.READER, "Indication: fever of Mrs. Doe"),))
    with model_server(script) as server:
        model = drafter(server, patience=IMPATIENT)
        try:
            write(model, secret)
        except RemoteModelError as error:
            logging.getLogger("test").exception("it went wrong")
            told = repr(error) + str(pickle.dumps(error))
            assert KEY not in told and "Doe" not in told
    logged = caplog.text + "".join(str(record.args) for record in caplog.records)
    for word in (KEY, "fever", "Doe", "base64", "the server wrote"):
        assert word not in logged, word
    assert KEY not in repr(model) + str(vars(model))


@pytest.mark.parametrize("key", ["sk-1\r\nX-Other: 1", "schlüssel", "a b"])
def test_a_key_that_no_header_can_hold_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(ModelUnavailableError) as caught:
        RemoteDrafter("remote", "http://127.0.0.1:1/v1", "served", key=SecretStr(key))
    assert key not in str(caught.value)
