"""``python -m core.evaluation embedded|labeller``: recompute shipped figures."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from core.models.registry import EMBEDDED_FOLDER


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m core.evaluation")
    commands = parser.add_subparsers(dest="command", required=True)
    embedded = commands.add_parser("embedded", help="measure the embedded classifier again")
    embedded.add_argument("--data", type=Path, required=True, help="folder with manifest.csv")
    embedded.add_argument("--weights", type=Path, default=EMBEDDED_FOLDER)
    reports = commands.add_parser("labeller", help="measure the report labeller on coded reports")
    reports.add_argument("--reports", type=Path, required=True, help="CSV with mesh_major")
    reports.add_argument("--out", type=Path, help="write the figures as JSON")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if arguments.command == "labeller":
        _labeller(arguments.reports, arguments.out)
        return
    # Torch is slow to import: not before the arguments are known to be right.
    from core.evaluation.embedded import compare_with_file, measure_again
    from core.evaluation.figures_log import log_figures

    figures = measure_again(arguments.data, arguments.weights)
    log_figures(figures)
    if compare_with_file(figures, arguments.weights).differing:
        sys.exit(1)


def _labeller(reports: Path, out: Path | None) -> None:
    from core.evaluation import labeller

    figures = labeller.measure(labeller.read_reports(reports))
    labeller.log_figures(figures)
    if out is not None:
        labeller.write_figures(figures, out)


if __name__ == "__main__":
    main()
