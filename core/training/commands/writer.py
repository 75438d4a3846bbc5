"""``python -m core.training writer``."""

from __future__ import annotations

import argparse
from typing import Any


def add(commands: Any) -> None:
    parser = commands.add_parser("writer")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    raise NotImplementedError
