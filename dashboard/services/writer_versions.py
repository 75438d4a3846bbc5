"""Versions of a model that writes: its adapters, which of them writes, and the way back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from core.domain.errors import N_
from core.domain.reader import Reader
from core.domain.training_errors import EvaluationError, RunError
from core.evaluation.promotion.decision import WRITER, filed, of_writer
from core.models import registry, writers_in_force
from core.models.versions import State
from core.models.writers_in_force import WriterVersion, Writing
from core.training.finetuning.runs import Run, read_run
from dashboard.services.fetch_model import shelf
from dashboard.services.version_rule import (
    PROMOTE,
    ROLL_BACK,
    SHIPPED,
    TO_ITSELF,
    Kept,
    Shelf,
    against,
    changing,
    refuse,
    state_of,
    turn,
)
from dashboard.workspace import Workspace


def writers_with_versions(place: Workspace) -> tuple[str, ...]:
    """Return the models that write and have versions: an adapter on the shelf, or in the state."""
    sources, state = shelf(place).sources, state_of(place)
    known = {source.name for source in sources if source.local and not source.adapter_of}
    on_the_shelf = (source.adapter_of for source in sources if source.adapter_of in known)
    named = {*state.active, *state.former} - set(registry.names())
    return tuple(sorted({*on_the_shelf, *named}))


def versions_of(place: Workspace, model: str) -> Shelf[WriterVersion]:
    """Return the adapters of a model with what was decided of them.

    What was not read yet is not read: a page does not wait for gigabytes.
    """
    models, state = shelf(place), state_of(place)
    active, former = state.active.get(model, SHIPPED), state.former.get(model, ())
    now = _writing(place, model, whole=False)
    found = list(writers_in_force.adapters(models, model))
    for pinned in dict.fromkeys((active, *reversed(former))):
        if pinned and writers_in_force.name_of(pinned) not in {one.name for one in found}:
            found.append(writers_in_force.version_of(models, model, pinned))
    found = [_as_it_was(one, (active, *reversed(former))) for one in found]
    name = writers_in_force.name_of(active)
    return Shelf(
        model=model,
        active=active,
        in_force=now.version,
        digest=now.digest,
        fallen=now.fallen,
        kept=tuple(_kept(place, one, now, active=one.name == name) for one in found),
        former=_whole(place, model, former),
    )


def _as_it_was(version: WriterVersion, known: Iterable[str]) -> WriterVersion:
    """One whose files are gone keeps the digest that it was active under, and so its decision."""
    pinned = next((each for each in known if writers_in_force.name_of(each) == version.name), "")
    if not version.reason or version.digest or not pinned:
        return version
    return replace(version, digest=pinned.rpartition("@")[2])


def _writing(place: Workspace, model: str, *, whole: bool) -> Writing:
    return writers_in_force.writing(place.settings.models, shelf(place), model, whole=whole)


def _whole(place: Workspace, model: str, former: tuple[str, ...]) -> tuple[str, ...]:
    """The way back up to the newest that can write: one click does not lead to what cannot."""
    models, way = shelf(place), list(former)
    while way and way[-1] and writers_in_force.version_of(models, model, way[-1]).reason:
        way.pop()
    return tuple(way)


def _kept(
    place: Workspace, version: WriterVersion, now: Writing, *, active: bool
) -> Kept[WriterVersion]:
    if not version.digest:
        unread = N_("the files of the model that it sits on were not read yet")
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

    Files that were not read yet are read here, which can take minutes.

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
    with changing(place):
        models = shelf(place)
        source = next((each for each in models.sources if each.name == name), None)
        if source is None or not source.adapter_of:
            refuse(name, N_("there is no adapter of this name"))
        if model not in ("", source.adapter_of):
            refuse(name, N_("it is a version of another model"))
        version = writers_in_force.adapter(models, source, whole=True)
        now = _writing(place, version.model, whole=True)
        kept = _kept(place, version, now, active=False)
        if kept.against:
            refuse(name, kept.against)

        def promoted(state: State) -> State:
            return state.promoted(version.model, version.pinned)

        turn(place, version.model, PROMOTE, reader, promoted, kept.filed)


def roll_back(place: Workspace, model: str, *, reader: Reader) -> None:
    """Make active what was active before; what cannot write any more is passed over.

    Raises
    ------
    VersionRefusedError
        If the model itself is active.
    StorageUnavailableError, StorageFullError
    """
    with changing(place):
        state = state_of(place)
        active, former = state.active.get(model, SHIPPED), state.former.get(model, ())
        if not active and not former:
            refuse(model, N_("the model itself is active"))
        steps = len(former) - len(_whole(place, model, former))

        def rolled_back(now: State) -> State:
            for _passed in range(steps):
                now = now.rolled_back(model)
            return now.rolled_back(model)

        turn(place, model, ROLL_BACK, reader, rolled_back)


def to_itself(place: Workspace, model: str, *, reader: Reader) -> None:
    """Let a model write without an adapter; a damaged state is written anew.

    Raises
    ------
    StorageUnavailableError, StorageFullError
    """
    with changing(place):
        turn(place, model, TO_ITSELF, reader, lambda now: now.promoted(model, SHIPPED))
