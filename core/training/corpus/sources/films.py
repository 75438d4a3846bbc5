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

from core.domain.errors import TrainingError
from core.domain.training_errors import CorpusError
from core.findings.vocabulary import CARDIOMEGALY
from core.reporting.dictation import CARDIOMEGALY_PROJECTIONS
from core.reporting.drafting import ADULT
from core.training.corpus.folder import TRAIN, VALIDATION
from core.training.corpus.sample import Record
from core.training.corpus.sources.dictated import dictate
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
        If the folder has no manifest, or it cannot be used.
    """
    try:
        rows = read_manifest(folder)
        licences = _licences(folder)
    except (TrainingError, csv.Error, KeyError, ValueError, OSError) as error:
        reason = getattr(error, "reason", "") or "manifest.csv cannot be read"
        raise CorpusError(reason=str(reason)) from error
    for row in rows:
        if row.view in FRONTAL and row.age is not None and row.age >= ADULT:
            yield _record(folder, row, licences)


def _record(folder: Path, row: FilmRow, licences: dict[str, str]) -> Record:
    identifier = row.path.relative_to(folder).as_posix()
    return Record(
        source=SOURCE,
        identifier=identifier,
        group=row.patient,
        image=partial(Path.read_bytes, row.path),
        image_bytes=row.path.stat().st_size if row.path.is_file() else 0,
        caption=report_of(row),
        licence=licences[identifier],
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


def _licences(folder: Path) -> dict[str, str]:
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as lines:
        return {line["image"]: line["licence"] for line in csv.DictReader(lines)}
