"""``python -m core.evaluation embedded --data FOLDER``: recompute shipped figures."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from core.models.registry import EMBEDDED_FOLDER


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m core.evaluation")
    commands = parser.add_subparsers(dest="command", required=True)
    embedded = commands.add_parser("embedded", help="measure the embedded classifier again")
    embedded.add_argument("--data", type=Path, required=True, help="folder with manifest.csv")
    embedded.add_argument("--weights", type=Path, default=EMBEDDED_FOLDER)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    # Torch is slow to import: not before the arguments are known to be right.
    from core.evaluation.embedded import log_figures, measure_again

    log_figures(measure_again(arguments.data, arguments.weights))


if __name__ == "__main__":
    main()
