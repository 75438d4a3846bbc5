"""A small writer from a corpus: the plan of a run in which the whole model trains.

A new model is made inside the run's folder (``start/``), so that the run holds all that it came
from; with ``start`` another run's model, or any captioning checkpoint, goes on learning. Films are
given other poses and exposures each time they are learned from.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from core.domain.errors import N_
from core.domain.training_errors import RunError
from core.models.language.checkpoint import Checkpoint
from core.models.language.digests import folder_digest
from core.models.torchvision_guard import ensure_torchvision
from core.training.corpus.folder import TRAIN, Corpus, open_corpus, verify
from core.training.finetuning.recipe import FULL, NO_QUANTIZATION, FineTuning
from core.training.finetuning.runs import CHECKPOINTS, MODEL, RUN, RunState

logger = logging.getLogger(__name__)

START = "start"
BACKEND = "transformers"
BATCH, LEARNING_RATE = 16, 6e-4


@dataclass(frozen=True)
class Asked:
    """What is asked of a run.

    Attributes
    ----------
    corpus, out : Path
        Folders of the corpus and of the run.
    start : Path or None
        A run or a checkpoint to go on from; ``None`` makes a new model.
    taught : bool
        Whether a new model's trunk starts from the embedded network's.
    size : int
        Side, in pixels, of the square that a new model reads.
    batch, learning_rate
        ``None`` for `BATCH` and `LEARNING_RATE`.
    command : str
        What was typed.
    """

    corpus: Path
    out: Path
    start: Path | None
    taught: bool
    size: int
    steps: int
    batch: int | None
    learning_rate: float | None
    seed: int
    resume: bool
    command: str

    @property
    def recipe(self) -> FineTuning:
        """Return the whole recipe.

        Raises
        ------
        RecipeError
        """
        return FineTuning(
            name="writer",
            method=FULL,
            quantization=NO_QUANTIZATION,
            compute="fp32",
            batch=self.batch or BATCH,
            accumulation=1,
            steps=self.steps,
            warmup_steps=self.steps // 10,
            learning_rate=self.learning_rate or LEARNING_RATE,
            schedule="cosine",
            optimizer="adamw_torch",
            weight_decay=0.05,
            gradient_checkpointing=False,
            max_length=128,
            save_steps=25,
            seed=self.seed,
        )


def train_writer(asked: Asked) -> RunState:
    """Make a writer where none is named, train it, and try what was saved.

    Raises
    ------
    CorpusError, RecipeError, RunError
    CheckpointRefusedError
        If the model to start from cannot be used.
    """
    ensure_torchvision()
    from core.training.finetuning.loop import train_in
    from core.training.finetuning.run_writer import RunWriter

    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise RunError(reason=N_("a small model that writes is trained on one device"))
    recipe = asked.recipe
    corpus = open_corpus(asked.corpus)
    verify(corpus)
    there = asked.out.exists()
    with RunWriter(asked.out) as writer:
        if (asked.out / RUN).exists() and not asked.resume:
            raise RunError(
                reason=N_("its folder holds a run already; resume that, or name another")
            )
        try:
            start = _start_of(asked, corpus)
            plan = _Teaching(start, corpus, recipe, asked.out).plan(asked.command)
            return train_in(writer, plan, asked.resume)
        finally:
            if not there and not (asked.out / RUN).exists():
                shutil.rmtree(asked.out, ignore_errors=True)


def _start_of(asked: Asked, corpus: Corpus) -> Checkpoint:
    """Return what the run starts from; the folder is claimed."""
    from core.training.finetuning.base import in_folder

    folder = asked.start or asked.out / START
    if asked.start is None and not (asked.out / RUN).exists():
        # What lies there without a run was asked for otherwise, or never begun with.
        shutil.rmtree(folder, ignore_errors=True)
        _make(folder, asked, corpus)
    elif (folder / RUN).is_file():
        folder = folder / MODEL
    found = in_folder(folder)
    if found.source.kind not in ("blip", "encoder_decoder"):
        raise RunError(reason=N_("the model to start from is none that captions"))
    return found


def _make(folder: Path, asked: Asked, corpus: Corpus) -> None:
    from core.training.finetuning.writer import WriterShape, save_writer

    part = folder.with_name(f".{START}")
    shutil.rmtree(part, ignore_errors=True)
    captions = corpus.split(TRAIN)["caption"]
    save_writer(part, captions, WriterShape(size=asked.size), asked.seed, taught=asked.taught)
    part.replace(folder)


def _name(folder: Path) -> str:
    """How a run calls what it starts from: a new model, the run that taught it, or its folder."""
    if folder.name == START:
        return "new writer"
    return folder.resolve().parent.name if folder.name == MODEL else folder.resolve().name


@dataclass(frozen=True)
class _Reference:
    """A batch and what the trained model made of it, on the CPU."""

    batch: Mapping[str, Tensor]
    logits: Tensor


class _Teaching:
    """Makes the model ready, saves it and has it tried; see `loop.Plan`."""

    def __init__(self, start: Checkpoint, corpus: Corpus, recipe: FineTuning, folder: Path) -> None:
        self._start = start
        self._corpus = corpus
        self._recipe = recipe
        self._folder = folder
        self._rows = corpus.split(TRAIN).select_columns(["identifier", "image", "caption"])
        self._captioner: Any = None

    def plan(self, command: str) -> Any:
        from core.training.finetuning.adapting import environment
        from core.training.finetuning.base import architecture
        from core.training.finetuning.loop import Plan

        manifest = self._corpus.manifest
        asked = {
            "model": {
                "name": _name(self._start.folder),
                "digest": self._start.digest,
                "architecture": architecture(self._start.folder),
            },
            "corpus": {
                "name": manifest.name,
                "digest": manifest.digest,
                "samples": len(self._rows),
            },
            "recipe": self._recipe.document(),
            "backend": BACKEND,
            "environment": environment(self._recipe),
            "command": command,
        }
        return Plan(self._folder, self._recipe, asked, self._ready, self._finish, self._check)

    def _ready(self) -> Any:
        import transformers as library

        from core.training.finetuning.backends import arguments
        from core.training.finetuning.base import compute_precision
        from core.training.finetuning.captioning import load_captioner
        from core.training.finetuning.loop import Ready

        transformers: Any = library
        recipe, gpu = self._recipe, torch.cuda.is_available()
        self._captioner = load_captioner(self._start)
        options = arguments.training(
            recipe, self._folder / CHECKPOINTS, compute_precision(recipe), gpu
        )
        return Ready(
            model=self._captioner.model,
            rows=self._rows,
            collate=self._captioner.collator(recipe.max_length, changes=recipe.seed),
            beside=self._captioner.tokenizer,
            trainer=transformers.Trainer,
            arguments=transformers.TrainingArguments(**options),
        )

    def _finish(self, model: Any) -> tuple[str, _Reference]:
        folder = self._folder / MODEL
        self._captioner.save(folder)
        batch = self._captioner.collator(self._recipe.max_length)([self._rows[0]])
        return folder_digest(folder).digest, _Reference(batch, _logits(model, batch))

    def _check(self, reference: _Reference) -> dict[str, dict[str, Any]]:
        from core.training.finetuning.base import in_folder
        from core.training.finetuning.captioning import load_captioner

        saved = _logits(load_captioner(in_folder(self._folder / MODEL)).model, reference.batch)
        before = _logits(load_captioner(self._start).model, reference.batch)
        return {
            "changes_output": _entry(
                _difference(before, reference.logits), N_("training changed nothing"), same=False
            ),
            "reload_exact": _entry(
                _difference(saved, reference.logits),
                N_("the saved model does not give what the trained one gave"),
                same=True,
            ),
        }


def _logits(model: Any, batch: Mapping[str, Tensor]) -> Tensor:
    model = model.cpu().eval()
    with torch.no_grad():
        logits: Tensor = model(**batch).logits
    return logits


def _difference(one: Tensor, other: Tensor) -> float:
    return float((one - other).abs().max()) if one.shape == other.shape else float("inf")


def _entry(difference: float, sentence: str, *, same: bool) -> dict[str, Any]:
    passed = (difference == 0.0) is same
    entry: dict[str, Any] = {"passed": passed, "difference": difference}
    return entry if passed else entry | {"sentence": sentence}
