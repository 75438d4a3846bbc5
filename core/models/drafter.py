"""What every model that writes serves: a film and a conversation to text, with where it looked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

import numpy as np
import numpy.typing as npt

from core.domain.draft import ModelIdentity
from core.models.base import Grey

Attention = npt.NDArray[np.float32]


class Speaker(StrEnum):
    """Whose turn it was, by the names that chat templates know."""

    READER = "user"
    MODEL = "assistant"


@dataclass(frozen=True)
class Turn:
    """One message of a conversation."""

    speaker: Speaker
    text: str


@dataclass(frozen=True)
class Prompt:
    """What a model is asked. The film goes with the first turn of the reader.

    ``system`` is empty for models without such a turn. The last of ``turns`` is the reader's.
    """

    turns: tuple[Turn, ...]
    system: str = ""


@dataclass(frozen=True)
class Sampling:
    """How words are chosen; a temperature of 0 takes the likeliest word each time.

    A text that takes longer than ``max_seconds`` raises `ModelTimeoutError`; ``None`` is no limit.

    References
    ----------
    Nguyen 2024 (min-p: words below this share of the likeliest one's chance are not drawn).
    """

    temperature: float = 0.0
    min_p: float = 0.1
    seed: int = 3407
    max_new_tokens: int = 256
    max_seconds: float | None = None


class Ending(StrEnum):
    """Why a text ended."""

    COMPLETE = "complete"
    LENGTH = "length"
    STOPPED = "stopped"
    MEMORY = "memory"


@dataclass(frozen=True)
class TextAttention:
    """Where a model looked while it wrote.

    Attributes
    ----------
    spans : tuple of (int, int)
        First character and the one after the last of each token in the text.
    grids : ndarray, shape (tokens, rows, columns), float32
        Attention of each token over the film, in the film's geometry (same aspect, whatever the
        model's tiles, squares and padding were); non-negative, any scale.
    """

    spans: tuple[tuple[int, int], ...]
    grids: Attention

    def over(self, start: int, end: int) -> Attention:
        """Return the summed attention, (rows, columns) in [0, 1], of ``text[start:end]``.

        All zero where no token lies there.
        """
        inside = [n for n, (first, last) in enumerate(self.spans) if first < end and last > start]
        summed = self.grids[inside].sum(axis=0)
        top = float(summed.max(initial=0.0))
        return np.asarray(summed / top if top > 0 else summed, np.float32)


@dataclass(frozen=True)
class WrittenText:
    """What a model wrote. ``attention`` is ``None`` where the model gives none.

    ``versions`` names what the text depends on beside the weights: precision, library versions.
    """

    text: str
    ending: Ending
    seconds: float
    attention: TextAttention | None = None
    versions: Mapping[str, str] = field(default_factory=dict)


class ReportDrafter(Protocol):
    """Film and words to words.

    ``converses`` is false for captioning models, which take a prefix and no questions.
    """

    @property
    def identity(self) -> ModelIdentity: ...

    @property
    def converses(self) -> bool: ...

    def write(
        self,
        film: Grey | None,
        prompt: Prompt,
        sampling: Sampling,
        on_text: Callable[[str], None],
        stop: Callable[[], bool],
    ) -> WrittenText:
        """Answer the last turn of a prompt, about a film or about its words alone.

        Parameters
        ----------
        film : ndarray, shape (rows, columns), float32 in [0, 1]
            Through its default window, dense tissue bright. With ``None`` the model is given no
            picture, and no attention comes back.
        on_text : callable
            Given each new piece of the text as it comes; the pieces joined are the text.
        stop : callable
            Asked between tokens; once it says true, the text ends where it is.

        Raises
        ------
        ModelError
            `ModelMemoryError` where memory ran out even for the smaller try, `ModelTimeoutError`
            past ``sampling.max_seconds``, `DraftFailedError` where the model cannot write about
            this film, or without one, or the words do not fit into it, `RemoteModelError` for a
            remote one.
        """
        ...
