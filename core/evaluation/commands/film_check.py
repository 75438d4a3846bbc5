"""``python -m core.evaluation film-check``: measure the gate before a draft."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from typing import Any

from core.models.registry import FILM_CHECK_FOLDER


def add(commands: Any) -> None:
    parser = commands.add_parser("film-check", help="measure the gate before a draft")
    parser.add_argument("--data", type=Path, required=True, help="folder with manifest.csv")
    parser.add_argument("--dicom", type=Path, help="folder of DICOM files with manifest.csv")
    parser.add_argument("--weights", type=Path, default=FILM_CHECK_FOLDER)
    parser.add_argument("--write", action="store_true", help="into measured.json and the card")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    import torch

    from core.evaluation import film_check
    from core.evaluation.film_check_card import write_card

    torch.set_num_threads(1)
    # It tells at length of every decoder that does not know a damaged file.
    logging.getLogger("pydicom").setLevel(logging.CRITICAL)
    figures = film_check.measure(arguments.data, arguments.dicom, arguments.weights)
    film_check.log_figures(figures)
    if arguments.write:
        film_check.write_figures(arguments.weights, figures)
        write_card(arguments.weights)
    return 0
