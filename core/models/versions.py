"""Versions of a shipped model: folders of weights that were trained here, and which one is active.

They lie in ``OVERREAD_HOME/models/versions``, each a folder with weights, figures, card and the
decision of its promotion. ``active.json`` names the active one of each model; a model that it does
not name is as it was shipped. It does so for models that write, too, whose versions lie elsewhere
(`core.models.writers_in_force`). What may be made active is for others to decide; here it is only
read and written. Imports no torch.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.domain.errors import N_, ModelUnavailableError
from core.models.language.record import replace_json
from core.models.measured import MEASURED, WEIGHTS, Measured, read_measured

VERSIONS, ACTIVE = "versions", "active.json"
SCHEMA = 1
MOST_STATE = 1_000_000
MOST_FIGURES = 20_000_000
MOST_WEIGHTS = 2_000_000_000
MOST_FORMER = 100
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")

DAMAGED_STATE = N_("the file that says which version is active is damaged, or of a later program")


@dataclass(frozen=True)
class Version:
    """One version. ``reason`` says what is wrong with its files, empty where they are whole."""

    name: str
    folder: Path
    measured: Measured | None = None
    reason: str = ""

    @property
    def model(self) -> str:
        """Name of the model that this is a version of."""
        return self.measured.name if self.measured else ""

    @property
    def digest(self) -> str:
        return self.measured.weights_sha256 if self.measured else ""


@dataclass(frozen=True)
class Standing:
    """What reads films now. ``version`` is empty for the shipped model.

    ``fallen`` says why the active version is not the one that reads.
    """

    folder: Path
    version: str = ""
    fallen: str = ""


@dataclass(frozen=True)
class State:
    """``active`` maps models to versions; ``calibrated`` are models with the site's layer on.

    ``former`` holds what was active before, by model, oldest first; empty for what was shipped.
    """

    active: Mapping[str, str]
    calibrated: frozenset[str] = frozenset()
    former: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def promoted(self, model: str, version: str) -> State:
        """Return the state with another version active, and the way back to this one."""
        way = (*self.former.get(model, ()), self.active.get(model, ""))
        return replace(
            self,
            active={**self.active, model: version},
            former={**self.former, model: way[-MOST_FORMER:]},
        )

    def rolled_back(self, model: str) -> State:
        """Return the state before the last promotion; without one, with what was shipped."""
        way = self.former.get(model, ())
        return replace(
            self,
            active={**self.active, model: way[-1] if way else ""},
            former={**self.former, model: way[:-1]},
        )


def folder_of(models: Path, name: str) -> Path:
    """Return the folder of a version, whether it is there or not."""
    return models / VERSIONS / name


def folder_named(models: Path, name: str) -> Path:
    """Return the folder of a version by its name, or a folder that is given as one."""
    return folder_of(models, name) if NAME.fullmatch(name) else Path(name)


def versions(models: Path) -> tuple[Version, ...]:
    """Return every version that is kept, newest first, also those with damaged files."""
    folder = models / VERSIONS
    if not folder.is_dir():
        return ()
    found = [each for each in folder.iterdir() if each.is_dir() and NAME.fullmatch(each.name)]
    found.sort(key=lambda each: (-each.stat().st_mtime_ns, each.name))
    return tuple(examined(each) for each in found)


def examined(folder: Path) -> Version:
    """Look at the files of a version; its weights are read whole once, and again if they change."""
    try:
        figures = folder / MEASURED
        if figures.is_file() and figures.stat().st_size > MOST_FIGURES:
            return Version(folder.name, folder, None, N_("its figures file is too large"))
        measured = read_measured(folder)
        return Version(folder.name, folder, measured, _wrong(folder / WEIGHTS, measured))
    except ModelUnavailableError as error:
        return Version(folder.name, folder, None, str(error.facts["reason"]))
    except OSError:
        return Version(folder.name, folder, None, N_("its files cannot be read"))


def _wrong(weights: Path, measured: Measured) -> str:
    if not weights.is_file():
        return N_("its weights file is missing")
    stamp = weights.stat()
    if stamp.st_size > MOST_WEIGHTS:
        return N_("its weights file is too large")
    if _sha256(weights, stamp.st_mtime_ns, stamp.st_size) != measured.weights_sha256:
        return N_("its weights are not the ones that were measured")
    return ""


# Every draft asks; the stamp tells a file that has changed.
@lru_cache(maxsize=64)
def _sha256(path: Path, _changed_ns: int, _bytes: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# --- which one is active ------------------------------------------------------------------------


def standing(models: Path, model: str, shipped: Path) -> Standing:
    """Return what of a model reads films: its active version, or what was shipped.

    A version that is gone or damaged gives way to the shipped model, and ``fallen`` says why.
    """
    try:
        name = read_state(models).active.get(model, "")
    except ModelUnavailableError as error:
        return Standing(shipped, fallen=str(error.facts["reason"]))
    if not name:
        return Standing(shipped)
    folder = folder_of(models, name)
    if not NAME.fullmatch(name) or not folder.is_dir():
        return Standing(shipped, fallen=N_("its folder is missing"))
    version = examined(folder)
    if version.reason:
        return Standing(shipped, fallen=version.reason)
    if version.model != model:
        return Standing(shipped, fallen=N_("it is a version of another model"))
    return Standing(folder, name)


def read_state(models: Path) -> State:
    """Return what is active; nothing where nothing was ever promoted.

    Raises
    ------
    ModelUnavailableError
        If the file is damaged or too large.
    """
    path = models / VERSIONS / ACTIVE
    try:
        if path.stat().st_size > MOST_STATE:
            raise ValueError
        return _state(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return State({})
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ModelUnavailableError(model=ACTIVE, reason=DAMAGED_STATE) from error


def _state(document: Any) -> State:
    if document["schema"] != SCHEMA:
        raise ValueError
    active = {str(model): str(name) for model, name in document["active"].items()}
    former = {
        str(model): tuple(str(name) for name in names)
        for model, names in document["former"].items()
    }
    return State(active, frozenset(str(name) for name in document["calibrated"]), former)


def set_aside(models: Path) -> Path:
    """Copy the file that says what is active, and return the copy; none is replaced.

    Raises
    ------
    OSError
    """
    path = models / VERSIONS / ACTIVE
    number = 1
    while (copy := path.with_name(f"{ACTIVE}.{number}")).exists():
        number += 1
    shutil.copy2(path, copy)
    return copy


def write_state(models: Path, state: State) -> None:
    """Write what is active, whole or not at all.

    Raises
    ------
    OSError
    """
    (models / VERSIONS).mkdir(parents=True, exist_ok=True)
    document = {
        "schema": SCHEMA,
        "active": dict(state.active),
        "calibrated": sorted(state.calibrated),
        "former": {model: list(names) for model, names in state.former.items()},
    }
    replace_json(models / VERSIONS / ACTIVE, document)
