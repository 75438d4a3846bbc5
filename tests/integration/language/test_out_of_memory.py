"""Memory that runs out: one smaller try before the first word, a text that ends there after it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.domain.model_errors import ModelMemoryError
from core.models.drafter import Ending, Prompt, Sampling, Speaker, Turn
from core.models.language.generation import LEAST_ROOM, out_of_memory
from core.models.language.precision import Precision
from tests.tiny_models import loaded

FILM = np.random.default_rng(3).random((1500, 1000)).astype(np.float32)
SAMPLING = Sampling(temperature=1.0, min_p=0.0, max_new_tokens=24)
CPU = RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory")
GPU = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
ERRORS = [CPU, GPU, MemoryError()]


@pytest.fixture
def drafter(tiny_checkpoint: Callable[[str], Path]) -> Any:
    return loaded("qwen2_vl", tiny_checkpoint("qwen2_vl"), Precision.FP32)


def write(drafter: Any) -> tuple[Any, list[str]]:
    pieces: list[str] = []
    prompt = Prompt((Turn(Speaker.READER, "Describe the film."),))
    return drafter.write(FILM, prompt, SAMPLING, pieces.append, lambda: False), pieces


def failing(drafter: Any, error: BaseException, times: int, passes: int = 0) -> list[int]:
    """Let the model fail so many times, each after some passes; gives the prompts' lengths."""
    model = drafter._loaded.model
    generate = model.generate
    lengths: list[int] = []
    left = passes

    def fail(**options: Any) -> Any:
        nonlocal left
        lengths.append(options["input_ids"].shape[1])
        left = passes if len(lengths) <= times else 10_000
        return generate(**options)

    def spend(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise error

    model.generate = fail
    model.lm_head.register_forward_pre_hook(spend)  # once a pass
    return lengths


@pytest.mark.parametrize("error", ERRORS, ids=["cpu", "gpu", "python"])
def test_one_smaller_try_follows_and_is_told(drafter: Any, error: BaseException) -> None:
    lengths = failing(drafter, error, times=1)
    written, pieces = write(drafter)
    assert len(lengths) == 2
    assert written.text == "".join(pieces) and written.attention is not None
    assert written.versions["picture"] == "373 x 560"
    assert written.versions["retry"] == "memory ran out; a smaller picture and fewer tokens"
    assert len(written.attention.spans) <= 12


@pytest.mark.parametrize("error", ERRORS, ids=["cpu", "gpu", "python"])
def test_a_second_failure_is_one_sentence(drafter: Any, error: BaseException) -> None:
    lengths = failing(drafter, error, times=9)
    with pytest.raises(ModelMemoryError, match="Memory ran out while the model qwen2-vl"):
        write(drafter)
    assert len(lengths) == 2


def test_a_text_that_was_begun_ends_where_memory_ran_out(drafter: Any) -> None:
    whole, _ = write(drafter)
    lengths = failing(drafter, CPU, times=9, passes=4)
    written, pieces = write(drafter)
    assert len(lengths) == 1 and written.ending is Ending.MEMORY
    assert written.text == "".join(pieces) and whole.text.startswith(written.text)
    assert written.versions["memory"] == "ran out after 4 tokens"
    assert "retry" not in written.versions and written.attention is not None
    assert written.attention.spans[-1][1] == len(written.text)


def test_another_failure_is_not_taken_for_memory(drafter: Any) -> None:
    lengths = failing(drafter, RuntimeError("shapes cannot be multiplied"), times=9)
    with pytest.raises(RuntimeError, match="shapes"):
        write(drafter)
    assert len(lengths) == 1


def test_the_next_text_is_whole_again(drafter: Any) -> None:
    expected, _ = write(drafter)
    failing(drafter, CPU, times=1)
    write(drafter)
    again, _ = write(drafter)
    assert again.text == expected.text and "retry" not in again.versions


def test_what_counts_as_memory_that_ran_out() -> None:
    assert all(out_of_memory(error) for error in ERRORS)
    assert out_of_memory(RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED"))
    assert not out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    assert not out_of_memory(ValueError("out of memory"))
    assert LEAST_ROOM > 0
