"""Train the embedded model: cross-fitted members, then the figures measured on unseen patients.

Train patients are dealt into folds. Each member learns from all folds but its own and scores its
own; those scores, pooled, are unseen by their networks and serve to calibrate and to choose
operating points. Val patients are touched only by the final figures.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch

from core.domain.errors import TrainingError
from core.evaluation.metrics import auroc
from core.models.network import Network, NetworkShape
from core.training.films import (
    FilmRow,
    FilmSet,
    load_films,
    patient_folds,
    read_manifest,
    trainable,
)
from core.training.loop import Recipe, train_member
from core.training.phantoms import phantom_films

logger = logging.getLogger(__name__)

MARGIN = 1.15
"""Training squares are this much larger than the input, so that a shift finds film to show."""


@dataclass(frozen=True)
class CrossFit:
    """Trained members and the train films that a member scored without having seen their patient.

    ``logits`` has shape (films, findings), a line for each of ``rows``.
    """

    rows: tuple[FilmRow, ...]
    network: Network
    logits: npt.NDArray[np.float32]


def cross_fit(folder: Path, out: Path, shape: NetworkShape | None, recipe: Recipe) -> CrossFit:
    """Train every member, resuming from the checkpoints in ``out / "checkpoints"``.

    Raises
    ------
    TrainingError
        If the folder has no usable films.
    """
    if not 1 <= recipe.members <= recipe.folds or recipe.folds < 2:
        raise TrainingError(reason="it needs two folds or more, and at most one member a fold")
    torch.set_num_threads(recipe.threads)
    # The loader runs in the training thread; OpenCV's own threads would only take its cores.
    cv2.setNumThreads(1)
    rows = tuple(row for row in read_manifest(folder) if row.split == "train")
    findings = trainable(rows)
    if not findings:
        raise TrainingError(reason="no source has both positives and negatives of a finding")
    shape = replace(shape or NetworkShape(findings), findings=findings, members=recipe.members)
    films = load_films(rows, findings, round(shape.size * MARGIN))
    reading = load_films(rows, findings, shape.size)
    folds = patient_folds(rows, recipe.folds, recipe.seed)
    checkpoints = out / "checkpoints"
    checkpoints.mkdir(parents=True, exist_ok=True)
    members, logits = [], np.zeros((len(rows), len(findings)), np.float32)
    side = films.squares.shape[1]
    extra = phantom_films(recipe.phantoms, findings, side, recipe.seed, checkpoints)
    for member in range(recipe.members):
        chosen, unseen = np.flatnonzero(folds != member), np.flatnonzero(folds == member)
        seen, indices = _with_phantoms(films, chosen, extra)
        network = train_member(
            seen, indices, shape, recipe, member, checkpoints / f"member{member}.pt"
        )
        logits[unseen] = read_squares(network, reading.squares[unseen])
        _log_fold(member, reading, unseen, logits)
        members.append(network)
    scored = np.flatnonzero(folds < recipe.members)
    return CrossFit(tuple(rows[i] for i in scored), join(members, shape), logits[scored])


def _with_phantoms(
    films: FilmSet, chosen: npt.NDArray[np.int64], extra: FilmSet | None
) -> tuple[FilmSet, npt.NDArray[np.int64]]:
    if extra is None:
        return films, chosen
    joined = FilmSet(
        rows=films.rows + extra.rows,
        findings=films.findings,
        squares=np.concatenate([films.squares, extra.squares]),
        labels=np.concatenate([films.labels, extra.labels]),
        known=np.concatenate([films.known, extra.known]),
    )
    added = np.arange(len(films.rows), len(joined.rows))
    return joined, np.concatenate([chosen, added])


def join(members: list[Network], shape: NetworkShape) -> Network:
    """Put trained members side by side into one network."""
    joined = Network(replace(shape, members=len(members)))
    for place, member in enumerate(members):
        joined.trunks[place].load_state_dict(member.trunks[0].state_dict())
        joined.heads[place].load_state_dict(member.heads[0].state_dict())
    return joined.eval()


def read_squares(
    network: Network, squares: npt.NDArray[np.uint8], batch: int = 64
) -> npt.NDArray[np.float32]:
    """Return the logits, (n, findings), of squares, uint8 (n, s, s)."""
    network.eval()
    parts = []
    with torch.no_grad():
        for at in range(0, len(squares), batch):
            x = torch.from_numpy(squares[at : at + batch].astype(np.float32) / 255)[:, None]
            parts.append(network(x).numpy())
    return np.concatenate(parts)


def _log_fold(
    member: int, films: FilmSet, unseen: npt.NDArray[np.int64], logits: npt.NDArray[np.float32]
) -> None:
    nih = unseen[films.sources[unseen] == "nih_cxr14"]
    areas = [
        auroc(films.labels[nih, column][ok], logits[nih, column][ok])
        for column in range(len(films.findings))
        if (ok := films.known[nih, column]).any()
    ]
    mean = float(np.nanmean(areas)) if areas else float("nan")
    logger.info("member %d: mean NIH AUROC on its unseen fold %.3f", member, mean)
