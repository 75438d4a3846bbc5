"""Picture files of a source: found by name, never outside its folder, read when asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

ENDINGS = (".jpg", ".jpeg", ".png")


def picture(root: Path, path: Path | None) -> tuple[Callable[[], bytes], int]:
    """Return how to read a picture, and its size in bytes: 0 where there is none to read.

    Parameters
    ----------
    root : Path
        Folder of the source. A path that leads out of it, by a link too, is no picture.
    path : Path or None
        Where the picture should be.
    """
    found = _inside(root, path)
    if found is None:
        return _absent, 0
    return partial(_read, root, found), found.stat().st_size


def first_of(folders: Iterable[Path], stem: str, endings: Sequence[str] = ENDINGS) -> Path | None:
    """Return the first file of this name, with any of the endings, in any of the folders."""
    for folder in folders:
        for ending in endings:
            path = folder / f"{stem}{ending}"
            if path.is_file():
                return path
    return None


def folders_below(root: Path, prefix: str, depth: int = 2) -> list[Path]:
    """Return the folders of ``root`` whose name begins with ``prefix``, and theirs, in order.

    Archives unpack to a folder of their own or into one below it; both are found.
    """
    if not root.is_dir():
        return []
    found = sorted(
        each for each in root.iterdir() if each.is_dir() and each.name.startswith(prefix)
    )
    if depth > 1:
        found = [below for each in found for below in (each, *folders_below(each, "", depth - 1))]
    return found


def _inside(root: Path, path: Path | None) -> Path | None:
    if path is None:
        return None
    try:
        found = path.resolve(strict=True)
    except (OSError, RuntimeError, ValueError):
        return None
    inside = found.is_relative_to(root.resolve())
    return found if inside and found.is_file() else None


def _read(root: Path, path: Path) -> bytes:
    # Looked at again: between listing and reading, hours may have passed.
    if _inside(root, path) is None:
        raise FileNotFoundError(path.name)
    return path.read_bytes()


def _absent() -> bytes:
    raise FileNotFoundError("the source holds no such picture")
