"""``python -m core.training lora``: fine-tune a model that writes, by an adapter."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.domain.errors import N_, ModelError, TrainingError
from core.domain.training_errors import RunError
from core.settings import load_settings
from core.training.finetuning.backends.choice import BACKENDS, UNSLOTH
from core.training.finetuning.recipe import (
    RECIPES,
    FineTuning,
    documentation,
    open_recipe,
    read_recipe,
)

_PATHS = ("--model", "--corpus", "--out", "--recipe")


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "lora",
        # A shortened --model or --out would be kept with its whole path; see `command`.
        allow_abbrev=False,
        help="fine-tune a model that writes, by a LoRA adapter",
        description="Train a LoRA adapter beside the frozen weights of a chat model. The run is a "
        "folder that the Training runs page shows; it can be cancelled there, and resumed.",
    )
    parser.add_argument("--model", help="name in the catalogue, or a folder with a model")
    parser.add_argument("--corpus", help="folder of a corpus, or its name in OVERREAD_HOME/corpora")
    parser.add_argument(
        "--recipe", default="original", help=f"{', '.join(RECIPES)}, or a TOML file of fields"
    )
    parser.add_argument("--out", type=Path, help="folder of the run; default OVERREAD_HOME/runs")
    parser.add_argument("--resume", action="store_true", help="go on with the run in --out")
    parser.add_argument("--backend", choices=BACKENDS, default="auto", help="default auto")
    parser.add_argument(
        "--count", action="store_true", help="print trained parameters of the real models and leave"
    )
    single = parser.add_argument_group("fields of the recipe, each changed alone")
    for each in fields(FineTuning):
        if each.name not in ("name", "method"):
            _add_field(single, each.name, each.default)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    if arguments.count:
        from core.training.finetuning.parameters import table

        sys.stdout.write(table())
        return
    try:
        _train(arguments)
    except ModelError as error:
        raise _as_training(error) from error


def _train(arguments: argparse.Namespace) -> None:
    """Choose the library first: Unsloth must come before transformers."""
    # Whatever a library looks for lies on this machine, or is not there.
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    if arguments.resume:
        _from_before(arguments)
    recipe = _recipe(arguments)
    if not arguments.model or not arguments.corpus:
        raise RunError(reason=N_("a new run needs --model and --corpus"))
    from core.training.finetuning.backends.choice import choose, start_unsloth

    if arguments.out is None and int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise RunError(reason=N_("a run on several devices needs --out, the same for all of them"))
    backend = choose(recipe, arguments.backend)
    folder = arguments.out or _new_folder(arguments.model)
    if backend == UNSLOTH:
        start_unsloth(folder)
    from core.models.torchvision_guard import ensure_torchvision

    ensure_torchvision()
    from core.models.language.shelf import Shelf
    from core.training.corpus.folder import TRAIN, corpus_folder, open_corpus, verify
    from core.training.finetuning.adapting import Adapting
    from core.training.finetuning.base import (
        check_corpus,
        check_machine,
        find_base,
        named_base,
    )
    from core.training.finetuning.loop import train

    base = find_base(arguments.model, Shelf(load_settings().models))
    check_machine(recipe, base.source.stored)
    corpus = open_corpus(corpus_folder(Path(arguments.corpus), load_settings().corpora))
    check_corpus(recipe, corpus.manifest.samples.get(TRAIN, 0))
    verify(corpus)
    named = named_base(base, arguments.model)
    plan = Adapting(base, corpus, recipe, backend, folder, named).plan(command(sys.argv[1:]))
    train(plan, arguments.resume)


def _from_before(arguments: argparse.Namespace) -> None:
    """Take model, corpus and recipe of a run that is resumed from its folder.

    Raises
    ------
    RunError
    """
    from core.training.finetuning.runs import read_run

    if arguments.out is None:
        raise RunError(reason=N_("--resume needs --out, the folder of the run"))
    before = read_run(arguments.out)
    if any(getattr(arguments, each.name, None) is not None for each in fields(FineTuning)):
        raise RunError(reason=N_("a run that is resumed keeps its recipe"))
    arguments.known_recipe = dict(before.recipe)
    arguments.model = arguments.model or str(before.model.get("named") or before.model["name"])
    arguments.corpus = arguments.corpus or str(before.corpus.get("folder", ""))
    arguments.backend = before.backend


def _recipe(arguments: argparse.Namespace) -> FineTuning:
    if arguments.resume:
        return read_recipe(arguments.known_recipe)
    changed = {
        each.name: value
        for each in fields(FineTuning)
        if (value := getattr(arguments, each.name, None)) is not None
    }
    recipe = open_recipe(arguments.recipe, **changed)
    if recipe.method != "lora":
        raise RunError(reason=N_("this command trains adapters"))
    return recipe


def _add_field(group: Any, name: str, default: Any) -> None:
    unit, reason = documentation()[name]
    choices = next(each.metadata["choices"] for each in fields(FineTuning) if each.name == name)
    said = f"{reason.replace('%', '%%')} Default {default}{f' {unit}' if unit else ''}."
    option = f"--{name.replace('_', '-')}"
    if isinstance(default, bool):
        group.add_argument(option, action=argparse.BooleanOptionalAction, default=None, help=said)
    else:
        kind = type(default)
        group.add_argument(option, type=kind, choices=choices or None, default=None, help=said)


def _new_folder(model: str) -> Path:
    from core.models.language.catalogue import plain_name

    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    return load_settings().runs / f"{plain_name(Path(model).name) or 'model'}-{stamp}"


def command(typed: list[str]) -> str:
    """Return what was typed, of paths the last part alone."""
    said = []
    for before, word in zip(["", *typed], typed, strict=False):
        option, equals, value = word.partition("=")
        if equals and option in _PATHS:
            word = f"{option}={Path(value).name}"
        elif before in _PATHS:
            word = Path(word).name
        said.append(word)
    return shlex.join(["python", "-m", "core.training", *said])


def _as_training(error: ModelError) -> TrainingError:
    """A model that cannot be used is told by the command as its other errors are."""
    reason = str(error).rstrip(".")
    return RunError(reason=reason[:1].lower() + reason[1:])
