"""``python -m core.evaluation embedded|film-check|labeller``: recompute shipped figures."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from core.models.registry import EMBEDDED_FOLDER, FILM_CHECK_FOLDER


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m core.evaluation")
    commands = parser.add_subparsers(dest="command", required=True)
    embedded = commands.add_parser("embedded", help="measure the embedded classifier again")
    embedded.add_argument("--data", type=Path, required=True, help="folder with manifest.csv")
    embedded.add_argument("--weights", type=Path, default=EMBEDDED_FOLDER)
    check = commands.add_parser("film-check", help="measure the gate before a draft")
    check.add_argument("--data", type=Path, required=True, help="folder with manifest.csv")
    check.add_argument("--dicom", type=Path, help="folder of DICOM files with manifest.csv")
    check.add_argument("--weights", type=Path, default=FILM_CHECK_FOLDER)
    check.add_argument("--write", action="store_true", help="into measured.json and the card")
    reports = commands.add_parser("labeller", help="measure the report labeller on coded reports")
    reports.add_argument("--reports", type=Path, required=True, help="CSV with mesh_major")
    reports.add_argument("--out", type=Path, help="write the figures as JSON")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if arguments.command == "labeller":
        _labeller(arguments.reports, arguments.out)
        return
    if arguments.command == "film-check":
        _film_check(arguments.data, arguments.dicom, arguments.weights, arguments.write)
        return
    # Torch is slow to import: not before the arguments are known to be right.
    from core.evaluation.embedded import compare_with_file, measure_again
    from core.evaluation.figures_log import log_figures

    figures = measure_again(arguments.data, arguments.weights)
    log_figures(figures)
    if compare_with_file(figures, arguments.weights).differing:
        sys.exit(1)


def _film_check(data: Path, dicom: Path | None, weights: Path, write: bool) -> None:
    import torch

    from core.evaluation import film_check
    from core.evaluation.film_check_card import write_card

    torch.set_num_threads(1)
    # It tells at length of every decoder that does not know a damaged file.
    logging.getLogger("pydicom").setLevel(logging.CRITICAL)
    figures = film_check.measure(data, dicom, weights)
    film_check.log_figures(figures)
    if write:
        film_check.write_figures(weights, figures)
        write_card(weights)


def _labeller(reports: Path, out: Path | None) -> None:
    from core.evaluation import labeller

    figures = labeller.measure(labeller.read_reports(reports))
    labeller.log_figures(figures)
    if out is not None:
        labeller.write_figures(figures, out)


if __name__ == "__main__":
    main()
