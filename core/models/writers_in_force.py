"""What of a model that writes makes drafts now: the model itself, or an adapter on it.

The registered adapters of a model are its versions. Which one is active stands where it stands for
classifiers (`core.models.versions`), with its digest, so that other files under the same name are
another version. Imports no torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.domain.errors import N_, ModelUnavailableError
from core.domain.model_errors import CheckpointRefusedError
from core.models import versions
from core.models.language.catalogue import LanguageSource
from core.models.language.digests import folder_digest, known_digest
from core.models.language.shelf import Shelf

GONE = N_("it is not registered any more")
OTHER_FILES = N_("its files are not the ones that were judged")


@dataclass(frozen=True)
class WriterVersion:
    """One adapter.

    Attributes
    ----------
    model : str
        The model that it sits on.
    folder : Path or None
        ``None`` where it is not registered any more.
    digest : str
        Of adapter and model together, as drafts name it; empty where the files cannot be used, or
        were not read yet.
    reason : str
        What is wrong with its files, empty where they are whole.
    """

    name: str
    model: str
    folder: Path | None
    digest: str
    reason: str = ""

    @property
    def pinned(self) -> str:
        """What stands for it in the state and in the history."""
        return f"{self.name}@{self.digest}"


@dataclass(frozen=True)
class Writing:
    """What writes under the name of a model.

    Attributes
    ----------
    entry : str
        What of the shelf is loaded.
    version : str
        As pinned; empty for the model itself.
    digest : str
        What drafts will name; empty where the files of the model were not read yet.
    fallen : str
        Why the active version does not write.
    """

    entry: str
    version: str = ""
    digest: str = ""
    fallen: str = ""


def name_of(pinned: str) -> str:
    """Return the name of a version that is pinned; empty for the model itself."""
    return pinned.rpartition("@")[0]


def adapters(shelf: Shelf, model: str) -> tuple[WriterVersion, ...]:
    """Return the adapters that are registered on a model; what was not read yet is not read."""
    on = (source for source in shelf.sources if source.adapter_of == model and source.local)
    return tuple(adapter(shelf, source) for source in on)


def adapter(shelf: Shelf, source: LanguageSource, *, whole: bool = False) -> WriterVersion:
    """Look at the files of an adapter and of the model that it sits on.

    Parameters
    ----------
    whole : bool
        Read what was not read yet, of the adapter and of the model, which can be gigabytes; else
        the digest stays empty.
    """
    folder, digest, reason = shelf.folder_of(source), "", ""
    try:
        shelf.looked_through(source)
        below = _digest_of(shelf, source.adapter_of, whole=whole)
        if below and (whole or known_digest(folder)):
            digest = folder_digest(folder).joined(below)
    except CheckpointRefusedError as error:
        reason = _refused(error, source, folder)
    except (OSError, ModelUnavailableError):
        reason = N_("its files cannot be read")
    return WriterVersion(source.name, source.adapter_of, folder, digest, reason)


def _refused(error: CheckpointRefusedError, source: LanguageSource, folder: Path) -> str:
    if error.facts["model"] != source.name:
        return N_("the model that it sits on cannot be used")
    return N_("its files cannot be used") if folder.is_dir() else N_("its folder is missing")


def _digest_of(shelf: Shelf, model: str, *, whole: bool) -> str:
    folder = shelf.folder_of(shelf.source(model))
    if not folder.is_dir():
        return ""
    return folder_digest(folder).digest if whole else known_digest(folder)


def writing(models: Path, shelf: Shelf, model: str, *, whole: bool = False) -> Writing:
    """Return what writes under the name of a model.

    A version that is gone or changed gives way to the one that was active before it, and at last
    to the model itself: what was trusted last, and never one that nobody made active. ``fallen``
    says why.

    Parameters
    ----------
    models : Path
        Folder of models in OVERREAD_HOME.
    whole : bool
        As of `adapter`. Without it, a version whose files were not read yet is believed.
    """
    try:
        state = versions.read_state(models)
    except ModelUnavailableError as error:
        return _itself(shelf, model, str(error.facts["reason"]), whole=whole)
    fallen = ""
    for pinned in (state.active.get(model, ""), *reversed(state.former.get(model, ()))):
        if not pinned:
            break
        found = version_of(shelf, model, pinned, whole=whole)
        if not found.reason:
            return Writing(found.name, pinned, found.digest, fallen)
        fallen = fallen or found.reason
    return _itself(shelf, model, fallen, whole=whole)


def _itself(shelf: Shelf, model: str, fallen: str, *, whole: bool) -> Writing:
    try:
        return Writing(model, "", _digest_of(shelf, model, whole=whole), fallen)
    except (OSError, ModelUnavailableError):
        return Writing(model, fallen=fallen)


def version_of(shelf: Shelf, model: str, pinned: str, *, whole: bool = False) -> WriterVersion:
    """Return a version that was active once; ``reason`` says why it cannot write now."""
    name, _at, digest = pinned.rpartition("@")
    source = next((each for each in shelf.sources if each.name == name), None)
    if source is None:
        return WriterVersion(name, model, None, digest, GONE)
    found = adapter(shelf, source, whole=whole)
    if found.model != model:
        reason = N_("it is a version of another model")
        return WriterVersion(name, model, found.folder, digest, reason)
    if not found.reason and found.digest not in ("", digest):
        return WriterVersion(name, model, found.folder, digest, OTHER_FILES)
    return WriterVersion(name, model, found.folder, digest, found.reason)
