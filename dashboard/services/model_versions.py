"""Versions of the classifier: what is kept here, which one reads films, and the way back."""

from __future__ import annotations

from core.domain.errors import N_
from core.domain.reader import Reader
from core.domain.training_errors import EvaluationError
from core.evaluation.promotion.decision import CLASSIFIER, filed
from core.models import registry, versions
from core.models.versions import State, Version
from dashboard.services.version_rule import (
    CALIBRATION_OFF,
    CALIBRATION_ON,
    PROMOTE,
    ROLL_BACK,
    SHIPPED,
    TO_SHIPPED,
    Kept,
    Shelf,
    against,
    changing,
    refuse,
    state_of,
    turn,
)
from dashboard.workspace import Workspace


def shelf(place: Workspace, model: str = registry.EMBEDDED) -> Shelf[Version]:
    """Return the versions of a model with what was decided of them."""
    entry, state = registry.entry(model), state_of(place)
    named = state.active.get(model, SHIPPED)
    found = [one for one in versions.versions(place.settings.models) if one.model in (model, "")]
    kept = tuple(_kept(one, entry, active=bool(named) and one.name == named) for one in found)
    return Shelf(
        model=model,
        active=named,
        in_force=entry.version,
        digest=entry.digest,
        fallen=entry.fallen,
        kept=kept,
        former=state.former.get(model, ()),
    )


def _kept(version: Version, entry: registry.Entry, *, active: bool) -> Kept[Version]:
    try:
        newest = filed(version.folder)
    except EvaluationError as error:
        return Kept(version, None, active, version.reason or str(error.facts["reason"]))
    decision = newest.decision if newest else None
    return Kept(version, newest, active, against(CLASSIFIER, version, decision, entry.digest))


# --- acts ---------------------------------------------------------------------------------------


def promote(place: Workspace, name: str, *, reader: Reader) -> None:
    """Make a version active; films are read by it from the next draft on.

    Raises
    ------
    VersionRefusedError
        If there is no such version, or no decision that accepts it over the active one.
    StorageUnavailableError, StorageFullError
    """
    with changing(place) as models:
        version = versions.examined(versions.folder_of(models, name))
        if not versions.NAME.fullmatch(name) or not version.folder.is_dir():
            refuse(name, N_("there is no version of this name"))
        if version.reason:
            refuse(name, version.reason)
        kept = _kept(version, registry.entry(version.model), active=False)
        if kept.against:
            refuse(name, kept.against)

        # That these weights can be read was seen when they were compared: the digest is the same.
        def promoted(now: State) -> State:
            return now.promoted(version.model, name)

        turn(place, version.model, PROMOTE, reader, promoted, kept.filed)


def roll_back(place: Workspace, *, reader: Reader, model: str = registry.EMBEDDED) -> None:
    """Make active what was active before the last promotion.

    Raises
    ------
    VersionRefusedError
        If what was shipped is active, or what was before is damaged now.
    StorageUnavailableError, StorageFullError
    """
    with changing(place) as models:
        now = shelf(place, model)
        if now.back_to is None:
            refuse(model, N_("what was shipped is active"))
        if now.back_to:
            former = versions.examined(versions.folder_of(models, now.back_to))
            if former.reason:
                refuse(now.back_to, former.reason)
        turn(place, model, ROLL_BACK, reader, lambda state: state.rolled_back(model))


def to_shipped(place: Workspace, *, reader: Reader, model: str = registry.EMBEDDED) -> None:
    """Make the shipped model active, whatever was before; a damaged state is written anew.

    Raises
    ------
    StorageUnavailableError, StorageFullError
    """
    with changing(place):
        turn(place, model, TO_SHIPPED, reader, lambda now: now.promoted(model, SHIPPED))


def set_calibration(
    place: Workspace, *, on: bool, reader: Reader, model: str = registry.EMBEDDED
) -> None:
    """Lay the site's calibration over the weights' own from the next draft on, or take it off.

    Raises
    ------
    StorageUnavailableError, StorageFullError
    """
    act = CALIBRATION_ON if on else CALIBRATION_OFF

    def turned(now: State) -> State:
        others = now.calibrated - {model}
        return State(now.active, others | {model} if on else others, now.former)

    with changing(place):
        turn(place, model, act, reader, turned)


def note(place: Workspace, model: str, act: str, *, reader: Reader) -> None:
    """Write an act into the history that changes nothing of what is active."""
    with changing(place):
        turn(place, model, act, reader, lambda now: now)
