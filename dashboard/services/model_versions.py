"""Versions of the classifier: what is kept here, which one reads films, and the way back."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import portalocker

from core.domain.errors import N_, ModelUnavailableError, StorageUnavailableError
from core.domain.model_errors import VersionRefusedError
from core.domain.reader import Reader
from core.domain.training_errors import EvaluationError
from core.evaluation.promotion.decision import CLASSIFIER, Decision, Filed, filed
from core.evaluation.promotion.rule import Outcome
from core.models import registry, versions
from core.models.versions import State, Version
from dashboard.services.version_history import HISTORY, append
from dashboard.workspace import Workspace
from storage.failures import in_one_sentence

logger = logging.getLogger(__name__)

LOCK = "lock"
LONGEST_WAIT = 10.0
"""Seconds to wait for another change."""
SHIPPED = ""
"""Stands for the shipped model where a version is named."""

PROMOTE, ROLL_BACK, TO_SHIPPED = "promote", "roll_back", "to_shipped"
CALIBRATE, CALIBRATION_ON, CALIBRATION_OFF = "calibrate", "calibration_on", "calibration_off"


@dataclass(frozen=True)
class Kept:
    """One version with its newest decision.

    ``against`` says why it cannot be promoted now, empty where it can.
    """

    version: Version
    filed: Filed | None
    active: bool
    against: str

    @property
    def decision(self) -> Decision | None:
        return self.filed.decision if self.filed else None


@dataclass(frozen=True)
class Shelf:
    """All versions of a model. ``fallen`` says why an active version does not read."""

    model: str
    active: str
    digest: str
    fallen: str
    kept: tuple[Kept, ...]
    former: tuple[str, ...]

    @property
    def back_to(self) -> str | None:
        """What a roll back would make active; ``None`` where what was shipped is."""
        if self.former:
            return self.former[-1]
        return SHIPPED if self.active else None


def shelf(place: Workspace, model: str = registry.EMBEDDED) -> Shelf:
    """Return the versions of a model with what was decided of them."""
    models = place.settings.models
    entry = registry.entry(model)
    try:
        state = versions.read_state(models)
    except ModelUnavailableError:
        state = State({})
    named = state.active.get(model, SHIPPED)
    found = [one for one in versions.versions(models) if one.model in (model, "")]
    kept = tuple(_kept(one, entry, active=bool(named) and one.name == named) for one in found)
    return Shelf(model, named, entry.digest, entry.fallen, kept, state.former.get(model, ()))


def _kept(version: Version, entry: registry.Entry, *, active: bool) -> Kept:
    try:
        newest = filed(version.folder)
    except EvaluationError as error:
        return Kept(version, None, active, version.reason or str(error.facts["reason"]))
    against = _against(version, newest.decision if newest else None, entry)
    return Kept(version, newest, active, against)


def _against(version: Version, decision: Decision | None, entry: registry.Entry) -> str:
    """Why a version cannot be promoted: nothing but a decision of these very two promotes."""
    if version.reason:
        return version.reason
    if version.digest == entry.digest:
        return N_("it is what reads films now")
    if decision is None:
        return N_("it was not compared with the active version")
    if decision.kind != CLASSIFIER or decision.new.digest != version.digest:
        return N_("its decision is of other weights")
    if decision.outcome is Outcome.LOST:
        return N_("it lost on a critical finding")
    if decision.outcome is Outcome.UNDERPOWERED:
        return N_("too few frozen patients to exclude a loss")
    if not decision.accepts:
        return N_("its decision rests on too lax a rule")
    if decision.old.digest != entry.digest:
        return N_("it was compared with another version than the active one")
    return ""


# --- acts ---------------------------------------------------------------------------------------


def promote(place: Workspace, name: str, *, reader: Reader) -> None:
    """Make a version active; films are read by it from the next draft on.

    Raises
    ------
    VersionRefusedError
        If there is no such version, or no decision that accepts it over the active one.
    StorageUnavailableError, StorageFullError
    """
    with _changing(place) as models:
        version = versions.examined(versions.folder_of(models, name))
        if not versions.NAME.fullmatch(name) or not version.folder.is_dir():
            _refuse(name, N_("there is no version of this name"))
        if version.reason:
            _refuse(name, version.reason)
        kept = _kept(version, registry.entry(version.model), active=False)
        if kept.against:
            _refuse(name, kept.against)

        # That these weights can be read was seen when they were compared: the digest is the same.
        def promoted(now: State) -> State:
            return now.promoted(version.model, name)

        _turn(place, version.model, PROMOTE, reader, promoted, kept.filed)


def roll_back(place: Workspace, *, reader: Reader, model: str = registry.EMBEDDED) -> None:
    """Make active what was active before the last promotion.

    Raises
    ------
    VersionRefusedError
        If what was shipped is active, or what was before is damaged now.
    StorageUnavailableError, StorageFullError
    """
    with _changing(place) as models:
        now = shelf(place, model)
        if now.back_to is None:
            _refuse(model, N_("what was shipped is active"))
        if now.back_to:
            former = versions.examined(versions.folder_of(models, now.back_to))
            if former.reason:
                _refuse(now.back_to, former.reason)
        _turn(place, model, ROLL_BACK, reader, lambda state: state.rolled_back(model))


def to_shipped(place: Workspace, *, reader: Reader, model: str = registry.EMBEDDED) -> None:
    """Make the shipped model active, whatever was before; a damaged state is written anew.

    Raises
    ------
    StorageUnavailableError, StorageFullError
    """
    with _changing(place):
        _turn(place, model, TO_SHIPPED, reader, lambda now: now.promoted(model, SHIPPED))


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

    with _changing(place):
        _turn(place, model, act, reader, turned)


def note(place: Workspace, model: str, act: str, *, reader: Reader) -> None:
    """Write an act into the history that changes nothing of what is active."""
    with _changing(place):
        _turn(place, model, act, reader, lambda now: now)


def _turn(
    place: Workspace,
    model: str,
    act: str,
    reader: Reader,
    change: Callable[[State], State],
    decided: Filed | None = None,
) -> None:
    models = place.settings.models
    try:
        before = versions.read_state(models)
    except ModelUnavailableError:
        before = State({})
    after = change(before)
    # The state first: a history that tells of what did not happen is worse than one with a gap.
    versions.write_state(models, after)
    entry: dict[str, str | int] = {
        "at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "reader": reader.name,
        "act": act,
        "model": model,
        "before": before.active.get(model, ""),
        "after": after.active.get(model, ""),
    }
    if decided is not None:
        entry |= {"decision": decided.digest, "tries": decided.tries}
    append(models / versions.VERSIONS / HISTORY, entry)
    logger.info("reader %d: %s of the model %s", reader.id, act.replace("_", " "), model)


@contextmanager
def _changing(place: Workspace) -> Iterator[Path]:
    """One change at a time, of pages and commands alike."""
    models = place.settings.models
    with in_one_sentence():
        (models / versions.VERSIONS).mkdir(parents=True, exist_ok=True)
        lock = portalocker.Lock(models / versions.VERSIONS / LOCK, "ab", timeout=LONGEST_WAIT)
        try:
            lock.acquire()
        except portalocker.exceptions.BaseLockException as error:
            reason = N_("another change of the versions is under way")
            raise StorageUnavailableError(reason=reason) from error
        try:
            yield models
        finally:
            lock.release()


def _refuse(version: str, reason: str) -> NoReturn:
    raise VersionRefusedError(version=version, reason=reason)
