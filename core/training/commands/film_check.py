"""``python -m core.training film-check``: train the gate before a draft."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add(commands: Any) -> None:
    parser = commands.add_parser("film-check", help="train the gate before a draft")
    parser.add_argument("--data", type=Path, required=True, help="folder with manifest.csv")
    parser.add_argument("--out", type=Path, required=True, help="folder for the weights")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    from core.training.film_check import CheckRecipe, train_film_check

    train_film_check(arguments.data, arguments.out, CheckRecipe())
