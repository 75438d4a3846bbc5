"""The models that Overread knows, as data. Reading the list imports no torch.

Pages list models in a process that must stay light: adapters are imported inside `load`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.domain.draft import ModelIdentity
from core.domain.errors import N_, ModelUnavailableError
from core.models import fake_writer
from core.models.base import FindingClassifier
from core.models.film_standing import AnyFilm, FilmGate, read_check_figures
from core.models.in_force import every_measured, in_force
from core.models.language.precision import Memory, Precision
from core.models.language.shelf import Shelf
from core.models.language.standing import Server, Standing
from core.models.measured import CARD, WEIGHTS, Measured

EMBEDDED_FOLDER = Path(__file__).parent / "weights" / "embedded"
FILM_CHECK_FOLDER = Path(__file__).parent / "weights" / "film_check"

EMBEDDED = "overread-embedded-3"
FAKE = "fake"
FAKE_ANY_FILM = "fake-any-film"
FAKE_SECOND = "fake-second"


@dataclass(frozen=True)
class Source:
    """Where a model comes from. ``folder`` is ``None`` for a model without weights.

    Only what is ``gated`` may be listed: its films pass the film check before it reads them.
    """

    name: str
    kind: str
    folder: Path | None
    licence: str
    listed: bool = True
    gated: bool = True


@dataclass(frozen=True)
class Entry:
    """A model as a page shows it: ``state`` is ``ready`` or says what it needs, with the reason.

    ``standing`` says more of a model that writes; classifiers that are shipped have none.
    ``version`` is the active version, empty for what was shipped; ``fallen`` says why an active
    version, or the site's calibration, is not in force. ``calibration`` is the digest of the site's
    layer where it is.
    """

    name: str
    kind: str
    licence: str
    labels: tuple[str, ...]
    digest: str
    state: str
    reason: str = ""
    measured: Measured | None = None
    card: Path | None = None
    standing: Standing | None = None
    version: str = ""
    fallen: str = ""
    calibration: str = ""


SOURCES: tuple[Source, ...] = (
    Source(EMBEDDED, "embedded", EMBEDDED_FOLDER, "Apache-2.0"),
    # For development and tests: chosen by its name in a setting, never offered.
    Source(FAKE, "fake", None, "Apache-2.0", listed=False),
    # Drawn test films are no chest films; this one reads them all the same.
    Source(FAKE_ANY_FILM, "fake", None, "Apache-2.0", listed=False, gated=False),
    # Reads any film, and otherwise than the first: for comparing.
    Source(FAKE_SECOND, "fake", None, "Apache-2.0", listed=False, gated=False),
)


def entries(sources: tuple[Source, ...] = SOURCES) -> tuple[Entry, ...]:
    """Return every model that may be offered, with its state and measured figures."""
    return tuple(_entry(source) for source in sources if source.listed)


def writers(
    shelf: Shelf,
    memory: Memory,
    wanted: Precision | None = None,
    server: Server | None = None,
) -> tuple[Entry, ...]:
    """Return the models that write, each with what it needs to run here.

    Parameters
    ----------
    wanted : Precision or None
        The precision that the settings ask for.
    """
    return tuple(_writer(standing) for standing in shelf.standings(memory, wanted, server))


def names(sources: tuple[Source, ...] = SOURCES) -> tuple[str, ...]:
    """Return the name of every model, also of those that are not offered."""
    return tuple(source.name for source in sources)


def stands_in(name: str, sources: tuple[Source, ...] = SOURCES) -> bool:
    """Whether a name is that of a stand-in, whose drafts mean nothing."""
    fakes = (source.name for source in sources if source.kind == "fake")
    return name in (*fakes, fake_writer.NAME)


def entry(name: str, sources: tuple[Source, ...] = SOURCES) -> Entry:
    """Return one model by name, also one that is not offered.

    Raises
    ------
    ModelUnavailableError
        If the name is unknown.
    """
    source = next((source for source in sources if source.name == name), None)
    if source is None:
        return _shelved_entry(name)
    return _entry(source)


def measured_of(model: ModelIdentity, sources: tuple[Source, ...] = SOURCES) -> Measured | None:
    """Return the figures of the very weights that made a draft; ``None`` where they are gone.

    Drafts outlive models: what was measured of later weights says nothing about them.
    """
    source = next((source for source in sources if source.name == model.name), None)
    if source is None or source.folder is None:
        return None
    every = every_measured(_models(), model.name, source.folder)
    return next((one for one in every if one.weights_sha256 == model.digest), None)


def identity_of(entry: Entry) -> ModelIdentity:
    return ModelIdentity(entry.name, entry.digest)


def load(name: str, sources: tuple[Source, ...] = SOURCES) -> FindingClassifier:
    """Load a model by name.

    Raises
    ------
    ModelUnavailableError
        If the name is unknown or the model's files cannot be used.
    """
    source = next((source for source in sources if source.name == name), None)
    if source is None:
        from core.models.densenet import DenseNetClassifier

        return DenseNetClassifier(_shelf_of(name).open(name))
    if source.folder is None:
        from core.models.fake import FakeClassifier

        return FakeClassifier(name, draw=1 if name == FAKE_SECOND else 0)
    from core.models.embedded import EmbeddedClassifier

    found = in_force(_models(), source.name, source.folder)
    return EmbeddedClassifier(found.folder, found.layer, found.version)


def loaded_from(name: str, sources: tuple[Source, ...] = SOURCES) -> str:
    """Return what `load` would read now: another answer means that it must be loaded again."""
    source = next((source for source in sources if source.name == name), None)
    if source is None or source.folder is None:
        return name
    entry = _entry(source)
    return " ".join((name, entry.version, entry.digest, entry.calibration))


def shipped_folder(name: str, sources: tuple[Source, ...] = SOURCES) -> Path | None:
    """Return where the weights of a shipped model lie; ``None`` for another name."""
    return next((source.folder for source in sources if source.name == name), None)


def load_film_check(name: str, sources: tuple[Source, ...] = SOURCES) -> FilmGate:
    """Load the gate that films pass before the model of this name reads them.

    Raises
    ------
    ModelUnavailableError
        If the files of the film check cannot be used.
    """
    if any(source.name == name and not source.gated for source in sources):
        return AnyFilm()
    from core.models.film_check import FilmCheck

    return FilmCheck(FILM_CHECK_FOLDER)


def film_check_document() -> Mapping[str, Any]:
    """Return the figures file of the film check, empty where it cannot be read."""
    try:
        return read_check_figures(FILM_CHECK_FOLDER).document
    except ModelUnavailableError:
        return {}


def _shelf_of(name: str) -> Shelf:
    """Return the shelf of this home folder, if a classifier of this name stands on it."""
    from core.settings import load_settings

    shelf = Shelf(load_settings().home / "models")
    if shelf.source(name).kind != "classifier":
        raise ModelUnavailableError(model=name, reason=N_("it is no classifier"))
    return shelf


def _shelved_entry(name: str) -> Entry:
    """A classifier that a person added: its weights are known, but nothing was measured."""
    shelf = _shelf_of(name)
    source = shelf.source(name)
    try:
        digest, reason = shelf.open(name).digest, ""
    except ModelUnavailableError as error:
        digest, reason = "", str(error.facts["reason"])
    state = "unavailable" if reason else "ready"
    return Entry(name, source.kind, source.licence, (), digest, state, reason)


def _writer(standing: Standing) -> Entry:
    source = standing.source
    return Entry(
        name=source.name,
        kind=source.kind,
        licence=source.licence,
        labels=(),
        digest=standing.digest,
        state=standing.state.value,
        reason=standing.reason,
        standing=standing,
    )


def _entry(source: Source) -> Entry:
    if source.folder is None:
        missing = _missing_of_gate(source)
        return Entry(source.name, source.kind, source.licence, (), "", _state(missing), missing)
    try:
        found = in_force(_models(), source.name, source.folder)
    except ModelUnavailableError as error:
        reason = str(error.facts["reason"])
        return Entry(source.name, source.kind, source.licence, (), "", "unavailable", reason)
    missing = "" if (found.folder / WEIGHTS).is_file() else N_("its weights file is missing")
    reason = missing or _missing_of_gate(source)
    return Entry(
        name=source.name,
        kind=source.kind,
        licence=source.licence,
        labels=tuple(found.measured.findings),
        digest=found.measured.weights_sha256,
        state=_state(reason),
        reason=reason,
        measured=found.measured,
        card=found.folder / CARD,
        version=found.version,
        fallen=found.fallen,
        calibration=found.calibration,
    )


def _models() -> Path:
    from core.settings import load_settings

    return load_settings().models


def _state(reason: str) -> str:
    return "unavailable" if reason else "ready"


def _missing_of_gate(source: Source) -> str:
    """What of the film check cannot be used, for a model whose films it looks at first."""
    if not source.gated:
        return ""
    try:
        read_check_figures(FILM_CHECK_FOLDER)
    except ModelUnavailableError as error:
        return str(error.facts["reason"])
    weights = FILM_CHECK_FOLDER / WEIGHTS
    return "" if weights.is_file() else N_("the weights file of its film check is missing")
