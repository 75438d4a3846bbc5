"""What versions of classifiers and of writers share: how one is kept, and when it may be active."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, NoReturn, Protocol, TypeVar

from core.domain.errors import N_
from core.domain.model_errors import VersionRefusedError
from core.evaluation.promotion.decision import CLASSIFIER, WRITER, Decision, Filed
from core.evaluation.promotion.rule import Outcome

SHIPPED = ""
"""Stands for the model as it was shipped, or fetched, where a version is named."""
UNREAD = N_("its files, or those of the model that it sits on, were not read yet")
"""Stands against a version only until it is made active: then they are read."""

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
    def may_be_tried(self) -> bool:
        """Whether nothing stands against it that is known before its files are read."""
        return self.against in ("", UNREAD)

    @property
    def decision(self) -> Decision | None:
        return self.filed.decision if self.filed else None


@dataclass(frozen=True)
class KeptVersions(Generic[V]):
    """All versions of a model that are kept here.

    ``active`` is the one that was made active, ``in_force`` the one that is at work, with its
    ``digest``; both are empty for the model as it was shipped. ``fallen`` says why they differ.
    ``former`` is the way back, up to the newest that can be used.
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


def at_work(kind: str) -> str:
    """Why what is at work cannot be made active."""
    return _AT_WORK[kind]


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
        return at_work(kind)
    if decision is None:
        return N_("it was not compared with the active version")
    if decision.kind != kind or decision.new.digest != version.digest:
        return N_("its decision is of other weights")
    if decision.outcome is Outcome.LOST:
        return N_("it lost on a critical finding")
    if decision.outcome is Outcome.UNDERPOWERED:
        return N_("its frozen patients do not exclude a loss")
    if not decision.accepts:
        return N_("its decision rests on too lax a rule")
    if decision.old.digest != now:
        return N_("it was compared with another version than the active one")
    return ""


def refuse(version: str, reason: str) -> NoReturn:
    """Say why a version cannot be made active.

    Raises
    ------
    VersionRefusedError
    """
    raise VersionRefusedError(version=version, reason=reason)
