"""``python -m core.training relearn``: the classifier learns from signed reports."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path
from typing import Any

from core.domain.errors import N_
from core.domain.training_errors import RunError
from core.training.relearning.recipe import PARTS, Relearning

_HELP = {
    "parts": "what is fitted again: whole keeps the maps; fuse takes many times as long",
    "anchor": "weight of the distance from the old weights",
    "rehearsal": "how much a film of --data counts against one of the ledger",
    "most_rehearsal": "films of --data at most",
}


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "relearn", allow_abbrev=False, help="let the classifier learn from signed reports"
    )
    parser.add_argument("--labels", type=Path, required=True, help="folder of an export")
    parser.add_argument("--base", required=True, help="name of a model, or folder of its weights")
    parser.add_argument(
        "--out",
        required=True,
        help="name of the version, or a folder: OVERREAD_HOME/models/versions",
    )
    parser.add_argument("--data", type=Path, help="folder with manifest.csv: films to rehearse")
    for field in fields(Relearning):
        parser.add_argument(
            f"--{field.name.replace('_', '-')}",
            type=type(field.default),
            default=field.default,
            choices=PARTS if field.name == "parts" else None,
            help=f"{_HELP.get(field.name, '')} (default {field.default})".strip(),
        )
    parser.add_argument("--threads", type=int, default=1, help="default 1")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Relearn.

    Raises
    ------
    TrainingError
    """
    from core.models import registry
    from core.models.versions import folder_named
    from core.settings import load_settings
    from core.training.relearning.run import Asked, relearn

    recipe = Relearning(**{each.name: getattr(arguments, each.name) for each in fields(Relearning)})
    asked = Asked(
        labels=arguments.labels,
        base=registry.shipped_folder(arguments.base) or Path(arguments.base),
        out=folder_named(load_settings().models, arguments.out),
        rehearsal=arguments.data,
        recipe=recipe,
        command=_command(arguments, recipe),
        threads=arguments.threads,
    )
    try:
        relearn(asked)
    except OSError as error:
        template = N_("a file cannot be read or written: {why}")
        named = {"why": error.strerror or type(error).__name__}
        raise RunError(reason=template.format(**named), template=template, named=named) from error


def _command(arguments: argparse.Namespace, recipe: Relearning) -> str:
    """What was typed, paths cut to their last part."""
    words = ["python -m core.training relearn", f"--labels {arguments.labels.name}"]
    words += [f"--base {Path(arguments.base).name}", f"--out {Path(arguments.out).name}"]
    words += [f"--data {arguments.data.name}"] if arguments.data else []
    standard = Relearning()
    for each in fields(Relearning):
        value = getattr(recipe, each.name)
        if value != getattr(standard, each.name):
            words.append(f"--{each.name.replace('_', '-')} {value}")
    return " ".join(words)
