"""``python -m core.training corpus``."""

from __future__ import annotations

import argparse
from typing import Any


def add(commands: Any) -> None:
    parser = commands.add_parser("corpus")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    raise NotImplementedError
