"""``python -m core.training lora``."""

from __future__ import annotations

import argparse
from typing import Any


def add(commands: Any) -> None:
    parser = commands.add_parser("lora")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    raise NotImplementedError
