"""``python -m core.training writer``: make a small model that writes, and train it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from core.domain.errors import N_, ModelError
from core.domain.training_errors import RunError

SIZE, STEPS, SEED = 176, 300, 3407


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "writer",
        allow_abbrev=False,
        help="make a small model that writes, and train all of it; no GPU is needed",
    )
    parser.add_argument(
        "--corpus", type=Path, required=True, help="folder of a corpus, or its name"
    )
    parser.add_argument("--out", type=Path, help="folder of the run; default: OVERREAD_HOME/runs")
    parser.add_argument(
        "--start", type=Path, help="run or checkpoint to go on from; default: a new model"
    )
    parser.add_argument(
        "--blank",
        action="store_true",
        help="a new model starts from nothing, not from the embedded network's trunk",
    )
    parser.add_argument(
        "--size", type=int, default=SIZE, help=f"side of a new model's square; default {SIZE}"
    )
    parser.add_argument("--steps", type=int, default=STEPS, help=f"default {STEPS}")
    parser.add_argument("--batch", type=int, help="films a step")
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--seed", type=int, default=SEED, help=f"default {SEED}")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Train a writer.

    Raises
    ------
    TrainingError
    """
    from core.settings import load_settings
    from core.training.corpus.folder import corpus_folder
    from core.training.finetuning.writer_training import Asked, train_writer

    settings = load_settings()
    corpus = corpus_folder(arguments.corpus, settings.corpora)
    out = arguments.out or settings.runs / f"writer-{corpus.resolve().name}"
    start = arguments.start
    if start is not None and not start.is_dir() and (settings.runs / start).is_dir():
        start = settings.runs / start
    asked = Asked(
        corpus=corpus,
        out=out,
        start=start,
        taught=not arguments.blank,
        size=arguments.size,
        steps=arguments.steps,
        batch=arguments.batch,
        learning_rate=arguments.learning_rate,
        seed=arguments.seed,
        resume=arguments.resume,
        command=_command(arguments),
    )
    try:
        train_writer(asked)
    except ModelError as error:
        raise RunError(reason=str(error).rstrip(".")) from error
    except OSError as error:
        template = N_("a file cannot be read or written: {why}")
        named = {"why": error.strerror or type(error).__name__}
        raise RunError(reason=template.format(**named), template=template, named=named) from error


def _command(arguments: argparse.Namespace) -> str:
    """What was typed, paths cut to their last part."""
    words = ["python -m core.training writer", f"--corpus {arguments.corpus.name}"]
    words += [f"--start {arguments.start.name}"] if arguments.start else []
    words += ["--blank"] if arguments.blank else []
    words += [f"--size {arguments.size}", f"--steps {arguments.steps}"]
    words += [f"--batch {arguments.batch}"] if arguments.batch else []
    words += [f"--learning-rate {arguments.learning_rate}"] if arguments.learning_rate else []
    words += [f"--seed {arguments.seed}"]
    return " ".join(words)
