"""Frozen patients: the held-out films of an export, or the ``val`` films of a labelled folder."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from core.domain.errors import N_
from core.domain.training_errors import EvaluationError
from core.evaluation.promotion.decision import Frozen
from core.evaluation.scored import HEADLINE
from core.training.films import FilmRow, read_manifest
from core.training.relearning import labels

VAL = "val"


def frozen_films(folders: Sequence[Path]) -> tuple[FilmRow, ...]:
    """Return the frozen films of every folder.

    Of a labelled folder with films of the headline source only these count, as they do in the
    figures of the shipped model.

    Raises
    ------
    EvaluationError
        If a folder is neither kind, or none has a frozen film.
    TrainingError
        If a folder cannot be used.
    """
    rows = tuple(row for folder in folders for row in _of(folder))
    if not rows:
        _refuse(N_("there is no film of a frozen patient"))
    return rows


def _of(folder: Path) -> tuple[FilmRow, ...]:
    if (folder / labels.LABELS).is_file():
        return labels.read_labels(folder).of(labels.HOLDOUT)
    if not (folder / "manifest.csv").is_file():
        _refuse(N_("{folder} is no export and no labelled folder"), folder=folder.name)
    val = tuple(row for row in read_manifest(folder) if row.split == VAL)
    return tuple(row for row in val if row.source == HEADLINE) or val


def described(rows: Sequence[FilmRow]) -> Frozen:
    """Say on what two versions were compared."""
    lines = sorted(
        f"{row.source} {row.path.name} {sorted(row.positive)} {sorted(row.known)}" for row in rows
    )
    return Frozen(
        films=len(rows),
        patients=len({(row.source, row.patient) for row in rows}),
        digest=hashlib.sha256("\n".join(lines).encode()).hexdigest(),
        sources=dict(sorted(Counter(row.source for row in rows).items())),
    )


def _refuse(template: str, **named: str) -> NoReturn:
    raise EvaluationError(reason=template.format(**named), template=template, named=named)
