"""``python -m core.evaluation embedded``: measure the embedded classifier again."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from core.models.registry import EMBEDDED_FOLDER


def add(commands: Any) -> None:
    parser = commands.add_parser("embedded", help="measure the embedded classifier again")
    parser.add_argument("--data", type=Path, required=True, help="folder with manifest.csv")
    parser.add_argument("--weights", type=Path, default=EMBEDDED_FOLDER)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Return 1 if any figure differs from the one beside the weights."""
    from core.evaluation.embedded import compare_with_file, measure_again
    from core.evaluation.figures_log import log_figures

    figures = measure_again(arguments.data, arguments.weights)
    log_figures(figures)
    return int(bool(compare_with_file(figures, arguments.weights).differing))
