"""``python -m core.evaluation promotion``: may a new version take the place of the old one?"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.domain.errors import N_
from core.domain.training_errors import EvaluationError
from core.evaluation.promotion.rule import FEWEST, LEAST, MARGIN, MOST_MARGIN, Outcome, Rule

if TYPE_CHECKING:
    from core.evaluation.promotion.decision import Decision

logger = logging.getLogger(__name__)


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "promotion", allow_abbrev=False, help="compare two versions on frozen patients, and decide"
    )
    parser.add_argument("--old", required=True, help="name of a model or version, or a folder")
    parser.add_argument("--new", required=True, help="name of a version, or a folder")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--on", type=Path, nargs="+", metavar="FOLDER",
        help="exports (their held-out patients), or folders with manifest.csv (their val films)",
    )  # fmt: skip
    what.add_argument(
        "--evaluation", type=Path, metavar="FOLDER",
        help="a kept evaluation of drafts, for models that write",
    )  # fmt: skip
    parser.add_argument("--margin", type=_margin, default=MARGIN, help=f"default {MARGIN}")
    parser.add_argument(
        "--least",
        type=_least,
        default=LEAST,
        help=f"patients with each finding, and without; default {LEAST}",
    )
    parser.add_argument(
        "--out", type=Path, help="folder of the decision; default: with the new version"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Return 1 where the new version is refused.

    Raises
    ------
    TrainingError
    """
    from core.evaluation.promotion.decision import write_decision

    try:
        decision, out = _decided(arguments)
        out.mkdir(parents=True, exist_ok=True)
        write_decision(decision, out)
    except OSError as error:
        template = N_("a file cannot be read or written: {why}")
        named = {"why": error.strerror or type(error).__name__}
        raise EvaluationError(
            reason=template.format(**named), template=template, named=named
        ) from error
    log_decision(decision)
    return int(not decision.accepts)


def _decided(arguments: argparse.Namespace) -> tuple[Decision, Path]:
    from core.settings import load_settings

    settings = load_settings()
    rule = Rule(arguments.margin, arguments.least)
    command = _command(arguments)
    if arguments.evaluation is not None:
        from core.evaluation.drafts.candidates import Place
        from core.evaluation.promotion import writers
        from core.evaluation.promotion.decision import of_writer
        from core.models.language.shelf import Shelf

        place = Place(Shelf(settings.models), settings.runs)
        decision = writers.compare(
            arguments.evaluation, arguments.old, arguments.new, rule, place, command
        )
        return decision, arguments.out or of_writer(settings.models, decision.new.digest)
    from core.evaluation.promotion import classifiers
    from core.models import registry
    from core.models.versions import folder_named

    old, new = (
        registry.shipped_folder(name) or folder_named(settings.models, name)
        for name in (arguments.old, arguments.new)
    )
    return classifiers.compare(old, new, arguments.on, rule, command), arguments.out or new


def log_decision(decision: Decision) -> None:
    """Log the outcome with every critical finding."""
    on = decision.frozen
    logger.info("%d films of %d frozen patients", on.films, on.patients)
    for name, found in decision.findings.items():
        if found.outcome is None:
            continue
        logger.info(
            "%s: %s (%d patients with it, %d without)",
            name, found.outcome.value, found.patients, found.patients_without,
        )  # fmt: skip
        for figure, pair in found.figures.items():
            if pair.difference is not None:
                each = pair.difference
                logger.info(
                    "  %s, new minus old: %+.3f (%+.3f to %+.3f)",
                    figure, each.value, each.low, each.high,
                )  # fmt: skip
    verdict = "accepted" if decision.outcome is Outcome.ACCEPTED else "refused"
    logger.info("%s: %s, margin %s", verdict, decision.outcome.value, decision.rule.margin)


def _command(arguments: argparse.Namespace) -> str:
    """What was typed, paths cut to their last part."""
    words = ["python -m core.evaluation promotion", f"--old {Path(arguments.old).name}"]
    words += [f"--new {Path(arguments.new).name}"]
    if arguments.on:
        words += [f"--on {' '.join(folder.name for folder in arguments.on)}"]
    if arguments.evaluation:
        words += [f"--evaluation {arguments.evaluation.name}"]
    words += [f"--margin {arguments.margin}", f"--least {arguments.least}"]
    return " ".join(words)


def _margin(text: str) -> float:
    margin = float(text)
    if not 0 < margin <= MOST_MARGIN:
        raise argparse.ArgumentTypeError(f"above 0, at most {MOST_MARGIN}")
    return margin


def _least(text: str) -> int:
    least = int(text)
    if least < FEWEST:
        raise argparse.ArgumentTypeError(f"at least {FEWEST}")
    return least
