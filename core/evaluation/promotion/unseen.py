"""Whether a model that writes was trained on what it is judged by. Imports no torch.

What an adapter learned from is told by the run that it came from. One that came from elsewhere
tells nothing, as a published model does.
"""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

from core.domain.errors import N_, ModelUnavailableError
from core.domain.training_errors import CorpusError, EvaluationError, RunError
from core.evaluation.drafts.texts import RUN, Texts, Writer
from core.models.language.shelf import Shelf
from core.training.corpus.folder import TRAIN, VALIDATION, open_corpus
from core.training.finetuning import runs


def check_unseen(texts: Texts, system: Writer, shelf: Shelf, home: Path) -> None:
    """Refuse an evaluation whose samples a system may have learned from.

    Parameters
    ----------
    home : Path
        Folder of training runs.

    Raises
    ------
    EvaluationError
        If it did, or that cannot be told.
    """
    if texts.plan.corpus.get("split") != VALIDATION:
        _refuse(N_("its samples are of the side that models learn from"))
    if (folder := _run_of(system, shelf, home)) is None:
        return
    try:
        learned = runs.read_run(folder, history=False).corpus
        if learned.get("digest") == texts.plan.corpus.get("digest"):
            return
        corpus = open_corpus(Path(str(learned.get("folder", ""))))
        if corpus.manifest.digest != learned.get("digest"):
            _untold(system)
        trained = set(corpus.identifiers().get(TRAIN, ()))
    except (CorpusError, RunError):
        _untold(system)
    if trained & texts.samples.keys():
        _refuse(N_("{name} was trained on some of its samples"), name=system.system)


def _run_of(system: Writer, shelf: Shelf, home: Path) -> Path | None:
    """The folder of the run that an adapter or a model ended; ``None`` where it is of no run."""
    if named := system.versions.get(RUN):
        return home / named
    try:
        folder = shelf.folder_of(shelf.source(system.system)).resolve().parent
    except ModelUnavailableError:
        return None
    return folder if (folder / runs.RUN).is_file() else None


def _untold(system: Writer) -> NoReturn:
    _refuse(
        N_("what {name} was trained on is not here, so that nobody can tell that it is other"),
        name=system.system,
    )


def _refuse(template: str, **named: str) -> NoReturn:
    raise EvaluationError(reason=template.format(**named), template=template, named=named) from None
