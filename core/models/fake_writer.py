"""A deterministic stand-in for a model that writes: for development and tests, never offered."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable

import numpy as np

from core.domain.draft import ModelIdentity
from core.models.base import Grey
from core.models.drafter import Ending, Prompt, Sampling, TextAttention, WrittenText

NAME = "fake-writer"
_DIGEST = hashlib.sha256(b"overread fake writer 1").hexdigest()
_GRID = 8


class FakeWriter:
    """Repeats the last question, word by word, and says that it is no model.

    Its attention goes from patch to patch of the film, one a word, as eyes go along lines.
    ``pause_s`` is the time for a word.
    """

    def __init__(self, pause_s: float = 0.05) -> None:
        self.pause_s = pause_s

    @property
    def identity(self) -> ModelIdentity:
        return ModelIdentity(NAME, _DIGEST)

    @property
    def converses(self) -> bool:
        return True

    def write(
        self,
        film: Grey | None,
        prompt: Prompt,
        sampling: Sampling,
        on_text: Callable[[str], None],
        stop: Callable[[], bool],
    ) -> WrittenText:
        """Answer the last turn; see `core.models.drafter.ReportDrafter.write`."""
        started = time.perf_counter()
        asked = prompt.turns[-1].text.rsplit("\n", 1)[-1]
        text = f"No model answers here. Turn {len(prompt.turns)} asked: {asked}"
        written, spans, ending = "", [], Ending.COMPLETE
        for word in text.split(" ")[: sampling.max_new_tokens]:
            if stop():
                ending = Ending.STOPPED
                break
            piece = word if not written else f" {word}"
            spans.append((len(written), len(written) + len(piece)))
            written += piece
            on_text(piece)
            time.sleep(self.pause_s)
        seconds = time.perf_counter() - started
        if film is None:
            return WrittenText(written, ending, seconds)
        across = max(1, round(_GRID * film.shape[1] / film.shape[0]))
        patches = np.arange(len(spans)) % (_GRID * across)
        grids = np.eye(_GRID * across, dtype=np.float32)[patches].reshape(-1, _GRID, across)
        attention = TextAttention(tuple(spans), grids)
        return WrittenText(written, ending, seconds, attention)
