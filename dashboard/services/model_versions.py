"""Versions of the classifier: what is kept here, which one reads films, and the way back."""

from __future__ import annotations

from core.domain.errors import N_
from core.domain.reader import Reader
from core.domain.training_errors import EvaluationError
from core.evaluation.promotion.decision import CLASSIFIER, filed
from core.models import registry, versions
from core.models.versions import State, Version
from dashboard.services.version_acts import (
    CALIBRATION_OFF,
    CALIBRATION_ON,
    changing,
    promote,
    roll_back_over,
    state_of,
    tell,
    turn,
    way_back,
)
from dashboard.services.version_rule import SHIPPED, Kept, KeptVersions, against, refuse
from dashboard.workspace import Workspace


def kept_versions(place: Workspace, model: str = registry.EMBEDDED) -> KeptVersions[Version]:
    """Return the versions of a model with what was decided of them."""
    entry, state = registry.entry(model), state_of(place)
    named = state.active.get(model, SHIPPED)
    found = [one for one in versions.versions(place.settings.models) if one.model in (model, "")]
    kept = tuple(_kept(one, entry, active=bool(named) and one.name == named) for one in found)
    return KeptVersions(
        model=model,
        active=named,
        in_force=entry.version,
        digest=entry.digest,
        fallen=entry.fallen,
        kept=kept,
        former=way_back(
            state.former.get(model, ()), lambda version: _can_read(place, model, version)
        ),
    )


def _can_read(place: Workspace, model: str, name: str) -> bool:
    found = versions.examined(versions.folder_of(place.settings.models, name))
    return not found.reason and found.model == model


def _kept(version: Version, entry: registry.Entry, *, active: bool) -> Kept[Version]:
    try:
        newest = filed(version.folder)
    except EvaluationError as error:
        return Kept(version, None, active, version.reason or str(error.facts["reason"]))
    decision = newest.decision if newest else None
    return Kept(version, newest, active, against(CLASSIFIER, version, decision, entry.digest))


# --- acts ---------------------------------------------------------------------------------------


def make_active(place: Workspace, name: str, model: str = "", *, reader: Reader) -> None:
    """Make a version active; films are read by it from the next draft on.

    Parameters
    ----------
    model : str
        The model that it must be a version of; empty takes the one that it is.

    Raises
    ------
    VersionRefusedError
        If there is no such version, or no decision that accepts it over the active one.
    StorageUnavailableError, StorageFullError
    """
    before = state_of(place)
    version = versions.examined(versions.folder_of(place.settings.models, name))
    if not versions.NAME.fullmatch(name) or not version.folder.is_dir():
        refuse(name, N_("there is no version of this name"))
    if version.reason:
        refuse(name, version.reason)
    if model not in ("", version.model):
        refuse(name, N_("it is a version of another model"))
    # That these weights can be read was seen when they were compared: the digest is the same.
    kept = _kept(version, registry.entry(version.model), active=False)
    promote(place, version.model, kept, name, before, reader=reader)


def roll_back(place: Workspace, model: str = registry.EMBEDDED, *, reader: Reader) -> None:
    """Make active what was active before; raises as `roll_back_over`."""
    roll_back_over(place, model, lambda name: _can_read(place, model, name), reader=reader)


def set_calibration(
    place: Workspace, *, on: bool, reader: Reader, model: str = registry.EMBEDDED
) -> None:
    """Lay the site's calibration over the weights' own from the next draft on, or take it off.

    Raises
    ------
    VersionRefusedError
        If what is active cannot be read.
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
        now = state_of(place)
        tell(place, model, act, reader, now, now)
