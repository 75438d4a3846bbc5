"""A finished run becomes a model that writes: one file of the shape of ``catalogue.toml``.

The file lies in OVERREAD_HOME/models and names the run's own folder: nothing is copied, and taking
the entry back takes nothing of the run away.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from core.domain.errors import N_
from core.domain.reader import Reader
from core.domain.training_errors import RunError
from core.models import fake_writer, registry
from core.models.language.catalogue import (
    Kind,
    LanguageSource,
    plain_name,
    served_architectures,
)
from core.models.language.checkpoint import (
    CONFIG,
    MOST_JSON,
    adapter_base,
    examine,
)
from core.models.language.shelf import Shelf
from core.training.finetuning.runs import ADAPTER, MODEL, Run
from dashboard.services.fetch_model import made_for, shelf
from dashboard.services.training_runs import Stage, training_run
from dashboard.services.writer_versions import use_of
from dashboard.workspace import Workspace
from storage.failures import in_one_sentence
from storage.whole_file import replace_file

LONGEST_TITLE = 120
_WHOLE_KINDS: tuple[Kind, ...] = ("chat", "blip", "encoder_decoder")
_HEAD = "# A finished training run; taking this file away takes the model off the list.\n"

logger = logging.getLogger(__name__)


def registered_as(place: Workspace, run: Run) -> str:
    """Return the model that a run was registered as; empty where it is none."""
    models = shelf(place)
    folder = weights_folder(run).resolve()
    found = (
        source.name
        for source in models.sources
        if source.folder and models.folder_of(source).resolve() == folder
    )
    return next(found, "")


def weights_folder(run: Run) -> Path:
    """Where the finished weights lie: an adapter, or a whole model."""
    whole = run.folder / MODEL
    return whole if whole.is_dir() else run.folder / ADAPTER


def register_run(place: Workspace, name: str, *, reader: Reader) -> str:
    """Make a finished run a model that writes; returns the model's name. Asking twice does once.

    Raises
    ------
    RunError
        If it has not finished, or the model that its adapter sits on is not on the shelf.
    CheckpointRefusedError
        If its files, or those of that model, cannot be used.
    StorageUnavailableError
    """
    found = training_run(place, name)
    if found.run is None or found.stage is not Stage.DONE:
        _fail(N_("only a finished run can be registered"))
    if before := registered_as(place, found.run):
        return before
    models, folder = shelf(place), weights_folder(found.run)
    source = _entry(models, found.run, folder, place.settings.models)
    base = models.looked_through(models.source(source.adapter_of)) if source.adapter_of else None
    examine(source, folder, base)
    with in_one_sentence():
        place.settings.models.mkdir(parents=True, exist_ok=True)
        replace_file(place.settings.models / f"{source.name}.toml", _toml(source).encode())
    logger.info("reader %d registers a training run", reader.id)
    return source.name


def take_back(place: Workspace, name: str, *, reader: Reader) -> None:
    """Take the model of a run off the list; the run stays as it is.

    Raises
    ------
    RunError
        If it is a version that is active, or on the way back, or its entry stands in a file of
        somebody's own.
    StorageUnavailableError
    """
    found = training_run(place, name)
    model = registered_as(place, found.run) if found.run is not None else ""
    if not model:
        return
    if below := use_of(place, model):
        _fail(N_("it is the active version of {model}, or on its way back"), model=below)
    path = place.settings.models / f"{model}.toml"
    with in_one_sentence():
        own = path.is_file() and path.read_text(encoding="utf-8", errors="replace")
        if not own or not own.startswith(_HEAD):
            _fail(N_("its entry stands in a file that a person wrote; take it out there"))
        path.unlink()
    logger.info("reader %d takes back the model of a training run", reader.id)


def sits_on_the_shelf(place: Workspace, run: Run) -> None:
    """Look whether a finished run could be registered.

    Raises
    ------
    RunError
        If the model that its adapter sits on is not on the shelf.
    """
    if weights_folder(run).name == ADAPTER:
        base_of(shelf(place), run)


# --- the entry ----------------------------------------------------------------------------------


def _entry(models: Shelf, run: Run, folder: Path, beside: Path) -> LanguageSource:
    if not run.name.isprintable():
        _fail(N_("the name of its folder cannot be written down"))
    own_name = _free_name(models, run.name, beside)
    where = Path(os.path.relpath(folder, beside)).as_posix()
    if folder.name == MODEL:
        kind, base, title = _kind_of(folder), "", run.name
    else:
        sits_on = base_of(models, run)
        kind, base, title = sits_on.kind, sits_on.name, f"{sits_on.title} · {run.name}"
    return LanguageSource(
        name=own_name,
        title=title[:LONGEST_TITLE],
        kind=kind,
        adapter_of=base,
        folder=where,
        beside=beside,
    )


def base_of(models: Shelf, run: Run) -> LanguageSource:
    """Return the model on the shelf that an adapter was trained on.

    Raises
    ------
    RunError
    """
    named = adapter_base(run.folder / ADAPTER)
    whole = [each for each in models.sources if each.local and not each.adapter_of]
    for source in whole:
        folder = models.folder_of(source)
        if named and folder.is_dir() and folder.resolve() == Path(named).resolve():
            return source
    name = made_for(models, run.folder / ADAPTER) or str(run.model.get("name", ""))
    for source in whole:
        if source.name == name:
            return source
    _fail(
        N_("the model that it sits on, {base}, is not on the shelf: name its folder on Models"),
        base=str(run.model.get("name", ""))[:80],
    )


def _free_name(models: Shelf, wanted: str, beside: Path) -> str:
    """A name that no model has yet, by entry, by file or by folder."""
    plain = plain_name(wanted)[:70] or "run"
    taken = {source.name for source in models.sources}
    taken |= {*registry.names(), fake_writer.NAME}
    for number in range(1, 1000):
        name = plain if number == 1 else f"{plain}-{number}"
        if name not in taken and not any(
            (beside / each).exists() for each in (name, f"{name}.toml")
        ):
            return name
    _fail(N_("there are too many models of this name"))


def _kind_of(folder: Path) -> Kind:
    """What serves a whole model, by the architecture in its config.json."""
    path = folder / CONFIG
    try:
        small = path.stat().st_size <= MOST_JSON
        document = json.loads(path.read_text(encoding="utf-8")) if small else {}
        named = {str(each) for each in document["architectures"]}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        _fail(N_("its config.json cannot be read"))
    for kind in _WHOLE_KINDS:
        if named & set(served_architectures(LanguageSource(name="any", title="any", kind=kind))):
            return kind
    _fail(N_("no adapter of this program serves a model of its architecture"))


def _toml(source: LanguageSource) -> str:
    """One entry. TOML's basic strings are JSON's, but for the one control character above."""
    kept: Mapping[str, str] = {
        "name": source.name,
        "title": source.title,
        "kind": source.kind,
        "adapter_of": source.adapter_of,
        "folder": source.folder,
    }
    lines = [
        f"{key} = {json.dumps(value, ensure_ascii=False)}".replace("\x7f", "\\u007f")
        for key, value in kept.items()
        if value
    ]
    return "\n".join([_HEAD, "[[model]]", *lines, ""])


def _fail(template: str, **named: str) -> NoReturn:
    if not named:
        raise RunError(reason=template)
    raise RunError(reason=template.format(**named), template=template, named=named)
