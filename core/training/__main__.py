"""``python -m core.training embedded|film-check --data FOLDER --out FOLDER``."""

from __future__ import annotations

import argparse
import logging
from dataclasses import fields
from pathlib import Path

from core.training.recipe import Recipe


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core.training")
    commands = parser.add_subparsers(dest="command", required=True)
    embedded = commands.add_parser("embedded", help="train the embedded classifier")
    embedded.add_argument("--data", type=Path, required=True, help="folder with manifest.csv")
    embedded.add_argument("--out", type=Path, required=True, help="folder for the weights")
    check = commands.add_parser("film-check", help="train the gate before a draft")
    check.add_argument("--data", type=Path, required=True, help="folder with manifest.csv")
    check.add_argument("--out", type=Path, required=True, help="folder for the weights")
    for field in fields(Recipe):
        kind = type(field.default)
        embedded.add_argument(
            f"--{field.name.replace('_', '-')}",
            type=kind,
            default=field.default,
            help=f"default {field.default}",
        )
    return parser


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    arguments = _arguments().parse_args()
    if arguments.command == "film-check":
        from core.training.film_check import CheckRecipe, train_film_check

        train_film_check(arguments.data, arguments.out, CheckRecipe())
        return
    recipe = Recipe(**{field.name: getattr(arguments, field.name) for field in fields(Recipe)})
    # Torch is slow to import: not before the arguments are known to be right.
    from core.training.run import train_embedded

    train_embedded(arguments.data, arguments.out, recipe)


if __name__ == "__main__":
    main()
