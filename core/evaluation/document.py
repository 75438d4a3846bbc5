"""Everything that is measured of a set of weights, as it stands in ``measured.json``."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.domain.errors import N_, TrainingError
from core.evaluation.baseline import (
    NEIGHBOURS,
    THUMBNAIL,
    neighbour_scores,
    thumbnail_logits,
    thumbnail_logits_by_fold,
)
from core.evaluation.boxes import boxed_findings
from core.evaluation.comparison import comparison_figures
from core.evaluation.composite_films import composite_figures
from core.evaluation.drawn_films import phantom_figures
from core.evaluation.figures import CrossScored, all_figures
from core.evaluation.localisation import (
    LEAST_BOXES,
    VAL,
    example_figures,
    localisation_figures,
)
from core.evaluation.map_scores import box_counts, score_boxes
from core.evaluation.operating import Decision, decide_all
from core.evaluation.ranking import mean_auroc
from core.evaluation.reading import Readings, read_films
from core.evaluation.scored import Scored
from core.evaluation.shortcuts import mask_writing, masking_figures, source_figures
from core.evaluation.worst import worst_errors
from core.models.embedded import TRAINED
from core.models.network import Network
from core.training.boxes import read_boxes
from core.training.films import (
    LABELS,
    FilmRow,
    label_tables,
    load_films,
    patient_folds,
    read_manifest,
)

logger = logging.getLogger(__name__)

THUMBNAILS = N_("logistic regression on 32 x 32 pixels")
NEAREST = N_("nearest neighbours of its own features")
UNPRETRAINED = N_("same network without pretraining")


@dataclass(frozen=True)
class Effort:
    """How many films lesions are drawn into: enough for an interval, few enough for minutes."""

    phantoms: int = 30
    composites: int = 40


@dataclass(frozen=True)
class Films:
    """Rows of one split with the headline among them, and what the network says of the latter."""

    rows: tuple[FilmRow, ...]
    folds: npt.NDArray[np.int64]
    labels: npt.NDArray[np.float32]
    known: npt.NDArray[np.bool_]
    findings: tuple[str, ...]

    @classmethod
    def of(cls, rows: tuple[FilmRow, ...], folds: npt.NDArray[np.int64], network: Network) -> Films:
        findings = network.shape.findings
        return cls(rows, folds, *label_tables(rows, findings), findings)

    def scored(self, logits: npt.NDArray[np.float32]) -> Scored:
        return Scored(
            self.findings,
            self.labels,
            self.known,
            logits,
            np.array([row.source for row in self.rows]),
            np.array([row.patient for row in self.rows]),
        )

    def at(self, chosen: npt.NDArray[np.bool_]) -> Films:
        rows = tuple(row for row, ok in zip(self.rows, chosen, strict=True) if ok)
        folds, labels, known = self.folds[chosen], self.labels[chosen], self.known[chosen]
        return Films(rows, folds, labels, known, self.findings)

    @property
    def headline(self) -> npt.NDArray[np.bool_]:
        none = np.zeros((len(self.rows), len(self.findings)), np.float32)
        return self.scored(none).chosen


@dataclass(frozen=True)
class Measurement:
    """``document`` is what belongs into ``measured.json``; the rest is for plots and the log."""

    document: dict[str, Any]
    val: Scored
    cross: CrossScored
    decisions: Mapping[str, Decision]


def measure(
    network: Network,
    folder: Path,
    folds: int,
    seed: int,
    unpretrained: npt.NDArray[np.float32] | None = None,
    map_method: str = TRAINED,
    effort: Effort | None = None,
) -> Measurement:
    """Measure everything from the weights and the films alone.

    Parameters
    ----------
    network : Network
        As read from its file, so that the figures belong to the file, rounding included. Member
        ``k`` must not have seen fold ``k``.
    folder : Path
        Holds ``manifest.csv``, its images, and ``boxes.csv`` where there are boxes.
    folds, seed : int
        As given to `core.training.films.patient_folds` in training.
    unpretrained : ndarray, shape (train films, findings), optional
        Scores of the network without pretraining, NaN where there are none.
    map_method : str
        Whose maps a reader sees; one of `core.evaluation.reading.MAP_METHODS`.
    effort : Effort, optional
        Written into the document, so that the same films can be drawn again.

    Returns
    -------
    Measurement
    """
    rows = read_manifest(folder)
    train_rows = tuple(row for row in rows if row.split == "train")
    val_rows = tuple(row for row in rows if row.split == "val")
    train = Films.of(train_rows, patient_folds(train_rows, folds, seed), network)
    val = Films.of(val_rows, np.full(len(val_rows), VAL), network)
    logger.info("reading %d films of val", len(val_rows))
    val_read = read_films(network, val.rows)
    head = train.at(train.headline)
    logger.info("reading %d films of train by every member", len(head.rows))
    head_read = read_films(network, head.rows)
    unseen = head.folds < network.shape.members
    own = head_read.own(np.where(unseen, head.folds, 0))
    cross = CrossScored(head.scored(own).of(unseen), head.folds[unseen])
    scored = val.scored(val_read.vote)
    decisions = decide_all(cross.films)
    document = all_figures(scored, decisions, cross)
    document["baselines"] = _baselines(train, val, cross, scored, head_read, val_read, unpretrained)
    document["localisation"] = _localisation(network, folder, train, val, map_method)
    _grant(document)
    logger.info("reading masked films")
    document["shortcuts"] = _shortcuts(network, val, scored, val_read)
    logger.info("reading drawn lesions")
    document["drawn"] = _drawn(network, val_rows, decisions, map_method, effort or Effort())
    images = [row.path.relative_to(folder).as_posix() for row in val_rows]
    shown = [image for image, ok in zip(images, scored.chosen, strict=True) if ok]
    document["worst"] = worst_errors(scored.headline, shown, decisions)
    return Measurement(document, scored, cross, decisions)


def _baselines(
    train: Films,
    val: Films,
    cross: CrossScored,
    scored: Scored,
    head_read: Readings,
    val_read: Readings,
    unpretrained: npt.NDArray[np.float32] | None,
) -> dict[str, Any]:
    logger.info("fitting baselines")
    members = len(head_read.logits)
    head, chosen = train.at(train.headline), train.headline
    unseen = head.folds < members
    thumbs = [load_films(films.rows, films.findings, THUMBNAIL) for films in (train, val)]
    by_fold = thumbnail_logits_by_fold(thumbs[0], train.folds, range(members))
    near_cross, count = _neighbours_by_fold(head, head_read, cross)
    near_val = neighbour_scores(
        head_read.joined, head.labels, head.known, val_read.joined, [count]
    )[0]
    on_val = {THUMBNAILS: thumbnail_logits(*thumbs), NEAREST: near_val}
    on_cross = {THUMBNAILS: by_fold[chosen][unseen], NEAREST: near_cross}
    on_val = {name: logits[scored.chosen] for name, logits in on_val.items()}
    tables = {
        "val": comparison_figures(scored.headline, on_val),
        "cross_fit": comparison_figures(cross.films, on_cross),
    }
    if unpretrained is not None:
        if unpretrained.shape != train.labels.shape:
            raise TrainingError(reason="the scores without pretraining are of other films")
        tables["cross_fit"] |= _against_unpretrained(cross.films, unpretrained[chosen][unseen])
    return {"neighbours": count, **tables}


def _against_unpretrained(
    films: Scored, logits: npt.NDArray[np.float32]
) -> dict[str, dict[str, Any]]:
    """Compare on the films of the folds that were trained without pretraining too."""
    there = np.asarray(np.isfinite(logits).all(axis=1), np.bool_)
    if not there.any():
        return {}
    table = comparison_figures(films.of(there), {UNPRETRAINED: logits[there]})
    return {UNPRETRAINED: {**table[UNPRETRAINED], "films": int(there.sum())}}


def _neighbours_by_fold(
    head: Films, read: Readings, cross: CrossScored
) -> tuple[npt.NDArray[np.float32], int]:
    """Return scores from the films that each member was trained on, at the best number of them.

    The number is chosen on the very films that it is reported on: if anything, this flatters the
    baseline.
    """
    found = [np.zeros_like(head.labels) for _ in NEIGHBOURS]
    for member, pooled in enumerate(read.pooled):
        here, others = head.folds == member, head.folds != member
        scores = neighbour_scores(
            pooled[others], head.labels[others], head.known[others], pooled[here], NEIGHBOURS
        )
        for place, one in enumerate(scores):
            found[place][here] = one
    unseen = head.folds < len(read.pooled)
    means = [mean_auroc(cross.films.with_logits(one[unseen]), resamples=1)[0] for one in found]
    best = int(np.argmax([mean.value if mean else 0.0 for mean in means]))
    return found[best][unseen], NEIGHBOURS[best]


def _localisation(
    network: Network, folder: Path, train: Films, val: Films, map_method: str
) -> dict[str, Any]:
    rows = train.rows + val.rows
    boxed = boxed_findings(read_boxes(folder, [row.path for row in rows], LABELS))
    logger.info("drawing maps of %d boxed findings", len(boxed))
    folds = np.concatenate([train.folds, val.folds])
    pointed = score_boxes(network, rows, folds, boxed)
    images = [row.path.relative_to(folder).as_posix() for row in rows]
    return {
        **localisation_figures(pointed, box_counts(boxed), map_method),
        "examples": example_figures(pointed, images, map_method),
    }


def _grant(document: dict[str, Any]) -> None:
    """Let a finding have a side and a place where enough films say that its map earns them."""
    located = document["localisation"]
    for name, figures in located["findings"].items():
        entry, side = document["findings"][name], figures["side"]
        entry["localised"] = figures["localised"]
        if side["films"] >= LEAST_BOXES:
            entry["side_accuracy"] = side["methods"][located["default"]]


def _shortcuts(network: Network, val: Films, scored: Scored, read: Readings) -> dict[str, Any]:
    head = val.at(val.headline)
    masked = read_films(network, head.rows, mask_writing).vote
    return {
        "source_auroc": source_figures(read.joined, scored.sources, scored.patients),
        "masked": masking_figures(scored.headline, masked),
    }


def _drawn(
    network: Network,
    rows: tuple[FilmRow, ...],
    decisions: Mapping[str, Decision],
    method: str,
    effort: Effort,
) -> dict[str, Any]:
    return {
        "effort": asdict(effort),
        "phantoms": phantom_figures(network, decisions, method, effort.phantoms),
        "composites": composite_figures(network, rows, decisions, method, effort.composites),
    }
