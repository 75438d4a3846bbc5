"""ROCO, the first version: a list of captions, of concepts and of licences in each split.

::

    data/train/radiology/captions.txt    ROCO_00020<TAB> Axial computed ...
    data/train/radiology/cuis.txt        ROCO_00020<TAB><TAB>C1306645<TAB>C0817096
    data/train/radiology/licences.txt    ROCO_ID,PMC_ID,CC
                                         ROCO_00020,PMC3970251_CRIONM2014-931546.003.jpg,CC BY
    data/train/radiology/images/         PMC3970251_CRIONM2014-931546.003.jpg or ROCO_00020.jpg

The same in ``validation`` and ``test``. The lists' names are those of the repository of ROCO,
with the endings of its revisions (``cuis_tp_val_revised.txt``, ``cc_tp_test.csv``).

References
----------
Pelka et al. 2018, doi:10.1007/978-3-030-01364-6_20
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from core.domain.errors import N_
from core.domain.training_errors import CorpusError
from core.training.corpus.sample import Record
from core.training.corpus.sources.pictures import first_of, picture
from core.training.corpus.sources.source import Refused, Source, refusal
from core.training.corpus.sources.tables import line_count, plain, rows, tabbed

KIND = "roco"
SPLITS = ("train", "validation", "test")


def open_roco(folder: Path) -> Source:
    """Open the folder of ROCO that holds ``data``, or ``data`` itself.

    Raises
    ------
    CorpusError
        If no split has a list of captions, or one lacks its licences or its images.
    """
    top = folder / "data" if (folder / "data").is_dir() else folder
    splits = [top / split / "radiology" for split in SPLITS]
    found = [each for each in splits if _list(each, "captions*.txt") is not None]
    if not found:
        raise _lacks("data/train/radiology/captions.txt")
    for each in found:
        if _licence_list(each) is None:
            raise _lacks(f"data/{each.parent.name}/radiology/licences.txt")
        if not (each / "images").is_dir():
            raise _lacks(f"data/{each.parent.name}/radiology/images")

    def read(refused: Refused) -> Iterator[Record]:
        seen: set[str] = set()
        for each in found:
            yield from _records(each, seen, refused)

    def count() -> int:
        lists = (_list(each, "captions*.txt") for each in found)
        return sum(line_count(path) for path in lists if path is not None)

    return Source(KIND, folder.resolve().name, read, count)


def _records(split: Path, seen: set[str], refused: Refused) -> Iterator[Record]:
    captions, images = _list(split, "captions*.txt"), split / "images"
    concepts, licences = _concepts(split), _licences(split)
    for line in tabbed(captions, refused) if captions else ():
        identifier, words = line[0], " ".join(line[1:])
        if len(line) < 2:
            refused["columns"] += 1
        elif not plain(identifier):
            refused["identifier"] += 1
        elif identifier in seen:
            refused["duplicate_identifier"] += 1
        else:
            seen.add(identifier)
            name, licence = licences.get(identifier, ("", ""))
            named = images / name if plain(name) else None
            path = named if named and named.is_file() else first_of([images], identifier)
            image, size = picture(split, path)
            article = name.split("_", 1)[0] if name.startswith("PMC") else ""
            yield Record(
                source=KIND,
                identifier=identifier,
                group=article or identifier,
                grouped=bool(article),
                image=image,
                image_bytes=size,
                caption=words,
                concepts=concepts.get(identifier, ()),
                licence=licence,
            )


def _concepts(split: Path) -> dict[str, tuple[str, ...]]:
    path = _list(split, "cuis*.txt")
    if path is None:
        return {}
    return {
        line[0]: tuple(sys.intern(each) for each in line[1:] if each)
        for line in tabbed(path, Counter())
    }


def _licences(split: Path) -> dict[str, tuple[str, str]]:
    """Name of the picture and licence, by identifier."""
    path = _licence_list(split)
    if path is None:
        return {}
    found = rows(path, ("ROCO_ID", "PMC_ID", "CC"), Counter())
    return {row["ROCO_ID"]: (row["PMC_ID"].strip(), sys.intern(row["CC"].strip())) for row in found}


def _licence_list(split: Path) -> Path | None:
    return _list(split, "licences*.txt") or _list(split, "cc_*.csv")


def _list(split: Path, pattern: str) -> Path | None:
    return min(split.glob(pattern), default=None)


def _lacks(name: str) -> CorpusError:
    return refusal(N_("it has no {file}"), file=name)
