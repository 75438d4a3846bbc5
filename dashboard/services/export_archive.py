"""Exports that the Ledger page makes: folders in OVERREAD_HOME/exports, and one as a ZIP file."""

from __future__ import annotations

import io
import json
import os
import shutil
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core.domain.errors import N_
from core.domain.training_errors import CorpusError
from dashboard.services.export_signed import MANIFEST, Exported, Progress, export_signed
from dashboard.workspace import Workspace
from storage.failures import in_one_sentence
from storage.whole_file import sync_folder

FOLDER = "exports"
_NAME = "signed-{number:03d}"
MOST_ARCHIVE = 300_000_000
"""Bytes of an export that a browser is given at once; a larger one is taken as a folder."""
_MOST_MANIFEST = 50_000_000
MOST_KEPT = 5
"""Exports that are looked at: the newest."""
# A ZIP file names a time of each file: this one tells nothing.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class KeptExport:
    """An export that lies here. ``size_bytes`` is of all its files but the manifest.

    Of one whose manifest is ``damaged`` nothing but its place is known.
    """

    folder: Path
    studies: int = 0
    patients: int = 0
    size_bytes: int = 0
    damaged: bool = False

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def small(self) -> bool:
        """Whether a browser can be given it at once."""
        return not self.damaged and self.size_bytes <= MOST_ARCHIVE


def new_export(place: Workspace, progress: Progress | None = None) -> tuple[KeptExport, Exported]:
    """Make the next export below OVERREAD_HOME.

    Raises
    ------
    As `dashboard.services.export_signed.export_signed`.
    """
    parent = place.settings.home / FOLDER
    with in_one_sentence():
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    number = 1 + max((_number(path) for path in parent.iterdir()), default=0)
    folder = parent / _NAME.format(number=number)
    exported = export_signed(place, folder, progress)
    return _kept(folder), exported


def kept_exports(place: Workspace) -> tuple[KeptExport, ...]:
    """Return the newest exports that lie below OVERREAD_HOME, newest first."""
    parent = place.settings.home / FOLDER
    if not parent.is_dir():
        return ()
    folders = sorted(filter(_number, parent.iterdir()), key=_number, reverse=True)
    return tuple(_kept(path) for path in folders[:MOST_KEPT])


def archive(folder: Path) -> bytes:
    """Return an export as a ZIP file, which names no time.

    Raises
    ------
    CorpusError
        If it is too large for that; see `MOST_ARCHIVE`.
    """
    if _size(folder) > MOST_ARCHIVE:
        template = N_("the export is larger than {most} MB: take its folder instead")
        named = {"most": str(MOST_ARCHIVE // 1_000_000)}
        raise CorpusError(reason=template.format(**named), template=template, named=named)
    target = io.BytesIO()
    with in_one_sentence():
        _write(folder, target)
    return target.getvalue()


def export_to_zip(place: Workspace, path: Path) -> Exported:
    """Write an export as a ZIP file of any size; it appears when it is whole.

    Raises
    ------
    CorpusError
        If there is something of this name already.
    As `dashboard.services.export_signed.export_signed`.
    """
    path = path.absolute()
    if path.exists() or path.is_symlink():
        template, named = N_("there is something of the name {folder} already"), path.name
        reason = template.format(folder=named)
        raise CorpusError(reason=reason, template=template, named={"folder": named})
    with in_one_sentence():
        path.parent.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        exported = export_signed(place, staged / path.stem)
        with in_one_sentence():
            with os.fdopen(_opened(staged / path.name), "wb") as target:
                _write(staged / path.stem, target)
            (staged / path.name).rename(path)
            sync_folder(path.parent)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return exported


def _write(folder: Path, target: BinaryIO) -> None:
    # Stored as they are: films are compressed already.
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as made:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(str(path.relative_to(folder)), _NO_TIME)
                entry.external_attr = 0o600 << 16
                made.writestr(entry, path.read_bytes())


def _opened(path: Path) -> int:
    """A new file for its owner alone, from its first byte on."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)


def _kept(folder: Path) -> KeptExport:
    manifest = folder / MANIFEST
    try:
        if manifest.stat().st_size > _MOST_MANIFEST:
            raise ValueError
        told = json.loads(manifest.read_bytes())
        studies, patients = int(told["studies"]), int(told["patients"])
        return KeptExport(folder, studies, patients, int(told["size_bytes"]))
    except (OSError, ValueError, KeyError, TypeError):
        return KeptExport(folder, damaged=True)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _number(path: Path) -> int:
    """The number in the name of an export; 0 for anything else."""
    head, _, number = path.name.rpartition("-")
    return int(number) if head == "signed" and number.isdecimal() else 0
