"""Whether this house lets a film and words go to a model server: asked once a server, by name.

What a reader agreed to is kept in the home folder, not in the database: it belongs to the machine
that films would leave, and a backup put back elsewhere does not carry it along.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from core.domain.errors import NotFoundError
from core.domain.model_errors import RemoteConsentError, RemoteModelOffError
from core.domain.reader import Reader
from core.models.language.remote import RemoteDrafter, open_remote
from core.models.language.sending import Leaving, what_leaves
from core.reporting.draft_prompt import draft_prompt
from dashboard.services import films, writers
from dashboard.workspace import Workspace
from storage.failures import in_one_sentence
from storage.whole_file import replace_file

FILE = "remote_consent.json"

logger = logging.getLogger(__name__)
# One server serves a home folder; its threads take turns.
_writing = threading.Lock()


@dataclass(frozen=True)
class Agreement:
    """Who agreed, and when."""

    reader: str
    at: dt.datetime


def drafter(place: Workspace) -> RemoteDrafter:
    """The remote model of the settings, where a reader agreed to its server.

    Raises
    ------
    RemoteModelOffError
        If remote models are off for good.
    RemoteConsentError
        If no reader agreed yet.
    ModelUnavailableError
        If the settings name no server, or one that cannot be used.
    """
    model = open_remote(place.settings)
    url = place.settings.remote_model_url
    if agreement(place, url) is None:
        raise RemoteConsentError(server=urlsplit(url).hostname)
    return model


def agreement(place: Workspace, url: str) -> Agreement | None:
    """Who agreed to a server; ``None`` where nobody did, or where nobody can tell any more."""
    kept = _read(place).get(_server(url))
    if not isinstance(kept, dict):
        return None
    try:
        return Agreement(str(kept["reader"]), dt.datetime.fromisoformat(kept["at"]))
    except (TypeError, KeyError, ValueError):
        return None


def about_to_leave(place: Workspace, study_id: int, model: str) -> Leaving:
    """Return what asking the server for a draft of a study would send: the very same parts.

    Raises
    ------
    NotFoundError
        If the study does not exist or has no frontal film.
    """
    with place.look() as look:
        study = look.studies.get(study_id)
    if not study.frontals:
        raise NotFoundError(what="film")
    film = study.frontals[0]
    asked = writers.asked_words(place, model)
    prompt = draft_prompt(asked, study, film.projection, converses=True)
    return what_leaves(prompt, films.grey(place, film))


def agree(place: Workspace, url: str, *, reader: Reader) -> None:
    """Keep that a reader has seen what leaves the machine, and lets it go to a server.

    Parameters
    ----------
    url : str
        The address that the reader was shown; it must still be the one of the settings.

    Raises
    ------
    RemoteModelOffError, RemoteConsentError
    StorageUnavailableError
        Nothing was kept then.
    """
    if place.settings.remote_models_off:
        raise RemoteModelOffError()
    if _server(url) != _server(place.settings.remote_model_url):
        raise RemoteConsentError(server=urlsplit(place.settings.remote_model_url).hostname)
    at = dt.datetime.now(dt.UTC).isoformat()
    with _writing:
        _write(place, {**_read(place), _server(url): {"reader": reader.name, "at": at}})
    logger.info("reader %d lets films go to a model server", reader.id)


def withdraw(place: Workspace, url: str, *, reader: Reader) -> None:
    """Take an agreement back, whoever gave it.

    Raises
    ------
    StorageUnavailableError
    """
    with _writing:
        kept = {server: said for server, said in _read(place).items() if server != _server(url)}
        _write(place, kept)
    logger.info("reader %d lets films go to a model server no longer", reader.id)


def _server(url: str) -> str:
    """One spelling for one address."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return f"{parts.scheme}://{parts.hostname}:{port}{parts.path.rstrip('/')}"


def _read(place: Workspace) -> Mapping[str, Any]:
    with in_one_sentence():
        try:
            content = (place.settings.home / FILE).read_bytes()
        except FileNotFoundError:
            return {}
    try:
        kept = json.loads(content)
    except ValueError:
        kept = None
    if not isinstance(kept, dict):
        # No consent is the safe reading of a file that cannot be read.
        logger.warning("%s is damaged: readers are asked again", FILE)
        return {}
    return kept


def _write(place: Workspace, kept: Mapping[str, Any]) -> None:
    with in_one_sentence():
        replace_file(place.settings.home / FILE, json.dumps(kept, indent=1).encode())
