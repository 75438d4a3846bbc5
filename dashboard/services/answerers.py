"""Who can answer a question: the embedded assistant always, language models where ready."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.errors import ModelUnavailableError
from dashboard.services import writers
from dashboard.workspace import Workspace

ASSISTANT = "overread-assistant"


@dataclass(frozen=True)
class Answerer:
    """``embedded`` answers at once and in this process; the others are jobs of the worker."""

    name: str
    embedded: bool = False


def answerers(place: Workspace) -> tuple[Answerer, ...]:
    """Return everyone who may be asked now, the embedded assistant first."""
    ready = writers.ready_writers(place, conversing=True)
    return (Answerer(ASSISTANT, embedded=True), *map(Answerer, ready))


def require_answerer(place: Workspace, name: str) -> None:
    """Refuse a name that nobody answers to, before a question waits for it.

    Raises
    ------
    ModelUnavailableError
    """
    if name not in {item.name for item in answerers(place)}:
        raise ModelUnavailableError(model=name, reason="there is no model of this name")
