"""One way of writing for every model that runs here: streamed, stopped, limited, watched.

``generate`` of transformers runs in the calling thread. Between two tokens it asks a stopping
criterion, and that is where text is given out, and stops and limits are looked at.
"""

from __future__ import annotations

import logging
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn
from transformers import StoppingCriteriaList

from core.domain.draft import ModelIdentity
from core.domain.errors import N_, DraftFailedError
from core.domain.model_errors import ModelMemoryError, ModelTimeoutError
from core.explain.attention import Watch, over_film, watching
from core.explain.patches import ImageKeys
from core.models.base import Grey
from core.models.drafter import Ending, Prompt, Sampling, TextAttention, WrittenText
from core.models.language.picture import LONG_SIDE, film_picture
from core.models.language.stopping import Between, choosing
from core.models.language.token_text import TokenText
from core.models.preprocessing import check_film
from core.processes import free_memory

SMALLER = 0.5
"""What the second try after memory ran out keeps of the picture's sides and of the tokens."""
LEAST_ROOM = 16
"""Tokens that must be left for an answer."""
_NO_MEMORY = ("DefaultCPUAllocator", "can't allocate memory", "out of memory", "ALLOC_FAILED")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Loaded:
    """A model that is in memory.

    Attributes
    ----------
    model : Module
        With ``generate``.
    context : int
        Most tokens of prompt and text together.
    versions : mapping
        What its text depends on beside the weights.
    """

    model: Any
    context: int
    versions: Mapping[str, str]

    @property
    def device(self) -> torch.device:
        return torch.device(self.model.device)


@dataclass(frozen=True)
class Prepared:
    """What ``generate`` is given, how long the prompt is, and which keys are the film's patches."""

    inputs: Mapping[str, Any]
    prompt_tokens: int
    keys: ImageKeys | None


class LocalDrafter(ABC):
    """What all adapters of this machine's models share; see `core.models.drafter.ReportDrafter`.

    One text at a time: a second caller waits.
    """

    converses: bool

    def __init__(self, identity: ModelIdentity, loaded: Loaded) -> None:
        self._identity = identity
        self._loaded = loaded
        self._lock = threading.Lock()

    @property
    def identity(self) -> ModelIdentity:
        return self._identity

    @abstractmethod
    def prepare(self, picture: Image.Image | None, prompt: Prompt) -> Prepared:
        """Turn a picture and words, or words alone, into what the model takes."""

    @abstractmethod
    def decode(self, tokens: Sequence[int]) -> str:
        """Return the text of tokens, special ones left out."""

    @abstractmethod
    def layers(self) -> tuple[nn.Module, ...]:
        """Return the attention modules that show where the model looks."""

    @abstractmethod
    def ends(self) -> frozenset[int]:
        """Return the tokens that end a text."""

    def write(
        self,
        film: Grey | None,
        prompt: Prompt,
        sampling: Sampling,
        on_text: Callable[[str], None],
        stop: Callable[[], bool],
    ) -> WrittenText:
        """Answer the last turn of a prompt; see `core.models.drafter.ReportDrafter.write`.

        Where memory runs out before the first word, one smaller try follows; where it runs out
        later, the text ends there. Both stand in ``versions``.
        """
        if film is not None:
            check_film(film)
        started = time.perf_counter()
        with self._lock:
            for share in (1.0, SMALLER):
                try:
                    text = TokenText(self.decode, on_text)
                    between = Between(text, sampling, self.ends(), stop, started)
                    return self._try(film, prompt, sampling, between, share)
                except (RuntimeError, MemoryError) as error:
                    if not out_of_memory(error):
                        raise
                # Outside of the clause above, whose error would hold the tensors of its frames.
                log.warning("memory ran out before the first word of a text")
                free_memory()
        raise ModelMemoryError(model=self._identity.name)

    def _try(
        self,
        film: Grey | None,
        prompt: Prompt,
        sampling: Sampling,
        between: Between,
        share: float,
    ) -> WrittenText:
        """Write with a ``share`` of the picture's sides and of the tokens."""
        picture = None if film is None else film_picture(film, int(LONG_SIDE * share))
        prepared = self._prepared(picture, prompt)
        notes = {"picture": f"{picture.width} x {picture.height}" if picture else "none"}
        if share < 1:
            notes["retry"] = "memory ran out; a smaller picture and fewer tokens"
        tokens = min(int(sampling.max_new_tokens * share), self._room(prepared, sampling))
        with watching(self.layers(), prepared.keys) as watch:
            try:
                self._generate(prepared, replace(sampling, max_new_tokens=tokens), between)
            except (RuntimeError, MemoryError) as error:
                if not between.text.text or not out_of_memory(error):
                    raise
                notes["memory"] = f"ran out after {len(between.text)} tokens"
        if between.late:
            seconds = round(sampling.max_seconds or 0)
            raise ModelTimeoutError(model=self._identity.name, seconds=seconds)
        return WrittenText(
            text=between.text.text,
            ending=Ending.MEMORY if "memory" in notes else between.ending,
            seconds=between.seconds,
            attention=_attention(watch, between.text, film),
            versions={**self._loaded.versions, **notes},
        )

    def _prepared(self, picture: Image.Image | None, prompt: Prompt) -> Prepared:
        prepared = self.prepare(picture, prompt)
        model = self._loaded.model
        inputs = {
            name: _placed(value, model.device, model.dtype)
            for name, value in prepared.inputs.items()
        }
        return replace(prepared, inputs=inputs)

    def _room(self, prepared: Prepared, sampling: Sampling) -> int:
        """Tokens that still fit beside the prompt."""
        room = self._loaded.context - prepared.prompt_tokens
        if room < min(LEAST_ROOM, sampling.max_new_tokens):
            raise DraftFailedError(reason=N_("film and words are longer than the model can take"))
        return room

    def _generate(self, prepared: Prepared, sampling: Sampling, between: Between) -> None:
        device = self._loaded.device
        with (
            torch.inference_mode(),
            torch.random.fork_rng([device] if device.type == "cuda" else []),
        ):
            torch.manual_seed(sampling.seed)
            self._loaded.model.generate(
                **prepared.inputs,
                **choosing(sampling),
                stopping_criteria=StoppingCriteriaList([between]),
            )


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out, on a GPU or in the CPU's allocator."""
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(part in str(error) for part in _NO_MEMORY)


def _placed(value: Any, device: Any, dtype: torch.dtype) -> Any:
    if not isinstance(value, Tensor):
        return value
    return value.to(device, dtype) if value.is_floating_point() else value.to(device)


def _attention(watch: Watch | None, text: TokenText, film: Grey | None) -> TextAttention | None:
    if watch is None or film is None:
        return None
    rows, columns = film.shape
    try:
        return over_film(watch.weights(len(text)), text.spans, watch.keys, (rows, columns))
    except (RuntimeError, MemoryError) as error:
        # The text is whole: it is kept without its maps.
        if not out_of_memory(error):
            raise
        return None
