"""The remote adapter against a real engine: `transformers serve` with a tiny model, on the CPU."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from core.domain.model_errors import RemoteModelError
from core.models.drafter import Ending, Prompt, Sampling, Speaker, Turn, WrittenText
from core.models.language.remote import RemoteDrafter

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ROOT = Path(__file__).resolve().parents[2]
FILM = np.linspace(0, 1, 200 * 160, dtype=np.float32).reshape(200, 160)
ASKED = Prompt((Turn(Speaker.READER, "Describe the film."),), system="You are a radiologist.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return int(answer.status) == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


@pytest.fixture(scope="module")
def served(tiny_checkpoint: Callable[[str], Path]) -> Iterator[tuple[str, str]]:
    """Address and name of a tiny Qwen2-VL that a server of its own process serves."""
    folder, port = str(tiny_checkpoint("qwen2_vl")), free_port()
    command = [sys.executable, "-m", "tests.transformers_server", folder, str(port)]
    surroundings = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    server = subprocess.Popen(
        command, cwd=ROOT, env=surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        ends = time.monotonic() + 180
        while not answers(f"http://127.0.0.1:{port}/health"):
            assert server.poll() is None and time.monotonic() < ends, "the engine does not start"
            time.sleep(0.5)
        yield f"http://127.0.0.1:{port}/v1", folder
    finally:
        server.kill()
        server.wait()


def ask(
    served: tuple[str, str],
    prompt: Prompt = ASKED,
    stop: Callable[[list[str]], bool] = lambda _: False,
    **sampling: float,
) -> tuple[WrittenText, list[str]]:
    pieces: list[str] = []
    drafter = RemoteDrafter("engine", *served)
    chosen = Sampling(max_new_tokens=24, max_seconds=120, **sampling)  # type: ignore[arg-type]
    return drafter.write(FILM, prompt, chosen, pieces.append, lambda: stop(pieces)), pieces


def test_a_text_streams_in_and_is_the_same_again(served: tuple[str, str]) -> None:
    written, pieces = ask(served)
    assert len(pieces) > 1 and "".join(pieces) == written.text
    assert written.ending in (Ending.COMPLETE, Ending.LENGTH)
    assert ask(served)[0].text == written.text


def test_the_film_is_seen(served: tuple[str, str]) -> None:
    """Another picture, other words: the engine does take the image."""
    drafter = RemoteDrafter("engine", *served)
    texts = {
        drafter.write(
            film, ASKED, Sampling(max_new_tokens=24, max_seconds=120), lambda _: None, lambda: False
        ).text
        for film in (FILM, 1 - FILM, np.zeros_like(FILM) + np.eye(200, 160, dtype=np.float32))
    }
    assert len(texts) > 1


def test_it_can_be_stopped_and_asked_again(served: tuple[str, str]) -> None:
    written, pieces = ask(served, stop=lambda said: len(said) >= 2)
    assert written.ending is Ending.STOPPED and len(pieces) == 2
    assert ask(served)[0].ending is not Ending.STOPPED


def test_a_conversation_is_taken(served: tuple[str, str]) -> None:
    turns = (*ASKED.turns, Turn(Speaker.MODEL, "An effusion."), Turn(Speaker.READER, "Where?"))
    assert ask(served, Prompt(turns, ASKED.system))[0].text != ask(served)[0].text


def test_an_engine_that_knows_no_min_p_is_asked_without_it(served: tuple[str, str]) -> None:
    written, _ = ask(served, temperature=1.0)
    assert written.versions["min_p"] == "not taken by the server"


def test_a_model_that_it_does_not_have(served: tuple[str, str]) -> None:
    with pytest.raises(RemoteModelError):
        ask((served[0], "another"))
