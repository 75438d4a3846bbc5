"""What versions of classifiers and of writers share: how one is kept, made active, and noted.

There is one file that says what is active, one lock, one history and one rule for both.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, NoReturn, Protocol, TypeVar

import portalocker

from core.domain.errors import N_, ModelUnavailableError, StorageUnavailableError
from core.domain.model_errors import VersionRefusedError
from core.domain.reader import Reader
from core.evaluation.promotion.decision import CLASSIFIER, WRITER, Decision, Filed
from core.evaluation.promotion.rule import Outcome
from core.models import versions
from core.models.versions import State
from dashboard.services.version_history import HISTORY, append
from dashboard.workspace import Workspace
from storage.failures import in_one_sentence

logger = logging.getLogger(__name__)

LOCK = "lock"
LONGEST_WAIT = 10.0
"""Seconds to wait for another change."""
SHIPPED = ""
"""Stands for the model as it was shipped, or fetched, where a version is named."""

PROMOTE, ROLL_BACK, TO_SHIPPED, TO_ITSELF = "promote", "roll_back", "to_shipped", "to_itself"
CALIBRATE, CALIBRATION_ON, CALIBRATION_OFF = "calibrate", "calibration_on", "calibration_off"

_AT_WORK = {CLASSIFIER: N_("it is what reads films now"), WRITER: N_("it is what writes now")}


class AnyVersion(Protocol):
    """A version of either kind. ``reason`` says what is wrong with its files."""

    @property
    def name(self) -> str: ...

    @property
    def digest(self) -> str: ...

    @property
    def reason(self) -> str: ...


V = TypeVar("V", bound=AnyVersion, covariant=True)


@dataclass(frozen=True)
class Kept(Generic[V]):
    """One version with its newest decision.

    ``against`` says why it cannot be made active now, empty where it can.
    """

    version: V
    filed: Filed | None
    active: bool
    against: str

    @property
    def decision(self) -> Decision | None:
        return self.filed.decision if self.filed else None


@dataclass(frozen=True)
class Shelf(Generic[V]):
    """All versions of a model.

    ``active`` is the one that was made active, ``in_force`` the one that is at work, with its
    ``digest``; both are empty for the model as it was shipped. ``fallen`` says why they differ.
    """

    model: str
    active: str
    in_force: str
    digest: str
    fallen: str
    kept: tuple[Kept[V], ...]
    former: tuple[str, ...]

    @property
    def back_to(self) -> str | None:
        """What a roll back would make active; ``None`` where what was shipped is."""
        if self.former:
            return self.former[-1]
        return SHIPPED if self.active else None


def against(kind: str, version: AnyVersion, decision: Decision | None, now: str) -> str:
    """Why a version cannot be made active: nothing but a decision of these very two does it.

    Parameters
    ----------
    now : str
        Digest of what is at work.
    """
    if version.reason:
        return version.reason
    if version.digest == now:
        return _AT_WORK[kind]
    if decision is None:
        return N_("it was not compared with the active version")
    if decision.kind != kind or decision.new.digest != version.digest:
        return N_("its decision is of other weights")
    if decision.outcome is Outcome.LOST:
        return N_("it lost on a critical finding")
    if decision.outcome is Outcome.UNDERPOWERED:
        return N_("too few frozen patients to exclude a loss")
    if not decision.accepts:
        return N_("its decision rests on too lax a rule")
    if decision.old.digest != now:
        return N_("it was compared with another version than the active one")
    return ""


def state_of(place: Workspace) -> State:
    """Return what is active; nothing where the file is damaged."""
    try:
        return versions.read_state(place.settings.models)
    except ModelUnavailableError:
        return State({})


def turn(
    place: Workspace,
    model: str,
    act: str,
    reader: Reader,
    change: Callable[[State], State],
    decided: Filed | None = None,
) -> None:
    """Change what is active, and write into the history who did it; while `changing`.

    Raises
    ------
    OSError
    """
    models, before = place.settings.models, state_of(place)
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
def changing(place: Workspace) -> Iterator[Path]:
    """One change at a time, of pages and commands alike.

    Raises
    ------
    StorageUnavailableError, StorageFullError
    """
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


def refuse(version: str, reason: str) -> NoReturn:
    """Say why a version cannot be made active.

    Raises
    ------
    VersionRefusedError
    """
    raise VersionRefusedError(version=version, reason=reason)
