"""``python -m core.evaluation drafts``: let models write about a corpus, and measure the texts."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.domain.errors import N_, ModelError
from core.domain.training_errors import EvaluationError
from core.models.language.precision import Precision
from core.training.corpus.folder import TRAIN, VALIDATION, corpus_folder

if TYPE_CHECKING:
    from core.evaluation.drafts.scoring import Similarity

logger = logging.getLogger(__name__)


def add(commands: Any) -> None:
    parser = commands.add_parser("drafts", help="measure models that write, beside two baselines")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--models",
        help="names, runs or folders, separated by commas; overread-embedded-3 is the classifier "
        "with its template",
    )
    what.add_argument(
        "--again", type=Path, metavar="FOLDER", help="make the figures of an evaluation again"
    )
    parser.add_argument("--corpus", type=Path, help="folder of a corpus, or its name")
    parser.add_argument("--split", choices=(VALIDATION, TRAIN), default=VALIDATION)
    parser.add_argument("--limit", type=_count, help="at most so many samples")
    parser.add_argument("--seed", type=int, default=3407, help="which samples, with --limit")
    parser.add_argument(
        "--ask",
        choices=("own", "describe"),
        default="own",
        help="own: each sample's question, measured by its answer; describe: one question for all, "
        "measured by the captions",
    )
    parser.add_argument("--out", type=Path, help="folder of the evaluation; goes on where begun")
    parser.add_argument("--encoder", type=Path, help="folder of a sentence encoder")
    parser.add_argument("--precision", choices=[each.value for each in Precision])
    parser.add_argument("--tokens", type=_count, default=256, help="most tokens of a text")
    parser.add_argument("--seconds", type=float, help="longest time for a text")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Return 1 where the figures of ``--again`` differ from those of the file.

    Raises
    ------
    TrainingError
    """
    _be_quiet()
    similarity = _similarity(arguments.encoder)
    if arguments.again is not None:
        return _again(arguments.again, similarity)
    if arguments.corpus is None:
        raise EvaluationError(reason=N_("--corpus names no corpus"))
    from core.evaluation.drafts.report import log_table

    try:
        log_table(_evaluated(arguments, similarity))
    except ModelError as error:
        raise EvaluationError(reason=str(error).rstrip(".")) from error
    except OSError as error:
        template = N_("a file cannot be read or written: {why}")
        named = {"why": error.strerror or type(error).__name__}
        raise EvaluationError(
            reason=template.format(**named), template=template, named=named
        ) from error
    return 0


def _evaluated(arguments: argparse.Namespace, similarity: Similarity | None) -> Any:
    from core.evaluation.drafts.candidates import Place
    from core.evaluation.drafts.evaluate import Request, default_folder, evaluate
    from core.evaluation.drafts.samples import Ask
    from core.models.drafter import Sampling
    from core.models.language.shelf import Shelf
    from core.settings import load_settings

    settings = load_settings()
    corpus = corpus_folder(arguments.corpus, settings.corpora)
    out = arguments.out or default_folder(settings.evaluations, corpus, arguments.split)
    names = tuple(name.strip() for name in arguments.models.split(",") if name.strip())
    precision = Precision(arguments.precision) if arguments.precision else settings.precision
    place = Place(
        shelf=Shelf(settings.models),
        runs=settings.runs,
        precision=precision,
        sampling=Sampling(
            max_new_tokens=arguments.tokens,
            max_seconds=arguments.seconds or settings.writing_seconds,
        ),
    )
    request = Request(
        models=names,
        corpus=corpus,
        out=out,
        split=arguments.split,
        limit=arguments.limit,
        seed=arguments.seed,
        ask=Ask(arguments.ask),
        command=_command(arguments, names),
    )
    logger.info("evaluation: %s", out.name)
    return evaluate(request, place, similarity)


def _again(folder: Path, similarity: Similarity | None) -> int:
    from core.evaluation.drafts.evaluate import again
    from core.evaluation.drafts.report import log_table

    measured, wrong = again(folder, similarity)
    log_table(measured)
    for each in wrong:
        logger.info("differs: %s", each)
    if not wrong:
        logger.info("all figures agree with the file")
    return int(bool(wrong))


def _similarity(folder: Path | None) -> Similarity | None:
    if folder is None:
        return None
    from core.evaluation.drafts.similarity import Encoder

    return Encoder(folder)


def _command(arguments: argparse.Namespace, names: tuple[str, ...]) -> str:
    """What was typed, paths cut to their last part."""
    models = ",".join(Path(name).name for name in names)
    words = ["python -m core.evaluation drafts", f"--models {models}"]
    words += [f"--corpus {Path(arguments.corpus).name}", f"--split {arguments.split}"]
    words += [f"--limit {arguments.limit}"] if arguments.limit else []
    words += [f"--seed {arguments.seed}", f"--ask {arguments.ask}"]
    words += [f"--encoder {arguments.encoder.name}"] if arguments.encoder else []
    words += [f"--precision {arguments.precision}"] if arguments.precision else []
    words += [f"--tokens {arguments.tokens}"]
    words += [f"--seconds {arguments.seconds}"] if arguments.seconds else []
    return " ".join(words)


def _be_quiet() -> None:
    """Libraries tell of files and progress; nothing of them belongs into these lines."""
    for name in ("absl", "datasets", "transformers", "sacrebleu", "httpx"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number
