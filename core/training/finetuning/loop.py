"""The one training loop: an adapter on a chat model and a small whole model go through it alike.

The trainer of transformers, or of trl, takes the steps. What is here claims the run's folder, goes
on from its newest checkpoint, has the history written, and ends in one of the states of
`core.training.finetuning.runs`, with a sentence where it failed.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers as transformers_library

from core.domain.errors import N_, OverreadError
from core.domain.training_errors import RunError
from core.models.language.generation import out_of_memory
from core.processes import forget_peak_memory, free_memory
from core.training.finetuning.base import check_corpus
from core.training.finetuning.checkpoints import drop_unfinished, newest
from core.training.finetuning.recipe import FineTuning
from core.training.finetuning.run_writer import RunWriter
from core.training.finetuning.runs import CHECKPOINTS, RUN, Parameters, RunState, read_run
from core.training.finetuning.watching import Watching, counting

transformers: Any = transformers_library  # annotated in part
log = logging.getLogger(__name__)

_KEPT = {
    "devices": N_("it began on {was} devices, and here it would go on on {now}"),
    "compute": N_("it began in {was} arithmetic, and here it would go on in {now}"),
}
"""What of its environment a run keeps when it is resumed: others go another way."""


@dataclass(frozen=True)
class Ready:
    """What a trainer takes.

    Attributes
    ----------
    model : Module
        Its parameters that train are those that want a gradient.
    rows : datasets.Dataset
    collate : callable
        From rows to a batch.
    beside : object or None
        Processor or tokenizer.
    trainer : type
        `transformers.Trainer` or one that extends it.
    arguments : transformers.TrainingArguments
        See `core.training.finetuning.backends.arguments`.
    """

    model: Any
    rows: Any
    collate: Callable[[Any], Any]
    beside: Any
    trainer: type
    arguments: Any


@dataclass(frozen=True)
class Plan:
    """A run before it starts.

    Attributes
    ----------
    asked : mapping
        ``model``, ``corpus``, ``recipe``, ``backend``, ``environment`` and ``command`` of run.json.
    ready : callable
        Loads the model; what it takes of memory is freed before the checks.
    finish : callable
        Given the trained model, saves it and returns the SHA-256 of what was saved, and what the
        checks compare with.
    check : callable
        Given that, tries the saved weights and returns ``checks.json``, where each entry says
        ``passed`` and, where it did not, ``sentence``.
    """

    folder: Path
    recipe: FineTuning
    asked: Mapping[str, Any]
    ready: Callable[[], Ready]
    finish: Callable[[Any], tuple[str, Any]]
    check: Callable[[Any], Mapping[str, Mapping[str, Any]]]


def train(plan: Plan, resume: bool = False) -> RunState:
    """Train, save and check; return ``DONE`` or ``CANCELLED``.

    Of the processes of a run on several devices the first alone writes.

    Parameters
    ----------
    resume : bool
        Go on from the newest checkpoint of the folder, from the start where there is none.

    Raises
    ------
    RunError
        If the folder is taken, is of another run, or training failed; the run's state says so too.
    """
    if int(os.environ.get("RANK", "0")):
        return _trained(plan, None, newest(plan.folder / CHECKPOINTS) if resume else None)
    with RunWriter(plan.folder) as writer:
        return train_in(writer, plan, resume)


def train_in(writer: RunWriter, plan: Plan, resume: bool = False) -> RunState:
    """As `train`, in a folder that is claimed already."""
    found = _begin(plan, writer, resume)
    try:
        return _trained(plan, writer, found)
    except OverreadError as error:
        writer.end(RunState.FAILED, error=error)
        raise
    except Exception as error:
        # The libraries raise errors of every kind, and the run has to tell each.
        log.exception("training ended in an error")
        told = _told(error)
        writer.end(RunState.FAILED, error=told)
        raise told from error


def _begin(plan: Plan, writer: RunWriter, resume: bool) -> tuple[int, Path] | None:
    folder, steps = plan.folder / CHECKPOINTS, plan.recipe.steps
    if not resume:
        if (plan.folder / RUN).exists():
            raise RunError(
                reason=N_("its folder holds a run already; resume that, or name another")
            )
        writer.begin({"parameters": None, **plan.asked}, steps)
        return None
    _same(plan)
    drop_unfinished(folder)
    found = newest(folder)
    writer.resume(found[0] if found else 0, steps, plan.asked["environment"])
    return found


def _same(plan: Plan) -> None:
    """Refuse to go on with another corpus, model or recipe, or on devices that count otherwise."""
    before = read_run(plan.folder)
    if before.state is RunState.DONE:
        raise RunError(reason=N_("it is done already"))
    for was, now, sentence in (
        (before.corpus, plan.asked["corpus"], N_("the corpus has changed since it began")),
        (before.model, plan.asked["model"], N_("the model has changed since it began")),
    ):
        if was.get("digest") != now["digest"]:
            raise RunError(reason=sentence)
    if dict(before.recipe) != dict(plan.asked["recipe"]):
        raise RunError(reason=N_("the recipe has changed since it began"))
    if before.backend != plan.asked["backend"]:
        raise RunError(reason=N_("it began with another library, which goes another way"))
    for name, template in _KEPT.items():
        named = {"was": before.environment.get(name), "now": plan.asked["environment"].get(name)}
        if named["was"] != named["now"]:
            raise RunError(reason=template.format(**named), template=template, named=named)


def _trained(plan: Plan, writer: RunWriter | None, found: tuple[int, Path] | None) -> RunState:
    ended = _steps(plan, writer, found)
    if ended is None:
        if writer is not None:
            writer.end(RunState.CANCELLED)
        return RunState.CANCELLED
    free_memory()
    if writer is not None:
        digest, reference = ended
        checks = plan.check(reference)
        writer.check(checks)
        for entry in checks.values():
            if not entry["passed"]:
                raise RunError(reason=str(entry["sentence"]))
        # The other way round a machine that goes down in between would lose both.
        writer.end(RunState.DONE, digest)
        shutil.rmtree(plan.folder / CHECKPOINTS, ignore_errors=True)
    return RunState.DONE


def _steps(
    plan: Plan, writer: RunWriter | None, found: tuple[int, Path] | None
) -> tuple[str, Any] | None:
    """Take the steps and save; ``None`` where the run was cancelled."""
    transformers.set_seed(plan.recipe.seed)
    forget_peak_memory()
    ready = plan.ready()
    counted = count(ready.model)
    if writer is not None:
        writer.counted(counted.trained, counted.total)
    check_corpus(plan.recipe, len(ready.rows))
    watching = Watching(writer)
    trainer = counting(ready.trainer)(
        model=ready.model,
        args=ready.arguments,
        train_dataset=ready.rows,
        data_collator=ready.collate,
        processing_class=ready.beside,
        callbacks=[watching],
    )
    trainer.remove_callback(transformers.PrinterCallback)
    _in_32_bits(ready.model)
    # Checkpoints hold files of torch; the trainer reads them with weights_only.
    trainer.train(resume_from_checkpoint=str(found[1]) if found else None)
    if watching.cancelled:
        return None
    if writer is None:
        return "", None
    # Without the trainer's own mixed precision: the checks set theirs, the same for both copies.
    model = trainer.accelerator.unwrap_model(trainer.model, keep_fp32_wrapper=False)
    return plan.finish(model)


def count(model: Any) -> Parameters:
    """Count the parameters of a model; 4-bit weights count as the numbers they stand for."""
    trained = total = 0
    for parameter in model.parameters():
        stands_for = getattr(getattr(parameter, "quant_state", None), "shape", parameter.shape)
        numbers = int(torch.Size(stands_for).numel())
        total += numbers
        trained += numbers if parameter.requires_grad else 0
    return Parameters(trained, total)


def _in_32_bits(model: Any) -> None:
    """Hold what trains in 32 bits; trl halves it beside 4-bit weights, and small steps are lost."""
    for parameter in model.parameters():
        if parameter.requires_grad and parameter.dtype in (torch.bfloat16, torch.float16):
            parameter.data = parameter.data.float()


def _told(error: BaseException) -> RunError:
    """Return an error of the libraries as one of ours, in one sentence."""
    if out_of_memory(error):
        free_memory()
        return RunError(reason=N_("memory ran out; a smaller batch or picture needs less"))
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return RunError(reason=N_("the disk is full"))
    template = N_("the training libraries ended with {kind}; the log of the run says where")
    named = {"kind": type(error).__name__}
    return RunError(reason=template.format(**named), template=template, named=named)
