"""Digests of a model's files, kept beside them: 20 GB are read once, not at every start."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.models.language.record import OWN_FILES, replace_json

KEPT = "overread-digests.json"
MOST_BYTES = 1_000_000
BLOCK = 2**22
SUFFIXES = (".safetensors", ".json", ".txt", ".model", ".jinja")

OnDigest = Callable[[int, int], None]


@dataclass(frozen=True)
class FolderDigest:
    """SHA-256 of each file of a model, and of them all by name and digest."""

    files: Mapping[str, str]

    @property
    def digest(self) -> str:
        lines = "".join(f"{name} {self.files[name]}\n" for name in sorted(self.files))
        return hashlib.sha256(lines.encode()).hexdigest()

    def joined(self, base: str) -> str:
        """Return the digest of these files on top of others."""
        return joined(self.digest, base)


def joined(own: str, base: str) -> str:
    """Return the digest of an adapter and the model that it sits on together."""
    return hashlib.sha256(f"{base}\n{own}\n".encode()).hexdigest()


def model_files(folder: Path) -> list[Path]:
    """Return every file that a model could read, in order; read-me files and licences are none."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.is_file() and path.suffix in SUFFIXES and path.name not in OWN_FILES
    )


def folder_digest(folder: Path, on_digest: OnDigest | None = None) -> FolderDigest:
    """Return the digest of a model, reading only files whose size or time changed.

    Parameters
    ----------
    on_digest : callable or None
        Told how many bytes of how many have been read.

    Raises
    ------
    OSError
    """
    kept = _kept(folder)
    paths = model_files(folder)
    stamps = {path.name: _stamp(path) for path in paths}
    fresh = [path for path in paths if kept.get(path.name, ("",))[:2] != stamps[path.name]]
    total, done = sum(stamps[path.name][0] for path in fresh), 0
    found = {name: entry for name, entry in kept.items() if stamps.get(name) == entry[:2]}
    for path in fresh:
        before = done

        def read(count: int, before: int = before) -> None:
            if on_digest is not None:
                on_digest(before + count, total)

        found[path.name] = (*stamps[path.name], file_digest(path, read))
        done += stamps[path.name][0]
    if fresh:
        keep(folder, found)
    return FolderDigest({name: str(entry[2]) for name, entry in found.items()})


def known_digest(folder: Path) -> str:
    """Return the digest of a model where it was read before and nothing changed, else nothing."""
    kept = _kept(folder)
    paths = model_files(folder)
    if not paths or any(kept.get(path.name, ("",))[:2] != _stamp(path) for path in paths):
        return ""
    return FolderDigest({path.name: str(kept[path.name][2]) for path in paths}).digest


def file_digest(path: Path, on_read: Callable[[int], None] | None = None) -> str:
    """Return the SHA-256 of a file; ``on_read`` is told how much of it has been read."""
    summed, count = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            summed.update(block)
            count += len(block)
            if on_read is not None:
                on_read(count)
    return summed.hexdigest()


def kept_digest(path: Path) -> str:
    """Return the digest of one file where it was read before and did not change, else nothing."""
    entry = _kept(path.parent).get(path.name, ("",))
    return str(entry[2]) if entry[:2] == _stamp(path) else ""


def remember(path: Path, digest: str) -> None:
    """Keep the digest of one file that was read already."""
    keep(path.parent, _kept(path.parent) | {path.name: (*_stamp(path), digest)})


def keep(folder: Path, entries: Mapping[str, tuple[int | str, ...]]) -> None:
    """Write what is known; a folder that may not be written is read again the next time."""
    try:
        replace_json(folder / KEPT, {name: list(entry) for name, entry in entries.items()})
    except OSError:
        return


def _stamp(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


def _kept(folder: Path) -> dict[str, tuple[int | str, ...]]:
    path = folder / KEPT
    try:
        if path.stat().st_size > MOST_BYTES:
            return {}
        document = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): tuple(entry) for name, entry in document.items() if len(entry) == 3}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
