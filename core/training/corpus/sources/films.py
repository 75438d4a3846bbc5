"""Real films with labels, as a source of reports: the folder that the embedded model is trained on.

Only rows under a licence that lets weights be shipped, and only frontal films of patients known to
be adults. The folder's own split is kept: validation films are those that no model was trained on.
See `core.training.films` for the folder.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from core.domain.errors import N_, TrainingError
from core.findings.vocabulary import CARDIOMEGALY
from core.reporting.dictation import CARDIOMEGALY_PROJECTIONS
from core.reporting.drafting import ADULT
from core.training.corpus.folder import TRAIN, VALIDATION
from core.training.corpus.sample import Record
from core.training.corpus.sources.dictated import dictate
from core.training.corpus.sources.source import refusal, unreadable
from core.training.films import FilmRow, read_manifest

SOURCE = "films"
FRONTAL = ("PA", "AP")
_SPLITS = {"train": TRAIN, "val": VALIDATION}


def open_films(folder: Path) -> Iterator[Record]:
    """Yield the adults' frontal films of a folder, each with a report drafted from its labels.

    A film of which nothing can be said has an empty caption, so that it is counted as a drop.

    Raises
    ------
    CorpusError
        If the folder has no manifest, or it cannot be used or names files outside the folder.
    """
    try:
        rows = read_manifest(folder)
        licences = _licences(folder)
    except TrainingError as error:
        raise refusal(error.facts["reason"]) from error
    except (csv.Error, KeyError, ValueError, TypeError, AttributeError, OSError) as error:
        raise unreadable(folder / "manifest.csv") from error
    for row in rows:
        if row.view in FRONTAL and row.age is not None and row.age >= ADULT:
            yield _record(folder, row, licences)


def _record(folder: Path, row: FilmRow, licences: dict[Path, str]) -> Record:
    if not row.path.is_relative_to(folder) or ".." in row.path.relative_to(folder).parts:
        raise refusal(N_("its manifest names files outside its folder"))
    return Record(
        source=SOURCE,
        identifier=row.path.relative_to(folder).as_posix(),
        group=row.patient,
        image=partial(Path.read_bytes, row.path),
        image_bytes=row.path.stat().st_size if row.path.is_file() else 0,
        caption=report_of(row),
        licence=licences[row.path],
        chest=True,
        split=_SPLITS.get(row.split, ""),
    )


def report_of(row: FilmRow) -> str:
    """Word the labels of a film. They name no side, so that the report names none.

    The heart is not called of normal size on a film that magnifies it.
    """
    known = row.known
    if row.view not in {view.value for view in CARDIOMEGALY_PROJECTIONS}:
        known -= {CARDIOMEGALY}
    return dictate(dict.fromkeys(sorted(row.positive)), known)


def _licences(folder: Path) -> dict[Path, str]:
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as lines:
        # By path: ./images/a.png is images/a.png.
        return {folder / line["image"]: line["licence"] for line in csv.DictReader(lines)}
