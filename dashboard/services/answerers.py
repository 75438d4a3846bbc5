"""Who can answer a question: the embedded assistant always, language models where ready."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from core.domain.errors import ModelUnavailableError
from dashboard.services import remote_consent, writers
from dashboard.services.fetch_model import shelf
from dashboard.workspace import Workspace

ASSISTANT = "overread-assistant"


@dataclass(frozen=True)
class Answerer:
    """``embedded`` answers at once and in this process; the others are jobs of the worker.

    ``server`` is the host that film and words of a question go to, empty for this machine.
    """

    name: str
    embedded: bool = False
    server: str = ""


def answerers(place: Workspace) -> tuple[Answerer, ...]:
    """Return everyone who may be asked now, the embedded assistant first."""
    ready = writers.ready_writers(place, conversing=True)
    host = urlsplit(place.settings.remote_model_url).hostname or ""
    remote = _remote(place)
    return (
        Answerer(ASSISTANT, embedded=True),
        *(Answerer(name, server=host if name in remote else "") for name in ready),
    )


def require_answerer(place: Workspace, name: str) -> None:
    """Refuse a name that nobody answers to, before a question waits for it.

    Raises
    ------
    ModelUnavailableError
    RemoteModelOffError, RemoteConsentError
        If it is behind a server that no reader has let anything go to.
    """
    if name in _remote(place):
        remote_consent.drafter(place)
    if name not in {item.name for item in answerers(place)}:
        raise ModelUnavailableError(model=name, reason="there is no model of this name")


def _remote(place: Workspace) -> frozenset[str]:
    """Models whose weights are on another machine."""
    return frozenset(each.name for each in shelf(place).sources if each.kind == "remote")
