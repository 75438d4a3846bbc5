"""A drafter behind the stub server, what it is asked, and what goes wrong there."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import openai  # noqa: F401  (seconds that no test of patience should count)
from pydantic import SecretStr

from core.models.base import Grey
from core.models.drafter import Prompt, Sampling, Speaker, Turn
from core.models.language.remote import RemoteDrafter
from core.models.language.server_stream import Patience
from tests.model_server import Answer, ModelServer, Script

KEY = "sk-very-secret-0123456789"
SAID = "the server wrote this: patient Doe, key " + KEY
PATIENCE = Patience(connect_s=5.0, silence_s=10.0)
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


def silent(answer: Answer) -> None:
    answer.open()
    time.sleep(8)


def refusal(status: int, **headers: str) -> Script:
    return lambda answer: answer.refuse(status, f'{{"error": "{SAID}"}}', **headers)
