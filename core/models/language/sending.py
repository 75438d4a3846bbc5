"""What leaves this machine when a model behind a server is asked: a picture and words.

The request and what a reader is shown before the first one are made from the same parts, so that
they cannot differ.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from core.domain.errors import N_
from core.models.base import Grey
from core.models.drafter import Prompt, Sampling, Speaker

LONG_SIDE = 1024
"""Pixels of the longer side of the picture that is sent, at most."""

# How the client calls what is beyond the protocol.
_ADDITIONS = "extra_body"

SENT = N_("For this draft, the picture and the words below are sent.")
WHAT_WORDS_TELL = N_(
    "The words tell age, sex, projection and indication, and in a conversation the report, the "
    "findings and the questions. The patient's names, numbers and birth date are taken out where "
    "they are recognised. What is burned into the film itself is part of the picture."
)


@dataclass(frozen=True)
class Leaving:
    """All of what one question sends.

    Attributes
    ----------
    picture : bytes or None
        The PNG itself: 8-bit grey, no metadata; ``None`` where words alone are sent.
    rows, columns : int
        Its size in pixels; 0 without one.
    words : tuple of (str, str)
        Role and text of every turn, as sent.
    """

    picture: bytes | None
    rows: int
    columns: int
    words: tuple[tuple[str, str], ...]

    @property
    def film(self) -> str:
        """The picture in words, for the record of a text."""
        if self.picture is None:
            return "no picture"
        return f"8-bit grey PNG, {self.rows} x {self.columns}, no metadata"


def what_leaves(prompt: Prompt, film: Grey | None) -> Leaving:
    """Describe what asking a server would send.

    Parameters
    ----------
    film : ndarray, shape (rows, columns), float32 in [0, 1]
        Through its default window, dense tissue bright; ``None`` if words alone are sent.
    """
    system = (("system", prompt.system),) if prompt.system else ()
    words = system + tuple((turn.speaker.value, turn.text) for turn in prompt.turns)
    if film is None:
        return Leaving(None, 0, 0, words)
    scale = min(1.0, LONG_SIDE / max(film.shape))
    rows, columns = (max(1, round(side * scale)) for side in film.shape)
    resized = cv2.resize(film, (columns, rows), interpolation=cv2.INTER_AREA)
    levels = np.rint(np.clip(resized, 0.0, 1.0) * 255).astype(np.uint8)
    # OpenCV writes the chunks IHDR, IDAT and IEND alone.
    picture = cv2.imencode(".png", levels)[1].tobytes()
    return Leaving(picture, rows, columns, words)


def request(model: str, leaving: Leaving, sampling: Sampling) -> Mapping[str, Any]:
    """Word a request for a streamed answer in the protocol of chat completions.

    References
    ----------
    OpenAI API, "Create chat completion"; ``min_p`` is an addition of vLLM and SGLang that others
    ignore or refuse, and is left out where nothing is drawn by chance.
    """
    asked: dict[str, Any] = {
        "model": model,
        "messages": _messages(leaving),
        "temperature": sampling.temperature,
        "seed": sampling.seed,
        "max_tokens": sampling.max_new_tokens,
        "stream": True,
    }
    if sampling.temperature > 0:
        asked[_ADDITIONS] = {"min_p": sampling.min_p}
    return asked


def without_additions(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same request in the words of the protocol alone."""
    return {name: value for name, value in asked.items() if name != _ADDITIONS}


def _messages(leaving: Leaving) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = [
        {"role": role, "content": text} for role, text in leaving.words
    ]
    if leaving.picture is None:
        return messages
    first = next(turn for turn in messages if turn["role"] == Speaker.READER)
    url = "data:image/png;base64," + base64.b64encode(leaving.picture).decode("ascii")
    first["content"] = [
        {"type": "image_url", "image_url": {"url": url}},
        {"type": "text", "text": first["content"]},
    ]
    return messages
