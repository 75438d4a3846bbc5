"""What is done between two steps: history is written, checkpoints are sealed, stops are heard."""

from __future__ import annotations

import importlib
import math
import time
from pathlib import Path
from typing import Any

import transformers as transformers_library
from torch import Tensor

from core.domain.errors import N_
from core.domain.training_errors import RunError
from core.processes import peak_gpu_memory_bytes, peak_memory_bytes
from core.training.finetuning.checkpoints import seal
from core.training.finetuning.run_writer import RunWriter
from core.training.finetuning.runs import Step

transformers: Any = transformers_library  # annotated in part
accelerate: Any = importlib.import_module("accelerate.utils")

TOKENS = "overread_tokens"


class Watching(transformers.TrainerCallback):  # type: ignore[misc]
    """Writes the history of a run, and stops it where that was asked for.

    Parameters
    ----------
    writer : RunWriter or None
        Of the process that keeps the folder; ``None`` in the others of a run on several devices.
    """

    def __init__(self, writer: RunWriter | None) -> None:
        self._writer = writer
        self._since = time.perf_counter()
        self.cancelled = False

    def on_train_begin(self, *_: Any, **__: Any) -> None:
        self._since = time.perf_counter()

    def on_log(self, _args: Any, state: Any, _control: Any, logs: dict[str, Any], **_: Any) -> None:
        """Append a step.

        Raises
        ------
        RunError
            If the loss is no number any more.
        """
        if "loss" not in logs:
            return
        step, loss = int(state.global_step), float(logs["loss"])
        if not math.isfinite(loss):
            template = N_(
                "the loss is no number any more at step {step}; a lower learning rate helps"
            )
            named = {"step": str(step)}
            raise RunError(reason=template.format(**named), template=template, named=named)
        seconds = max(time.perf_counter() - self._since, 1e-9)
        self._since = time.perf_counter()
        if self._writer is not None:
            self._writer.add(
                Step(
                    step=step,
                    loss=loss,
                    learning_rate=float(logs.get("learning_rate", 0.0)),
                    seconds=seconds,
                    tokens_per_second=float(logs.get(TOKENS, 0.0)) / seconds,
                    memory_bytes=peak_gpu_memory_bytes() or peak_memory_bytes(),
                    gradient_norm=_finite(logs.get("grad_norm")),
                )
            )

    def on_step_end(self, _args: Any, state: Any, control: Any, **_: Any) -> None:
        # All processes of a run stop after the same step.
        asked = [self._writer is not None and self._writer.cancel_asked()]
        if accelerate.broadcast_object_list(asked)[0] and state.global_step < state.max_steps:
            self.cancelled = True
            control.should_training_stop = True
            control.should_save = True

    def on_save(self, args: Any, state: Any, _control: Any, **_: Any) -> None:
        # Each process of a run writes its own random state beside the weights.
        accelerate.wait_for_everyone()
        if self._writer is not None:
            seal(Path(args.output_dir) / f"checkpoint-{state.global_step}")
        # Writing it is no part of the next step.
        self._since = time.perf_counter()


def counting(trainer: type) -> type:
    """Return a trainer that logs how many tokens each step took, and writes no model card."""

    class Counting(trainer):  # type: ignore[misc]
        _tokens: Tensor | None = None

        def training_step(self, model: Any, inputs: Any, *more: Any, **named: Any) -> Any:
            here = _count(inputs)
            self._tokens = here if self._tokens is None else self._tokens + here
            return super().training_step(model, inputs, *more, **named)

        def log(self, logs: dict[str, float], *more: Any, **named: Any) -> None:
            if self._tokens is not None and "loss" in logs:
                everywhere = self._tokens.to(self.args.device)
                logs[TOKENS] = float(self.accelerator.reduce(everywhere, "sum"))
                self._tokens = None
            super().log(logs, *more, **named)

        def create_model_card(self, *_: Any, **__: Any) -> None:
            """A run is described by its own files."""

    return Counting


def _count(inputs: Any) -> Tensor:
    """Tokens of all sequences, padding left out."""
    if "attention_mask" in inputs:
        return inputs["attention_mask"].sum().detach()  # type: ignore[no-any-return]
    return (inputs["labels"] >= 0).sum().detach()  # type: ignore[no-any-return]


def _finite(value: Any) -> float | None:
    return float(value) if value is not None and math.isfinite(float(value)) else None
