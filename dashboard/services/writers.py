"""The models that write, by the names that settings, requests and jobs call them."""

from __future__ import annotations

import logging
from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from core.domain.draft import DraftWarning
from core.domain.errors import N_, ModelUnavailableError
from core.models import fake_writer, registry, writers_in_force
from core.models.drafter import ReportDrafter
from core.models.language.catalogue import ANY, prompt_text
from core.models.language.digests import model_files
from core.models.language.memory import memory_at_hand
from core.models.language.standing import State
from core.models.writers_in_force import Writing
from dashboard.services.fetch_model import server_of, shelf
from dashboard.services.judged import Judgement, judgement
from dashboard.workspace import Workspace

logger = logging.getLogger(__name__)

FAKE_PROMPT = "report.txt"
CLASSIFIER = "classifier"
REMOTE = "remote"
CONVERSING = ("chat", REMOTE)
WRITING = (*CONVERSING, "blip", "encoder_decoder")

ACTIVE_DID_NOT_WRITE = DraftWarning(
    "active_version_did_not_write",
    N_("The active version of this model cannot be used; another one wrote this text."),
)
ADAPTER_REFUSED = DraftWarning(
    "adapter_refused",
    N_("The adapter that wrote this text was refused when it was compared on frozen patients."),
)
ADAPTER_NOT_JUDGED = DraftWarning(
    "adapter_not_judged",
    N_("The adapter that wrote this text was never compared with its model on frozen patients."),
)


@dataclass(frozen=True)
class Loaded:
    """A model that writes, with what of it was loaded.

    Attributes
    ----------
    writing : Writing
        What was active when it was loaded.
    told : str
        As `loaded_from` tells it.
    asked : str
        The prompt of its entry.
    versions : mapping of str to str
        What a text names beside the digest: the adapter that is the active version.
    adapter : str
        Digest of adapter and model together; empty where no adapter writes.
    """

    drafter: ReportDrafter
    writing: Writing
    told: str
    asked: str
    versions: Mapping[str, str] = field(default_factory=dict)
    adapter: str = ""


def writes(place: Workspace, name: str) -> bool:
    """Whether a name is that of a model that writes, ready or not."""
    if name in registry.names():
        return False
    if name == fake_writer.NAME:
        return developing(place)
    return any(each.name == name for each in shelf(place).sources if each.kind in WRITING)


def ready_writers(place: Workspace, *, conversing: bool = False) -> tuple[str, ...]:
    """Return the models that write and can run now; the stand-in in development alone.

    Parameters
    ----------
    conversing : bool
        Only those that take questions: captioning models do not.
    """
    ready = _ready(place, CONVERSING if conversing else WRITING)
    return (*ready, fake_writer.NAME) if developing(place) else ready


def ready_classifiers(place: Workspace) -> tuple[str, ...]:
    """Return the classifiers that can read films now: those that ship, then a person's own."""
    shipped = (entry.name for entry in registry.entries() if entry.state == "ready")
    return (*shipped, *_ready(place, (CLASSIFIER,)))


def _ready(place: Workspace, kinds: Container[str]) -> tuple[str, ...]:
    settings = place.settings
    standings = shelf(place).standings(memory_at_hand(), settings.precision, server_of(settings))
    # Memory that is missing now may be held by the worker's present model, which goes first.
    states = (State.READY, State.NEEDS_MEMORY)
    return tuple(
        each.source.name
        for each in standings
        if each.here and each.state in states and each.source.kind in kinds
    )


def classifier_beside(place: Workspace, model: str) -> str:
    """Return the classifier that reads the film for a model that writes.

    The one of the settings where it is a classifier; a stand-in for a stand-in.
    """
    settings = place.settings.model
    if settings in registry.names():
        return settings
    return registry.FAKE_ANY_FILM if model == fake_writer.NAME else registry.EMBEDDED


def is_remote(place: Workspace, name: str) -> bool:
    """Whether a model's weights are on another machine, to which films would go."""
    return any(each.name == name and each.kind == REMOTE for each in shelf(place).sources)


def asked_words(place: Workspace, name: str) -> str:
    """Return the prompt of a model's entry.

    Raises
    ------
    ModelUnavailableError
    """
    return _asked(place, _writing(place, name))


def _asked(place: Workspace, now: Writing) -> str:
    if now.entry == fake_writer.NAME:
        return prompt_text(FAKE_PROMPT)
    models = shelf(place)
    source = models.source(now.entry)
    if not source.prompt and source.adapter_of not in ("", ANY):
        # A registered adapter is asked what the model that it sits on is asked.
        source = models.source(source.adapter_of)
    return prompt_text(source.prompt, source.beside)


def _writing(place: Workspace, name: str, *, whole: bool = False) -> Writing:
    if name == fake_writer.NAME:
        return Writing(name)
    return writers_in_force.writing(place.settings.models, shelf(place), name, whole=whole)


def written_by(place: Workspace, name: str, writing: Writing | None = None) -> Mapping[str, object]:
    """Return what a text depends on, as far as it is known before the model is loaded.

    Parameters
    ----------
    writing : Writing or None
        What was loaded under the name; ``None`` asks what is active now.

    Raises
    ------
    ModelUnavailableError
    """
    settings, now = place.settings, writing or _writing(place, name)
    beside = registry.entry(classifier_beside(place, name))
    known: dict[str, object] = {
        "prompt": _asked(place, now),
        "candidates": settings.candidates,
        "precision": settings.precision,
        "classifier": [beside.name, beside.digest],
    }
    if name != fake_writer.NAME:
        source = shelf(place).source(name)
        known["source"] = [source.repository, source.revision]
        known["files"] = _stamps_of(place, name, now)
        known["server"] = settings.remote_model_url and [
            settings.remote_model_url,
            settings.remote_model,
        ]
    return known


def _stamps_of(place: Workspace, name: str, now: Writing) -> list[list[object]]:
    """The files of a model, and of the adapter that writes under its name."""
    models = shelf(place)
    found = _stamps(models.folder_of(models.source(name)))
    if now.version:
        found += [[now.version], *_stamps(models.folder_of(models.source(now.entry)))]
    return found


def _stamps(folder: Path) -> list[list[object]]:
    """The files of a model as they lie, without reading them: other files are another model."""
    found: list[list[object]] = [[str(folder)]]
    for path in model_files(folder) if folder.is_dir() else ():
        stat = path.stat()
        found.append([path.name, stat.st_size, stat.st_mtime_ns])
    return found


def loaded_from(place: Workspace, name: str) -> str:
    """Return what tells a loaded model from another: its name, its files, its precision."""
    return _told(place, name, _writing(place, name))


def _told(place: Workspace, name: str, now: Writing) -> str:
    if name == fake_writer.NAME:
        return name
    # Why another one writes belongs to it: each draft says so.
    return repr((name, place.settings.precision, now.fallen, _stamps_of(place, name, now)))


def load_writer(place: Workspace, name: str) -> Loaded:
    """Load a model that writes, with its active version; only a worker does.

    Raises
    ------
    ModelUnavailableError
        If there is none of this name, it needs something that is not here, or its files cannot be
        used, or are no longer those that were judged.
    RemoteModelOffError, RemoteConsentError
        If it is a server that nothing may be sent to.
    """
    now = _writing(place, name, whole=True)
    if name == fake_writer.NAME and developing(place):
        return Loaded(fake_writer.FakeWriter(), now, _told(place, name, now), _asked(place, now))
    if shelf(place).source(name).kind == REMOTE:
        from dashboard.services import remote_consent

        drafter = remote_consent.drafter(place)
        return Loaded(drafter, now, _told(place, name, now), _asked(place, now))
    if now.fallen:
        logger.warning("the active version of the model %s does not write: %s", name, now.fallen)
    return _loaded(place, name, now)


def _loaded(place: Workspace, name: str, now: Writing) -> Loaded:
    """Load the model or the adapter that writes under its name."""
    found, precision = shelf(place), place.settings.precision
    standing = found.standing(found.source(now.entry), memory_at_hand(), precision)
    if standing.state is not State.READY or standing.choice is None:
        raise ModelUnavailableError(model=name, reason=standing.reason or N_("it is not ready"))
    from core.models.language.loading import load_drafter

    # All of it is told before the files are read, which takes minutes: what changes meanwhile is
    # another version, and loaded for the next job.
    told, asked = _told(place, name, now), _asked(place, now)
    choice, opened = standing.choice, found.open(now.entry)
    if now.version and opened.digest != now.digest:
        raise ModelUnavailableError(model=name, reason=writers_in_force.OTHER_FILES)
    # Whichever version it is, a draft names the model that was asked; the digest tells them apart.
    named = replace(opened, source=replace(opened.source, name=name))
    drafter = load_drafter(named, choice.precision, choice.device)
    versions = {"writer_version": opened.source.name} if now.version else {}
    return Loaded(drafter, now, told, asked, versions, opened.digest if opened.adapter else "")


def notes(place: Workspace, loaded: Loaded) -> tuple[DraftWarning, ...]:
    """What every draft must say of what writes it, by what is decided of it now."""
    judged = judgement(place, loaded.adapter) if loaded.adapter else Judgement.ACCEPTED
    said = (
        (ACTIVE_DID_NOT_WRITE, bool(loaded.writing.fallen)),
        (ADAPTER_REFUSED, judged is Judgement.REFUSED),
        (ADAPTER_NOT_JUDGED, judged is Judgement.NONE),
    )
    return tuple(note for note, due in said if due)


def developing(place: Workspace) -> bool:
    """Stand-ins are there where the model that drafts is one, too."""
    return place.settings.model.startswith("fake")
