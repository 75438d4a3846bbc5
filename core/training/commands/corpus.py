"""``python -m core.training corpus import|show|verify``."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.domain.errors import N_
from core.training.corpus.folder import Corpus, corpus_folder, open_corpus, verify
from core.training.corpus.sources.opening import KINDS
from core.training.corpus.sources.source import refusal
from core.training.corpus.split import SEED, SHARE

if TYPE_CHECKING:
    from core.training.corpus.importing import Progress, Request

logger = logging.getLogger(__name__)

CHOICES = {"caption": "huggingface", "count": "phantoms"}
"""Options of one kind of source alone."""
LINES = 20
"""Of a log without a terminal: one each twentieth of the records."""
LEAST_STEP = 50
UNKNOWN_STEP = 1_000
"""Records between two lines where their number is not known."""


def add(commands: Any) -> None:
    parser = commands.add_parser("corpus", help="import, show or verify a corpus of captions")
    actions = parser.add_subparsers(dest="action", required=True)
    _add_import(actions)
    for name, words, run_action in (
        ("show", "say in words what a corpus holds", show),
        ("verify", "compare every file of a corpus with its manifest", check),
    ):
        action = actions.add_parser(name, help=words)
        action.add_argument("folder", type=Path, help="folder of a corpus, or its name")
        action.set_defaults(run=run_action)


def _add_import(actions: Any) -> None:
    action = actions.add_parser("import", help="import a corpus, or go on with its import")
    action.add_argument("kind", choices=tuple(KINDS), help="of the source")
    action.add_argument("path", type=Path, help="folder of the source; nothing in it is changed")
    action.add_argument("--out", type=Path, help="folder of the corpus; OVERREAD_HOME/corpora/NAME")
    action.add_argument("--name", help="of the corpus; its folder's, or the kind of the source")
    action.add_argument("--seed", type=int, default=SEED, help=f"default {SEED}")
    action.add_argument("--share", type=float, default=SHARE, help=f"of training; default {SHARE}")
    action.add_argument("--limit", type=_count, help="records that are read at most")
    action.add_argument("--caption", help="column of the captions, of a huggingface folder")
    action.add_argument("--count", type=_count, help="films that are drawn, of phantoms")
    action.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Import a corpus.

    Raises
    ------
    CorpusError
    """
    from core.training.corpus.importing import import_corpus

    request = _request(arguments)
    with _progress() as progress:
        corpus = import_corpus(request, progress)
    for line in summary(corpus):
        logger.info("%s", line)


def show(arguments: argparse.Namespace) -> None:
    sys.stdout.writelines(f"{line}\n" for line in summary(_corpus(arguments.folder)))


def check(arguments: argparse.Namespace) -> None:
    corpus = _corpus(arguments.folder)
    verify(corpus)
    sys.stdout.write(f"{len(corpus.manifest.files)} files are as they were imported.\n")


def summary(corpus: Corpus) -> Iterator[str]:
    """Yield what a manifest says, in words."""
    manifest = corpus.manifest
    yield f"corpus {manifest.name}, made {manifest.made} from {manifest.source}"
    yield f"records of the source: {manifest.records}"
    refused: dict[str, int] = corpus.figures().get("refused", {})
    for words, counts in (("dropped", manifest.drops), ("no record at all", refused)):
        for reason, count in sorted(counts.items(), key=lambda each: (-each[1], each[0])):
            yield f"  {words}, {reason.replace('_', ' ')}: {count}"
    for split, count in manifest.samples.items():
        kinds = ", ".join(f"{kind} {number}" for kind, number in manifest.kinds[split].items())
        yield f"{split}: {count} samples of {manifest.groups[split]} groups ({kinds})"
    if manifest.ungrouped:
        yield (
            f"  the source names no patient or figure of {manifest.ungrouped} samples: each is a "
            "group of its own, and two of one patient may lie on both sides"
        )
    for licence, count in sorted(manifest.licences.items(), key=lambda each: (-each[1], each[0])):
        yield f"  licence {licence or 'not named'}: {count}"
    yield f"seed {manifest.seed}, digest {manifest.digest}"


def _request(arguments: argparse.Namespace) -> Request:
    from core.training.corpus.importing import Request

    name = arguments.name or (arguments.out.name if arguments.out else arguments.kind)
    if Path(name).name != name or name.startswith("."):
        raise refusal(N_("its name must be that of a folder"))
    out = arguments.out or _corpora() / name
    return Request(
        kind=arguments.kind,
        path=arguments.path,
        out=out,
        name=name,
        seed=arguments.seed,
        share=arguments.share,
        limit=arguments.limit,
        choices=_choices(arguments),
    )


def _choices(arguments: argparse.Namespace) -> dict[str, Any]:
    chosen = {name: getattr(arguments, name) for name in CHOICES}
    chosen = {name: value for name, value in chosen.items() if value is not None}
    for name in chosen:
        if CHOICES[name] != arguments.kind:
            raise refusal(
                N_("--{name} is for a source of the kind {kind}"), name=name, kind=CHOICES[name]
            )
    return chosen


def _corpus(folder: Path) -> Corpus:
    return open_corpus(corpus_folder(folder, _corpora()))


def _corpora() -> Path:
    from core.settings import load_settings

    return load_settings().corpora


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


# --- progress -----------------------------------------------------------------------------------


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar on a terminal, else a line of the log now and then."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    from datasets.utils import tqdm

    with tqdm(unit=" records", desc="corpus") as bar:

        def move(read: int, total: int | None, samples: int) -> None:
            bar.total = total
            bar.set_postfix(samples=samples, refresh=False)
            bar.update(read - bar.n)

        yield move


def _lines() -> Callable[[int, int | None, int], None]:
    said = 0

    def say(read: int, total: int | None, samples: int) -> None:
        nonlocal said
        step = max(LEAST_STEP, total // LINES) if total else UNKNOWN_STEP
        if read // step > said:
            said = read // step
            logger.info("records: %d of %s, samples: %d", read, total or "?", samples)

    return say
