"""A run or a checkpoint as a folder, opened for evaluation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NoReturn

from core.domain.errors import N_
from core.domain.training_errors import EvaluationError
from core.evaluation.drafts.measured import Role
from core.evaluation.drafts.texts import CHECKPOINT, RUN, Writer
from core.models.language.catalogue import (
    ANY,
    Kind,
    LanguageSource,
    plain_name,
    served_architectures,
)
from core.models.language.checkpoint import (
    ADAPTER_CONFIG,
    CONFIG,
    MOST_JSON,
    Checkpoint,
    adapter_base,
    open_checkpoint,
)
from core.models.language.shelf import Shelf
from core.training.finetuning import runs

_KINDS: tuple[Kind, ...] = ("chat", "blip", "encoder_decoder")


def of_folder(folder: Path, shelf: Shelf) -> tuple[Writer, Checkpoint]:
    """Open a run, an adapter or a whole model by its folder.

    Parameters
    ----------
    shelf : Shelf
        Where the model that an adapter was made for is looked up, unless it names a folder.

    Raises
    ------
    EvaluationError
        If a run has not ended well, or the model that an adapter sits on is not here.
    CheckpointRefusedError, ModelUnavailableError, RunError
    """
    name = plain_name(folder.resolve().name) or "model"
    if not (folder / runs.RUN).is_file():
        found = _opened(name, folder, shelf)
        return Writer(name, name, Role.MODEL, found.digest, {}), found
    run = runs.read_run(folder)
    if run.state is not runs.RunState.DONE:
        _refuse(N_("the run {name} has not ended well: {state}"), name=name, state=run.state.value)
    adapter = folder / runs.ADAPTER
    found = _opened(
        name,
        adapter if adapter.is_dir() else folder / runs.MODEL,
        shelf,
        base=str(run.model.get("name", "")),
        base_folder=str(run.model.get("folder", "")),
    )
    digest = run.weights_sha256 or found.digest
    # What drafts would name: adapter and base together.
    versions = {RUN: run.name, CHECKPOINT: found.digest}
    return Writer(name, name, Role.MODEL, digest, versions), found


def _opened(
    name: str, folder: Path, shelf: Shelf, base: str = "", base_folder: str = ""
) -> Checkpoint:
    if (folder / ADAPTER_CONFIG).is_file():
        source = LanguageSource(name=name, title=name, kind="chat", adapter_of=ANY)
        return open_checkpoint(source, folder, _base(name, folder, shelf, base, base_folder))
    source = LanguageSource(name=name, title=name, kind=_kind(folder))
    return open_checkpoint(source, folder)


def _base(name: str, folder: Path, shelf: Shelf, named: str, base_folder: str) -> Checkpoint:
    """Open what an adapter sits on: the folder that it names, an entry, or the run's own word."""
    made_for = adapter_base(folder)
    if (path := Path(made_for)).is_absolute() and path.is_dir():
        return _opened(plain_name(path.name) or "base", path, shelf)
    for source in shelf.sources:
        repository = bool(made_for) and source.repository.lower() == made_for.lower()
        if source.name in (named, made_for) or repository:
            return shelf.open(source.name)
    if (path := Path(base_folder)).is_absolute() and path.is_dir():
        return _opened(plain_name(path.name) or "base", path, shelf)
    base = named or made_for or "–"
    _refuse(N_("the model {base}, which {name} sits on, is not here"), base=base, name=name)


def _kind(folder: Path) -> Kind:
    """Tell by config.json what serves a folder; what cannot be told is refused as it is opened."""
    path = folder / CONFIG
    try:
        if path.stat().st_size > MOST_JSON:
            return _KINDS[0]
        named = json.loads(path.read_text(encoding="utf-8"))["architectures"]
        architectures = {str(each) for each in named}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return _KINDS[0]
    for kind in _KINDS:
        trial = LanguageSource(name="trial", title="trial", kind=kind)
        if architectures & set(served_architectures(trial)):
            return kind
    return _KINDS[0]


def _refuse(template: str, **named: str) -> NoReturn:
    raise EvaluationError(reason=template.format(**named), template=template, named=named)
