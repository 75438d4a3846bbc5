"""Open-i's chest radiographs of Indiana University, in either form that they are handed round in.

::

    ecgen-radiology/1.xml ...                one report a file, the images it names
    NLMCXR_png/CXR1_1_IM-0001-3001.png ...

    indiana_reports.csv                      uid,...,findings,impression
    indiana_projections.csv                  uid,filename,projection
    images/images_normalized/1_IM-0001-4001.dcm.png ...

Findings and impression are the words of a picture, and a report is a group. From the tables the
frontal images alone are read. The XML does not say which image is the frontal one: the first
whose name ends in ``-1001`` is taken, else the first that the report names. That is a habit of the
collection and no statement of it, so the tables are to be preferred.

References
----------
Demner-Fushman et al. 2016, doi:10.1093/jamia/ocv080
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import parse

from core.domain.errors import N_
from core.training.corpus.sample import Record
from core.training.corpus.sources.pictures import first_of, picture
from core.training.corpus.sources.source import Refused, Source, needed, refusal
from core.training.corpus.sources.tables import line_count, plain, rows

KIND = "openi"
REPORTS, PROJECTIONS = "indiana_reports.csv", "indiana_projections.csv"
IMAGES = ("images/images_normalized", "NLMCXR_png", "images/NLMCXR_png", "images", "")
MOST_XML_BYTES = 1 << 20
_LICENCE = re.compile(r"creativecommons\.org/licenses/([a-z-]+)/([\d.]+)")


def open_openi(folder: Path) -> Source:
    """Open a folder with the two tables, or else with XML reports.

    Raises
    ------
    CorpusError
        If it has neither, or no images.
    """
    if (folder / REPORTS).is_file():
        needed(folder, PROJECTIONS)
        return _of_tables(folder)
    reports = sorted(
        (each for each in folder.glob("**/*.xml") if each.is_file()),
        key=lambda path: (len(path.stem), path.stem),
    )
    if not reports:
        raise refusal(N_("it has neither {table} nor XML reports"), table=REPORTS)
    folders = [folder / name for name in IMAGES if (folder / name).is_dir()]

    def read(refused: Refused) -> Iterator[Record]:
        for path in reports:
            record = _of_report(folder, path, folders, refused)
            if record is not None:
                yield record

    return Source(KIND, folder.resolve().name, read, lambda: len(reports))


# --- two tables ---------------------------------------------------------------------------------


def _of_tables(folder: Path) -> Source:
    folders = [folder / name for name in IMAGES if (folder / name).is_dir()]

    def read(refused: Refused) -> Iterator[Record]:
        said = ("uid", "findings", "impression")
        words = {
            row["uid"]: _joined(row["findings"], row["impression"])
            for row in rows(folder / REPORTS, said, refused)
        }
        seen: set[str] = set()
        for row in rows(folder / PROJECTIONS, ("uid", "filename", "projection"), refused):
            if row["projection"].strip().lower() == "frontal":
                record = _of_row(folder, folders, row, words, seen, refused)
                if record is not None:
                    yield record

    return Source(KIND, folder.resolve().name, read, lambda: line_count(folder / REPORTS) - 1)


def _of_row(
    folder: Path,
    folders: list[Path],
    row: Mapping[str, str],
    words: Mapping[str, str],
    seen: set[str],
    refused: Refused,
) -> Record | None:
    identifier = row["filename"].strip().removesuffix(".png").removesuffix(".dcm")
    if not plain(identifier):
        refused["identifier"] += 1
        return None
    if identifier in seen:
        refused["duplicate_identifier"] += 1
        return None
    seen.add(identifier)
    path = first_of(folders, identifier, (".dcm.png", ".png", ".jpg"))
    return _record(folder, path, identifier, row["uid"], words.get(row["uid"], ""), "")


# --- XML ----------------------------------------------------------------------------------------


def _of_report(folder: Path, path: Path, folders: list[Path], refused: Refused) -> Record | None:
    report = _parsed(path)
    if report is None:
        refused["xml"] += 1
        return None
    named = [each.get("id", "") for each in report.iter("parentImage")]
    images = [name for name in named if plain(name)]
    if not images:
        # A report without an image is no picture with words.
        refused["identifier" if named else "no_image"] += 1
        return None
    frontal = next((name for name in images if name.endswith("-1001")), images[0])
    said = {
        each.get("Label", "").upper(): "".join(each.itertext())
        for each in report.iter("AbstractText")
    }
    words = _joined(said.get("FINDINGS", ""), said.get("IMPRESSION", ""))
    address = _LICENCE.search(report.findtext(".//licenseURL") or "")
    licence = f"CC {address[1].upper()} {address[2]}" if address else ""
    found = first_of(folders, frontal, (".png", ".jpg"))
    return _record(folder, found, frontal, path.stem, words, licence)


def _parsed(path: Path) -> Element | None:
    try:
        if path.stat().st_size > MOST_XML_BYTES:
            return None
        report: Element = parse(path, forbid_dtd=True).getroot()
    except (OSError, ParseError, DefusedXmlException, ValueError):
        return None
    return report


# --- both ---------------------------------------------------------------------------------------


def _joined(findings: str, impression: str) -> str:
    return "\n\n".join(part for part in (findings.strip(), impression.strip()) if part)


def _record(
    folder: Path, path: Path | None, identifier: str, uid: str, caption: str, licence: str
) -> Record:
    image, size = picture(folder, path)
    return Record(
        source=KIND,
        identifier=identifier,
        group=f"report-{uid}",
        image=image,
        image_bytes=size,
        caption=caption,
        licence=licence,
        chest=True,
    )
