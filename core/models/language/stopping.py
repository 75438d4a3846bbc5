"""What is asked between two tokens, and how the next one is chosen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from transformers import StoppingCriteria

from core.models.drafter import Ending, Sampling
from core.models.language.token_text import TokenText


class Between(StoppingCriteria):
    """What happens between two tokens: text goes out, stop and limit are asked.

    ``started`` is a time of `time.perf_counter`, from which the limit counts.
    """

    def __init__(
        self,
        text: TokenText,
        sampling: Sampling,
        ends: Iterable[int],
        stop: Callable[[], bool],
        started: float,
    ) -> None:
        self.text = text
        self.ending = Ending.LENGTH
        self.late = False
        self._ends = frozenset(ends)
        self._stop = stop
        self._started = started
        self._limit = sampling.max_seconds

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._started

    def __call__(self, input_ids: Tensor, *_: Any, **__: Any) -> Tensor:
        token = int(input_ids[0, -1])
        self.text.add(token)
        if token in self._ends:
            self.ending = Ending.COMPLETE
        elif self._stop():
            self.ending = Ending.STOPPED
        elif self._limit is not None and self.seconds > self._limit:
            self.late = True
        done = self.late or self.ending is not Ending.LENGTH
        return torch.full((input_ids.shape[0],), done, dtype=torch.bool, device=input_ids.device)


def choosing(sampling: Sampling) -> dict[str, Any]:
    """Return how ``generate`` chooses words; what a checkpoint's own settings say is overruled."""
    drawn: dict[str, Any] = {"do_sample": False}
    drawn |= dict.fromkeys(("temperature", "min_p", "top_k", "top_p"))
    if sampling.temperature > 0:
        drawn = {
            "do_sample": True,
            "temperature": sampling.temperature,
            "min_p": sampling.min_p,
            "top_k": 0,
            "top_p": 1.0,
        }
    return {
        **drawn,
        "num_beams": 1,
        "num_return_sequences": 1,
        "max_new_tokens": sampling.max_new_tokens,
        "max_length": None,
        "min_length": 0,
        "use_cache": True,
        "cache_implementation": "dynamic",
        "output_attentions": False,
        "output_hidden_states": False,
        "return_dict_in_generate": False,
    }
