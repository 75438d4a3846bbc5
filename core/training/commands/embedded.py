"""``python -m core.training embedded``: train the embedded classifier."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path
from typing import Any

from core.training.recipe import Recipe


def add(commands: Any) -> None:
    parser = commands.add_parser("embedded", help="train the embedded classifier")
    parser.add_argument("--data", type=Path, required=True, help="folder with manifest.csv")
    parser.add_argument("--out", type=Path, required=True, help="folder for the weights")
    for field in fields(Recipe):
        parser.add_argument(
            f"--{field.name.replace('_', '-')}",
            type=type(field.default),
            default=field.default,
            help=f"default {field.default}",
        )
    parser.add_argument(
        "--start",
        type=Path,
        help="folder of a run whose members to go on from; with --epochs 0 as they are",
    )
    parser.add_argument(
        "--fit-only",
        action="store_true",
        help="stop before measuring; the same command without it measures, also elsewhere",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    recipe = Recipe(**{field.name: getattr(arguments, field.name) for field in fields(Recipe)})
    from core.training.run import train_embedded

    out, start = arguments.out, arguments.start
    train_embedded(arguments.data, out, recipe, start=start, fit_only=arguments.fit_only)
