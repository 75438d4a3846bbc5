"""What is done with versions of classifiers and of writers alike: made active, rolled back, noted.

There is one file that says what is active, one lock and one history for both.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import portalocker

from core.domain.errors import N_, ModelUnavailableError, StorageUnavailableError
from core.domain.reader import Reader
from core.evaluation.promotion.decision import Filed
from core.models import versions
from core.models.versions import State
from dashboard.services.version_history import HISTORY, append
from dashboard.services.version_rule import SHIPPED, AnyVersion, Kept, refuse
from dashboard.workspace import Workspace
from storage.failures import in_one_sentence

logger = logging.getLogger(__name__)

LOCK = "lock"
LONGEST_WAIT = 10.0
"""Seconds to wait for another change."""

PROMOTE, ROLL_BACK, TO_ITSELF = "promote", "roll_back", "to_itself"
CALIBRATE, CALIBRATION_ON, CALIBRATION_OFF = "calibrate", "calibration_on", "calibration_off"

NOT_READABLE = N_(
    "the file that says which versions are active is damaged, or of a later program; going back to "
    "the model itself writes it anew, for all models"
)


def known_state(place: Workspace, model: str) -> State:
    """Return what is active, for who wants to change it.

    Raises
    ------
    VersionRefusedError
        If the file is damaged, or of a later program.
    """
    try:
        return versions.read_state(place.settings.models)
    except ModelUnavailableError:
        refuse(model, NOT_READABLE)


def state_of(place: Workspace) -> State:
    """Return what is active, for who looks; nothing where the file is damaged."""
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
    VersionRefusedError
        If what is active cannot be read: writing it anew would lose the versions of all models.
    OSError
    """
    before = known_state(place, model)
    _write(place, model, act, reader, before, change(before), decided)


def _write(
    place: Workspace,
    model: str,
    act: str,
    reader: Reader,
    before: State,
    after: State,
    decided: Filed | None = None,
) -> None:
    # The state first: a history that tells of what did not happen is worse than one with a gap.
    versions.write_state(place.settings.models, after)
    tell(place, model, act, reader, before, after, decided)


def tell(
    place: Workspace,
    model: str,
    act: str,
    reader: Reader,
    before: State,
    after: State,
    decided: Filed | None = None,
) -> None:
    """Write into the history who did what; while `changing`.

    Raises
    ------
    OSError
    """
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
    append(place.settings.models / versions.VERSIONS / HISTORY, entry)
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


def promote(
    place: Workspace,
    model: str,
    kept: Kept[AnyVersion],
    pinned: str,
    since: State,
    *,
    reader: Reader,
) -> None:
    """Make a version active that was looked at, and that nothing stands against.

    Parameters
    ----------
    pinned : str
        What stands for it in the state.
    since : State
        What was active when it was looked at: files are read before the lock is taken, since other
        changes do not wait for gigabytes.

    Raises
    ------
    VersionRefusedError
    StorageUnavailableError, StorageFullError
    """
    if kept.against:
        refuse(kept.version.name, kept.against)

    def promoted(now: State) -> State:
        if now.active != since.active:
            refuse(kept.version.name, N_("another version was made active meanwhile"))
        return now.promoted(model, pinned)

    with changing(place):
        turn(place, model, PROMOTE, reader, promoted, kept.filed)


def way_back(former: tuple[str, ...], usable: Callable[[str], bool]) -> tuple[str, ...]:
    """Return the way back up to the newest that can be used: one click does not lead elsewhere."""
    way = list(former)
    while way and way[-1] and not usable(way[-1]):
        way.pop()
    return tuple(way)


def roll_back_over(
    place: Workspace, model: str, usable: Callable[[str], bool], *, reader: Reader
) -> None:
    """Make active what was active before; what cannot be used any more is passed over.

    Raises
    ------
    VersionRefusedError
        If the model itself is active.
    StorageUnavailableError, StorageFullError
    """
    with changing(place):
        state = known_state(place, model)
        former = state.former.get(model, ())
        if not state.active.get(model, SHIPPED) and not former:
            refuse(model, N_("the model itself is active"))
        steps = len(former) - len(way_back(former, usable))

        def rolled_back(now: State) -> State:
            for _passed in range(steps):
                now = now.rolled_back(model)
            return now.rolled_back(model)

        turn(place, model, ROLL_BACK, reader, rolled_back)


def to_itself(place: Workspace, model: str, *, reader: Reader) -> None:
    """Let a model work without a version.

    A state that is damaged, or of a later program, is copied aside and written anew: then every
    model works without a version.

    Raises
    ------
    StorageUnavailableError, StorageFullError
    """
    with changing(place) as models:
        try:
            before = versions.read_state(models)
        except ModelUnavailableError:
            versions.set_aside(models)
            before = State({})
        # What works without a version needs no way back to that.
        worked = before.active.get(model, SHIPPED) == SHIPPED
        after = before if worked else before.promoted(model, SHIPPED)
        _write(place, model, TO_ITSELF, reader, before, after)
