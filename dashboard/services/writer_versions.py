"""Versions of a model that writes: its adapters, which of them writes, and the way back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from core.domain.errors import N_
from core.domain.reader import Reader
from core.domain.training_errors import EvaluationError, RunError
from core.evaluation.promotion.decision import WRITER, filed, of_writer
from core.models import registry, writers_in_force
from core.models.writers_in_force import WriterVersion, Writing
from core.training.finetuning.runs import Run, read_run
from dashboard.services.fetch_model import shelf
from dashboard.services.version_acts import promote, roll_back_over, state_of, way_back
from dashboard.services.version_rule import (
    SHIPPED,
    UNREAD,
    Kept,
    KeptVersions,
    against,
    at_work,
    refuse,
)
from dashboard.workspace import Workspace


def writers_with_versions(place: Workspace) -> tuple[str, ...]:
    """Return the models that write and have versions: an adapter on the shelf, or in the state."""
    sources, state = shelf(place).sources, state_of(place)
    known = {source.name for source in sources if source.local and not source.adapter_of}
    on_the_shelf = (source.adapter_of for source in sources if source.adapter_of in known)
    named = {*state.active, *state.former} - set(registry.names())
    return tuple(sorted({*on_the_shelf, *named}))


def versions_of(place: Workspace, model: str) -> KeptVersions[WriterVersion]:
    """Return the adapters of a model with what was decided of them.

    What was not read yet is not read: a page does not wait for gigabytes.
    """
    models, state = shelf(place), state_of(place)
    active, former = state.active.get(model, SHIPPED), state.former.get(model, ())
    now = writers_in_force.writing(place.settings.models, models, model)
    found = list(writers_in_force.adapters(models, model))
    for pinned in dict.fromkeys((active, *reversed(former))):
        if pinned and writers_in_force.name_of(pinned) not in {one.name for one in found}:
            found.append(writers_in_force.version_of(models, model, pinned))
    found = [_as_it_was(one, (active, *reversed(former))) for one in found]
    name = writers_in_force.name_of(active)
    return KeptVersions(
        model=model,
        active=active,
        in_force=now.version,
        digest=now.digest,
        fallen=now.fallen,
        kept=tuple(_kept(place, one, now, active=one.name == name) for one in found),
        former=way_back(former, lambda pinned: _can_write(place, model, pinned)),
    )


def _as_it_was(version: WriterVersion, known: Iterable[str]) -> WriterVersion:
    """One whose files are gone keeps the digest that it was active under, and so its decision."""
    pinned = next((each for each in known if writers_in_force.name_of(each) == version.name), "")
    if not version.reason or version.digest or not pinned:
        return version
    return replace(version, digest=pinned.rpartition("@")[2])


def _can_write(place: Workspace, model: str, pinned: str) -> bool:
    return not writers_in_force.version_of(shelf(place), model, pinned).reason


def _kept(
    place: Workspace, version: WriterVersion, now: Writing, *, active: bool
) -> Kept[WriterVersion]:
    if not version.digest:
        writes = bool(now.version) and now.version.startswith(f"{version.name}@")
        unread = at_work(WRITER) if writes else UNREAD
        return Kept(version, None, active, version.reason or unread)
    try:
        newest = filed(of_writer(place.settings.models, version.digest))
    except EvaluationError as error:
        return Kept(version, None, active, version.reason or str(error.facts["reason"]))
    decision = newest.decision if newest else None
    return Kept(version, newest, active, against(WRITER, version, decision, now.digest))


def run_of(version: WriterVersion) -> Run | None:
    """Return the training run that an adapter came from; ``None`` where it is of none."""
    if version.folder is None:
        return None
    try:
        return read_run(version.folder.resolve().parent, history=False)
    except RunError:
        return None


# --- acts ---------------------------------------------------------------------------------------


def make_active(place: Workspace, name: str, model: str = "", *, reader: Reader) -> None:
    """Let an adapter write under the name of its model, from the next draft on.

    Files that were not read yet are read here, which can take minutes; other changes go on
    meanwhile.

    Parameters
    ----------
    model : str
        The model that it must sit on; empty takes the one that it does.

    Raises
    ------
    VersionRefusedError
        If there is no such adapter, or no decision that accepts it over what writes now.
    StorageUnavailableError, StorageFullError
    """
    models, before = shelf(place), state_of(place)
    source = next((each for each in models.sources if each.name == name), None)
    if source is None or not source.adapter_of:
        refuse(name, N_("there is no adapter of this name"))
    if model not in ("", source.adapter_of):
        refuse(name, N_("it is a version of another model"))
    version = writers_in_force.adapter(models, source, whole=True)
    now = writers_in_force.writing(place.settings.models, models, version.model, whole=True)
    kept = _kept(place, version, now, active=False)
    promote(place, version.model, kept, version.pinned, before, reader=reader)


def roll_back(place: Workspace, model: str, *, reader: Reader) -> None:
    """Make active what was active before; raises as `roll_back_over`."""
    roll_back_over(place, model, lambda pinned: _can_write(place, model, pinned), reader=reader)


def use_of(place: Workspace, adapter: str) -> str:
    """Return the model that an adapter is active on, or on the way back of; empty where on none."""
    state = state_of(place)
    for model in {*state.active, *state.former} - set(registry.names()):
        known = (state.active.get(model, SHIPPED), *state.former.get(model, ()))
        if adapter in {writers_in_force.name_of(each) for each in known}:
            return model
    return ""
