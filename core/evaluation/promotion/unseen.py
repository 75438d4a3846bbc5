"""Whether a model that writes was trained on what it is judged by. Imports no torch.

What weights learned from is told by the run that ended with them. It is found by their SHA-256, and
never by a name alone: a run that was made anew under the same name, or went on, is another one, and
an adapter that was copied elsewhere is the same one. Weights that no run here ended with tell
nothing, as a published model does.
"""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

from core.domain.errors import N_, ModelUnavailableError
from core.domain.training_errors import CorpusError, EvaluationError, RunError
from core.evaluation.drafts.candidates import Place
from core.evaluation.drafts.texts import RUN, Texts, Writer
from core.models.language.digests import folder_digest, joined
from core.training.corpus.folder import TRAIN, VALIDATION, open_corpus
from core.training.finetuning import runs
from core.training.finetuning.runs import Run, read_run


def check_unseen(texts: Texts, system: Writer, place: Place) -> None:
    """Refuse an evaluation whose samples a system may have learned from.

    Raises
    ------
    EvaluationError
        If it did, or that cannot be told.
    """
    if texts.plan.corpus.get("split") != VALIDATION:
        _refuse(N_("its samples are of the side that models learn from"))
    try:
        if (run := _run_of(system, place)) is None:
            return
        if run.corpus.get("digest") == texts.plan.corpus.get("digest"):
            return
        corpus = open_corpus(Path(str(run.corpus.get("folder", ""))))
        if corpus.manifest.digest != run.corpus.get("digest"):
            _untold(system)
        trained = set(corpus.identifiers().get(TRAIN, ()))
    except (CorpusError, RunError, ModelUnavailableError, OSError):
        _untold(system)
    if trained & texts.samples.keys():
        _refuse(N_("{name} was trained on some of its samples"), name=system.system)


def _run_of(system: Writer, place: Place) -> Run | None:
    """The run that ended with the weights of a system; ``None`` where there is none."""
    if named := system.versions.get(RUN):
        run = read_run(place.runs / named, history=False)
        if run.weights_sha256 != system.digest:
            _untold(system)
        return run
    source = next((each for each in place.shelf.sources if each.name == system.system), None)
    folder = place.shelf.folder_of(source) if source is not None else None
    if source is None or folder is None or not folder.is_dir():
        return _ended_with(system.checkpoint, place)
    if place.shelf.open(source.name).digest != system.checkpoint:
        _untold(system)
    weights = folder_digest(folder).digest
    beside = folder.resolve().parent
    if not (beside / runs.RUN).is_file():
        return _ended_with(weights, place)
    run = read_run(beside, history=False)
    if run.weights_sha256 != weights:
        _untold(system)
    return run


def _ended_with(digest: str, place: Place) -> Run | None:
    """The run whose weights have a digest, alone or together with the model that they sit on."""
    found, _damaged = runs.runs(place.runs, history=False)
    return next((run for run in found if digest in _digests(run)), None)


def _digests(run: Run) -> tuple[str, ...]:
    if not run.weights_sha256:
        return ()
    return run.weights_sha256, joined(run.weights_sha256, str(run.model.get("digest", "")))


def _untold(system: Writer) -> NoReturn:
    _refuse(
        N_("what {name} was trained on is not here, so that nobody can tell that it is other"),
        name=system.system,
    )


def _refuse(template: str, **named: str) -> NoReturn:
    raise EvaluationError(reason=template.format(**named), template=template, named=named) from None
