"""A classifier learns from the ledger: read the labels, fit, choose points, measure, write."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt
import torch

from core.domain.errors import N_, ModelUnavailableError
from core.domain.training_errors import RunError
from core.evaluation.reading import read_films
from core.evaluation.scored import HEADLINE, Scored
from core.models.embedded import load_network
from core.models.language.record import replace_json
from core.models.measured import (
    CARD,
    MEASURED,
    SCHEMA,
    WEIGHTS,
    Measured,
    check_weights,
    read_measured,
)
from core.models.network import Network, for_reading
from core.training.films import FilmRow, label_tables, load_films, patient_folds, read_manifest
from core.training.relearning.card import write_card
from core.training.relearning.fitting import Lesson, features_of, logits_from, refit
from core.training.relearning.labels import HOLDOUT, SOURCE, TRAIN, LedgerLabels, read_labels
from core.training.relearning.learned import STATED, write_learned
from core.training.relearning.measuring import (
    findings_document,
    localisation_document,
    points_of,
    scored,
)
from core.training.relearning.recipe import Relearning
from core.training.run import save_weights

logger = logging.getLogger(__name__)

FOLDS = 5
VAL = "val"
AT_ONCE = 16


@dataclass(frozen=True)
class Asked:
    """What a person asks for.

    Attributes
    ----------
    labels : Path
        An export of signed reports.
    base : Path
        Folder of the weights to start from.
    out : Path
        Folder to be made.
    rehearsal : Path or None
        Folder with ``manifest.csv``: its ``train`` films are learned along with the ledger, its
        ``val`` films are frozen along with the export's.
    command : str
        As it was typed, without paths of the machine.
    """

    labels: Path
    base: Path
    out: Path
    rehearsal: Path | None = None
    recipe: Relearning = field(default_factory=Relearning)
    command: str = ""
    threads: int = 1


@dataclass(frozen=True)
class _Films:
    """Rows with their folds; what is frozen lies in no fold."""

    rows: tuple[FilmRow, ...]
    folds: npt.NDArray[np.int64]


def relearn(asked: Asked) -> dict[str, Any]:
    """Write weights, ``measured.json``, ``card.md`` and the list of films; return the figures file.

    Raises
    ------
    CorpusError
        If the labels or films of the export cannot be used.
    RunError
        If the folder is there already, or the weights cannot be started from.
    TrainingError
        If the rehearsal set cannot be used.
    """
    if asked.out.exists():
        _refuse(N_("there is something of the name {folder} already"), folder=asked.out.name)
    torch.set_num_threads(asked.threads)
    old, network = _base(asked.base)
    ledger = read_labels(asked.labels)
    films, frozen = _gather(asked, ledger, old)
    fitted, unseen = _fit(network, films, asked.recipe)
    points = points_of(unseen, old)
    staged = _staged(asked.out)
    digest = save_weights(fitted, staged / WEIGHTS)
    # Read back what was written: the figures belong to the file, rounding included.
    written = for_reading(load_network(staged / WEIGHTS, old.name))
    logger.info("reading %d frozen films", len(frozen))
    held = _scored(frozen, written, read_films(written, frozen).vote)
    document = {
        **_about(asked, ledger, old, fitted, digest, write_learned(staged, films.rows)),
        "split": _split(films.rows, frozen),
        "findings": findings_document(held, unseen, points, old, asked.recipe.parts),
        "mean_nih_auroc": None,
        "localisation": localisation_document(old, asked.recipe.parts),
    }
    write_card(document, staged / CARD)
    replace_json(staged / MEASURED, document)
    staged.rename(asked.out)
    return document


def _staged(out: Path) -> Path:
    """An empty folder beside the one to be made, which appears when it is whole."""
    staged = out.with_name(f".{out.name}.part")
    if staged.is_dir():
        shutil.rmtree(staged)
    staged.mkdir(parents=True)
    return staged


def _base(folder: Path) -> tuple[Measured, Network]:
    try:
        old = read_measured(folder)
        network = load_network(check_weights(folder, old), old.name)
    except ModelUnavailableError as error:
        template = N_("the weights to start from cannot be used: {why}")
        _refuse(template, why=str(error.facts["reason"]))
    if "relearned" in old.document:
        # Its members know patients that would be dealt into other folds now.
        _refuse(N_("start from the model that {name} came from; the ledger holds all labels"),
                name=folder.name)  # fmt: skip
    return old, network


# --- films --------------------------------------------------------------------------------------


def _gather(
    asked: Asked, ledger: LedgerLabels, old: Measured
) -> tuple[_Films, tuple[FilmRow, ...]]:
    recipe = old.document.get("recipe", {})
    folds, seed = int(recipe.get("folds", FOLDS)), int(recipe.get("seed", asked.recipe.seed))
    learned = ledger.of(TRAIN)
    if not learned:
        _refuse(N_("the export has no film to learn from"))
    parts = [_Films(learned, patient_folds(learned, folds, seed))]
    frozen = ledger.of(HOLDOUT)
    if asked.rehearsal is not None:
        rows = read_manifest(asked.rehearsal)
        train = tuple(row for row in rows if row.split == TRAIN)
        # Dealt as they were when the weights were trained: over all films, before some are chosen.
        dealt = patient_folds(train, folds, seed)
        chosen = _some(train, asked.recipe)
        parts.append(_Films(tuple(train[at] for at in chosen), dealt[chosen]))
        frozen += tuple(row for row in rows if row.split == VAL and row.source == HEADLINE)
    rows_all = tuple(row for part in parts for row in part.rows)
    return _Films(rows_all, np.concatenate([part.folds for part in parts])), frozen


def _some(rows: Sequence[FilmRow], recipe: Relearning) -> npt.NDArray[np.int64]:
    """Places of the headline films to rehearse, at most so many, in their order."""
    places = np.flatnonzero([row.source == HEADLINE for row in rows])
    drawn = np.random.default_rng(recipe.seed).permutation(places)[: recipe.most_rehearsal]
    return np.sort(drawn)


def _fit(network: Network, films: _Films, recipe: Relearning) -> tuple[Network, Scored]:
    """Fit, and return what each member says of the films that it left out."""
    findings, size = network.shape.findings, network.shape.size
    loaded = load_films(films.rows, findings, size)
    counts = np.array(
        [1.0 if row.source == SOURCE else recipe.rehearsal for row in films.rows],
        np.float32,
    )
    lesson = Lesson(loaded.squares, loaded.labels, loaded.known, counts, films.folds)
    logger.info("reading %d films to learn from", len(films.rows))
    features = features_of(network, lesson.squares, recipe.parts)
    fitted = refit(network, features, lesson, recipe)
    with torch.no_grad():
        parts = [logits_from(fitted, some, recipe.parts) for some in torch.split(features, AT_ONCE)]
    members = torch.cat(parts, dim=1).numpy()
    own = films.folds < network.shape.members
    places = np.arange(len(films.rows))
    logits = members[np.where(own, films.folds, 0), places].astype(np.float32)
    every = _scored(films.rows, network, logits)
    return fitted, every.of(np.asarray(own, np.bool_))


def _scored(rows: tuple[FilmRow, ...], network: Network, logits: npt.NDArray[np.float32]) -> Scored:
    findings = network.shape.findings
    return scored(rows, findings, *label_tables(rows, findings), logits)


# --- what is written ----------------------------------------------------------------------------


def _about(
    asked: Asked, ledger: LedgerLabels, old: Measured, fitted: Network, digest: str, learned: str
) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "name": old.name,
        "weights_sha256": digest,
        "command": asked.command,
        "made": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "recipe": {**old.document.get("recipe", {}), "members": fitted.shape.members},
        "input_size": fitted.shape.size,
        "parameters": sum(p.numel() for p in fitted.parameters()),
        "torch": torch.__version__,
        "relearned": {
            "parent": old.name,
            "parent_sha256": old.weights_sha256,
            "labels_sha256": ledger.digest,
            "labels_before_reveal": ledger.before_reveal,
            "rehearsal_sha256": _digest_of(asked.rehearsal),
            STATED: learned,
            "recipe": asdict(asked.recipe),
        },
    }


def _digest_of(folder: Path | None) -> str | None:
    if folder is None:
        return None
    return hashlib.sha256((folder / "manifest.csv").read_bytes()).hexdigest()


def _split(learned: tuple[FilmRow, ...], frozen: tuple[FilmRow, ...]) -> dict[str, Any]:
    sides = {"train": learned, "val": frozen}
    return {"by": "patient", **{side: _counted(rows) for side, rows in sides.items()}}


def _counted(rows: tuple[FilmRow, ...]) -> dict[str, dict[str, int]]:
    films = Counter(row.source for row in rows)
    people = Counter(source for source, _ in {(row.source, row.patient) for row in rows})
    return {s: {"films": films[s], "patients": people[s]} for s in sorted(films)}


def _refuse(template: str, **named: str) -> NoReturn:
    raise RunError(reason=template.format(**named), template=template, named=named)
