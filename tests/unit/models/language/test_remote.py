"""A model behind a server: what is sent, what comes back, what is said when it goes wrong."""

from __future__ import annotations

import base64
import logging
import pickle
import struct
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import openai  # noqa: F401  (seconds that no test of patience should count)
import pytest
from pydantic import SecretStr

from core.domain.errors import DraftCancelledError, ModelUnavailableError
from core.domain.model_errors import ModelTimeoutError, RemoteModelError, RemoteModelOffError
from core.models.base import Grey
from core.models.drafter import Ending, Prompt, Sampling, Speaker, Turn
from core.models.language import remote
from core.models.language.catalogue import sources
from core.models.language.remote import RemoteDrafter, open_remote
from core.models.language.sending import LONG_SIDE, what_leaves
from core.models.language.server_stream import Patience
from core.settings import Settings
from tests.model_server import Answer, ModelServer, Script, model_server, until_closed

KEY = "sk-very-secret-0123456789"
SAID = "the server wrote this: patient Doe, key " + KEY
PATIENCE = Patience(connect_s=5.0, silence_s=10.0)
IMPATIENT = replace(PATIENCE, silence_s=1.0)

ASKED = Prompt(
    (
        Turn(Speaker.READER, "Describe the film."),
        Turn(Speaker.MODEL, "There is an effusion."),
        Turn(Speaker.READER, "On which side?"),
    ),
    system="You are a radiologist.",
)
SHORT = Prompt((Turn(Speaker.READER, "Describe the film."),))


def film(rows: int = 40, columns: int = 30) -> Grey:
    return np.linspace(0, 1, rows * columns, dtype=np.float32).reshape(rows, columns)


def drafter(server: ModelServer, **changed: Any) -> RemoteDrafter:
    given = {"key": SecretStr(KEY), "patience": PATIENCE, "retries": 0, **changed}
    return RemoteDrafter("remote", server.url, "served", **given)


def write(
    model: RemoteDrafter,
    prompt: Prompt = SHORT,
    sampling: Sampling | None = None,
    on_text: Callable[[str], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
    of: Grey | None = None,
) -> Any:
    shown = film() if of is None else of
    return model.write(shown, prompt, sampling or Sampling(), on_text, stop)


def good(answer: Answer) -> None:
    answer.write("There is ", "a small ", "effusion.")


# --- what is sent -------------------------------------------------------------------------------


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


# --- what comes back ----------------------------------------------------------------------------


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


# --- stopping -----------------------------------------------------------------------------------


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


def silent(answer: Answer) -> None:
    answer.open()
    time.sleep(8)


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


# --- faults -------------------------------------------------------------------------------------


def said(error: RemoteModelError) -> tuple[str, str]:
    """Model and reason; the template for translators says the same."""
    facts = error.facts
    assert facts["template"].format(**facts["named"]) == facts["reason"]
    return facts["model"], facts["reason"]


def refusal(status: int, **headers: str) -> Script:
    return lambda answer: answer.refuse(status, f'{{"error": "{SAID}"}}', **headers)


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


# --- secrets ------------------------------------------------------------------------------------


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


# --- the way there ------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of 127.0.0.1 in one file, signed by nobody."""
    folder = tmp_path_factory.mktemp("certificate")
    key, signed, both = folder / "key", folder / "signed", folder / "both.pem"
    subprocess.run(
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 "
        f"-addext subjectAltName=IP:127.0.0.1 -keyout {key} -out {signed}",
        shell=True,
        check=True,
        capture_output=True,
    )
    both.write_bytes(key.read_bytes() + signed.read_bytes())
    return both


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: Path) -> None:
    with model_server(good, certificate=certificate) as server:
        with pytest.raises(RemoteModelError, match="its certificate cannot be verified"):
            write(drafter(server))
        assert not server.requests


def test_a_certificate_of_the_house_is_taken(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with model_server(good, certificate=certificate) as server:
        assert write(drafter(server)).ending is Ending.COMPLETE


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://model.example/v1", "plain http"),
        ("http://192.168.1.7:8000/v1", "plain http"),
        ("ftp://127.0.0.1/v1", "https"),
        ("model.example/v1", "https"),
        ("https:///v1", "no host"),
        ("https://reader:hunter2@model.example/v1", "name or password"),
        ("https://model.example/v1?key=hunter2", "only host, port and path"),
        ("https://model.example:port/v1", "no address"),
    ],
)
def test_an_address_that_would_show_a_film_to_others_is_refused(url: str, reason: str) -> None:
    with pytest.raises(ModelUnavailableError, match=reason) as caught:
        RemoteDrafter("remote", url, "served")
    assert "hunter2" not in str(caught.value)


def test_plain_http_elsewhere_is_a_setting() -> None:
    RemoteDrafter("remote", "http://gpu.ward.example:8000/v1", "served", plain_http=True)


def test_the_model_is_known_by_its_server_and_its_name_there() -> None:
    one = RemoteDrafter("remote", "https://a.example/v1", "served").identity
    assert one == RemoteDrafter("remote", "https://a.example/v1/", "served").identity
    assert one.name == "remote" and len(one.digest) == 64
    others = [("https://b.example/v1", "served"), ("https://a.example/v1", "other")]
    assert one.digest not in {RemoteDrafter("remote", *other).identity.digest for other in others}


# --- settings -----------------------------------------------------------------------------------


def settings(monkeypatch: pytest.MonkeyPatch, **given: str) -> Settings:
    for name, value in given.items():
        monkeypatch.setenv(f"OVERREAD_REMOTE_{name}", value)
    return Settings()


def test_a_drafter_from_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    with model_server(good) as server:
        given = settings(monkeypatch, MODEL_URL=server.url, MODEL="served", MODEL_KEY=KEY)
        assert KEY not in repr(given)
        model = open_remote(given)
        assert write(model).text and model.converses and model.identity.name == remote.NAME
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"


def test_its_name_is_that_of_the_catalogue() -> None:
    """A draft is found by the name of its job's model."""
    assert [source.name for source in sources() if source.kind == "remote"] == [remote.NAME]


def test_off_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    with model_server(good) as server:
        given = settings(monkeypatch, MODEL_URL=server.url, MODEL="m", MODELS_OFF="true")
        with pytest.raises(RemoteModelOffError):
            open_remote(given)


def test_without_an_address_there_is_no_remote_model() -> None:
    with pytest.raises(ModelUnavailableError, match="OVERREAD_REMOTE_MODEL_URL"):
        open_remote(Settings())
