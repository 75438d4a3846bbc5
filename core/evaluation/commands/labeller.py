"""``python -m core.evaluation labeller``: measure the report labeller on coded reports."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add(commands: Any) -> None:
    parser = commands.add_parser("labeller", help="measure the report labeller on coded reports")
    parser.add_argument("--reports", type=Path, required=True, help="CSV with mesh_major")
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from core.evaluation import labeller

    figures = labeller.measure(labeller.read_reports(arguments.reports))
    labeller.log_figures(figures)
    if arguments.out is not None:
        labeller.write_figures(figures, arguments.out)
    return 0
