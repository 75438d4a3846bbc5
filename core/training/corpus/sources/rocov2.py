"""ROCOv2 as its archive unpacks: pictures of articles with captions and UMLS concepts.

::

    train_captions.csv           ID,Caption        ROCOv2_2023_train_000001,Chest radiograph ...
    train_concepts.csv           ID,CUIs           C1306645;C0817096;...
    train_concepts_manual.csv    ID,CUIs           modality, and region of plain films
    license_information.csv      ID,PMCID,Attribution,Link      of all splits
    train/  or  train_images/  or  train_images/train/          ROCOv2_2023_train_000001.jpg

The same with ``valid`` and ``test``; a split without captions is left out. Concepts of one split
and the licences of all are held in memory (some 20 MB for the published 80,000 pictures);
captions are read line by line and pictures one at a time.

References
----------
Rückert et al. 2024, ROCOv2, doi:10.5281/zenodo.8333645
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from core.domain.errors import N_
from core.training.corpus.sample import Record
from core.training.corpus.sources.pictures import first_of, folders_below, picture
from core.training.corpus.sources.source import Refused, Source, needed, refusal
from core.training.corpus.sources.tables import line_count, plain, rows

KIND = "rocov2"
SPLITS = ("train", "valid", "test")
LICENCES = "license_information.csv"
_CODE = re.compile(r"CC(?: |-)?(?:BY(?:-(?:NC|SA|ND))*|0)(?![A-Za-z])", re.IGNORECASE)
_ARTICLE = re.compile(r"PMC\d+")


def open_rocov2(folder: Path) -> Source:
    """Open the folder that ROCOv2 was unpacked into.

    Raises
    ------
    CorpusError
        If it has no captions, a split lacks its concepts or its pictures, or the list of licences
        is missing: it alone says which figures are of one article.
    """
    needed(folder, *(f"{split}_captions.csv" for split in SPLITS))
    splits = [split for split in SPLITS if (folder / f"{split}_captions.csv").is_file()]
    for split in splits:
        needed(folder, f"{split}_concepts.csv", f"{split}_concepts_manual.csv")
        if not folders_below(folder, split):
            raise refusal(N_("it has no folder {folder} of pictures"), folder=split)
    needed(folder, LICENCES)

    def read(refused: Refused) -> Iterator[Record]:
        licences = _licences(folder)
        for split in splits:
            yield from _records(folder, split, licences, refused)

    def count() -> int:
        return sum(line_count(folder / f"{split}_captions.csv") - 1 for split in splits)

    return Source(KIND, folder.resolve().name, read, count)


def _records(
    folder: Path, split: str, licences: Mapping[str, tuple[str, str]], refused: Refused
) -> Iterator[Record]:
    concepts = _concepts(folder, split)
    folders = folders_below(folder, split)
    seen: set[str] = set()
    for row in rows(folder / f"{split}_captions.csv", ("ID", "Caption"), refused):
        identifier = row["ID"].strip()
        if not plain(identifier):
            refused["identifier"] += 1
            continue
        if identifier in seen:
            refused["duplicate_identifier"] += 1
            continue
        seen.add(identifier)
        image, size = picture(folder, first_of(folders, identifier))
        article, licence = licences.get(identifier, ("", ""))
        yield Record(
            source=KIND,
            identifier=identifier,
            group=article or identifier,
            grouped=bool(article),
            image=image,
            image_bytes=size,
            caption=row["Caption"],
            concepts=concepts.get(identifier, ()),
            licence=licence,
        )


def _concepts(folder: Path, split: str) -> dict[str, tuple[str, ...]]:
    """Concepts by picture: those from the caption, then those given by hand."""
    found: dict[str, tuple[str, ...]] = {}
    # A broken line of a side table costs its concepts, not the record.
    aside: Refused = Counter()
    for name in (f"{split}_concepts.csv", f"{split}_concepts_manual.csv"):
        if not (folder / name).is_file():
            continue
        for row in rows(folder / name, ("ID", "CUIs"), aside):
            codes = [sys.intern(each.strip()) for each in row["CUIs"].split(";") if each.strip()]
            known = found.get(row["ID"], ())
            found[row["ID"]] = tuple(dict.fromkeys((*known, *codes)))
    return found


def _licences(folder: Path) -> dict[str, tuple[str, str]]:
    """Article and licence by picture."""
    found: dict[str, tuple[str, str]] = {}
    for row in rows(folder / LICENCES, ("ID", "PMCID"), Counter()):
        said = row.get("Attribution") or row.get("License") or ""
        article = _ARTICLE.search(f"{row['PMCID']} {row.get('Link', '')}")
        code = _CODE.search(said)
        licence = code.group().upper().replace("CC-BY", "CC BY") if code else said.strip()
        name = article.group() if article else row["PMCID"].strip()
        found[row["ID"].strip()] = (sys.intern(name), sys.intern(licence))
    return found
