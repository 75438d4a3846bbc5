"""Fetch a model when a person asks for it, and name folders that hold one.

A fetch is a thread of the server: what is here lies on the disk with a record beside it, so that
after a stop, a cut line or a restart the next request goes on where the last one ended.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import NoReturn

from core.domain.errors import N_, OverreadError
from core.domain.model_errors import CheckpointRefusedError, DownloadError
from core.domain.reader import Reader
from core.models.language.catalogue import LanguageSource
from core.models.language.checkpoint import adapter_base, examine
from core.models.language.download import fetch
from core.models.language.shelf import Shelf
from core.models.language.standing import Server
from core.settings import Settings
from dashboard.workspace import Workspace
from storage.failures import in_one_sentence

logger = logging.getLogger(__name__)


class FetchState(StrEnum):
    FETCHING = "fetching"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True)
class FetchProgress:
    """Where a fetch stands. ``total`` is 0 until the hub has told how large the model is.

    ``begun`` counts the bytes that were here before, ``seconds`` the time since.
    """

    name: str
    state: FetchState
    done: int = 0
    total: int = 0
    begun: int = 0
    seconds: float = 0.0
    error: OverreadError | None = None


class _Fetch:
    """One fetch under way, in a thread that does not keep the server from ending."""

    def __init__(self, source: LanguageSource, folder: Path) -> None:
        self._source, self._folder = source, folder
        self._lock, self._halt = threading.Lock(), threading.Event()
        self._started = time.monotonic()
        self._progress = FetchProgress(source.name, FetchState.FETCHING)
        threading.Thread(target=self._run, name=f"fetch-{source.name}", daemon=True).start()

    @property
    def progress(self) -> FetchProgress:
        with self._lock:
            return self._progress

    def stop(self) -> None:
        self._halt.set()

    def _run(self) -> None:
        try:
            record = fetch(self._source, self._folder, self._tell, self._halt.is_set)
        except DownloadError as error:
            logger.warning("model %s was not fetched: %s", self._source.name, error.code)
            self._end(FetchState.FAILED, error)
        except Exception as error:  # noqa: BLE001 - a thread that dies in silence is waited for
            logger.error("model %s was not fetched: %s", self._source.name, type(error).__name__)
            reason = N_("the server met an unexpected fault")
            fault = DownloadError(model=self._source.name, reason=reason, template=reason, named={})
            self._end(FetchState.FAILED, fault)
        else:
            self._end(FetchState.DONE if record.complete else FetchState.STOPPED)

    def _tell(self, done: int, total: int) -> None:
        with self._lock:
            before = self._progress
            begun = before.begun if before.total else done
            self._progress = replace(
                before,
                done=done,
                total=total,
                begun=begun,
                seconds=time.monotonic() - self._started,
            )

    def _end(self, state: FetchState, error: OverreadError | None = None) -> None:
        with self._lock:
            self._progress = replace(self._progress, state=state, error=error)


_fetches: dict[Path, _Fetch] = {}
_lock = threading.Lock()


def shelf(place: Workspace) -> Shelf:
    """The models of this home folder."""
    return Shelf(place.settings.models)


def server_of(settings: Settings) -> Server:
    """What the settings say of a model server."""
    return Server(bool(settings.remote_model_url), settings.remote_models_off)


def start_fetch(place: Workspace, name: str, *, reader: Reader) -> FetchProgress:
    """Fetch a model, or go on with it; asking twice runs once.

    Raises
    ------
    ModelUnavailableError
        If there is no model of this name.
    """
    models = shelf(place)
    source, folder = models.source(name), models.own_folder(name)
    with _lock:
        running = _fetches.get(folder)
        if running is None or running.progress.state is not FetchState.FETCHING:
            logger.info("reader %d fetches model %s", reader.id, source.name)
            running = _fetches[folder] = _Fetch(source, folder)
        return running.progress


def stop_fetch(place: Workspace, name: str, *, reader: Reader) -> None:
    """Stop a fetch; what is here stays for the next time."""
    logger.info("reader %d stops the fetch of a model", reader.id)
    with _lock:
        running = _fetches.get(shelf(place).own_folder(name))
    if running is not None:
        running.stop()


def fetches(place: Workspace) -> tuple[FetchProgress, ...]:
    """Every fetch since the server started that was not dismissed, in the order asked for."""
    home = place.settings.models
    with _lock:
        return tuple(one.progress for folder, one in _fetches.items() if folder.parent == home)


def dismiss_fetch(place: Workspace, name: str) -> None:
    """Forget a fetch that has ended."""
    folder = shelf(place).own_folder(name)
    with _lock:
        running = _fetches.get(folder)
        if running is not None and running.progress.state is not FetchState.FETCHING:
            del _fetches[folder]


def name_folder(place: Workspace, name: str, path: str, base: str = "", *, reader: Reader) -> None:
    """Use the files of a folder for a model, once they have been looked through.

    Parameters
    ----------
    path : str
        The whole path of a folder of this server.
    base : str
        What an adapter sits on; empty takes the model that it names itself.

    Raises
    ------
    CheckpointRefusedError, ModelUnavailableError
        If it cannot be used; nothing is kept then.
    StorageUnavailableError
    """
    models = shelf(place)
    source = models.source(name)
    folder = Path(path.strip()).expanduser()
    if not folder.is_absolute():
        _refuse(source, N_("write the whole path of the folder"))
    if models.chooses_base(name):
        base = base or made_for(models, folder)
        if not base:
            _refuse(source, N_("choose the model that the adapter sits on"))
    else:
        base = source.adapter_of
    on = models.looked_through(models.source(base)) if base else None
    examine(models.as_chosen(source), folder, on)
    with in_one_sentence():
        models.name_folder(name, folder, base)
    logger.info("reader %d names a folder for model %s", reader.id, source.name)


def forget_folder(place: Workspace, name: str, *, reader: Reader) -> None:
    """Take a named folder back; its files stay where they are."""
    logger.info("reader %d takes back the folder of a model", reader.id)
    with in_one_sentence():
        shelf(place).name_folder(name, None)


def made_for(models: Shelf, folder: Path) -> str:
    """Return the entry that an adapter was made for, by the repository that it names."""
    repository = adapter_base(folder).lower()
    found = (each.name for each in models.sources if each.repository.lower() == repository)
    return next(found, "") if repository else ""


def _refuse(source: LanguageSource, template: str) -> NoReturn:
    raise CheckpointRefusedError(model=source.name, reason=template, template=template, named={})
