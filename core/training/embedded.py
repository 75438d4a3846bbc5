"""Train the embedded model: cross-fitted members, then the figures measured on unseen patients.

Train patients are dealt into folds. Each member learns from all folds but its own and scores its
own; those scores, pooled, are unseen by their networks and serve to calibrate and to choose
operating points. They are a cross-validation of the whole recipe by patient. Val patients are
touched only by the final figures.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from core.domain.errors import TrainingError
from core.evaluation.metrics import auroc
from core.evaluation.scored import HEADLINE
from core.evaluation.unpretrained import read_unpretrained
from core.models.embedded import load_network
from core.models.network import Network, NetworkShape
from core.training.films import FilmRow, FilmSet, load_films, patient_folds, trainable
from core.training.members import Work, claim, train_members, train_rows
from core.training.readout import refit_readout
from core.training.recipe import Recipe
from core.training.start import Start

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class CrossFit:
    """The vote of all members, and what members without pretraining say of films unseen by them.

    ``bare`` has shape (films, findings), a line for each train film: its logits, NaN for the films
    of folds without such a member.
    """

    network: Network
    bare: npt.NDArray[np.float32]


def planned_shape(
    folder: Path, shape: NetworkShape | None, recipe: Recipe, start: Start | None = None
) -> NetworkShape:
    """Return the network that a recipe trains on the films of a folder.

    A network that goes on keeps its widths and blocks; its squares may be of another size.

    Raises
    ------
    TrainingError
        If the folder has no usable films, the recipe no films to calibrate on, or the weights to go
        on from read other findings than the films can teach.
    """
    if not max(1, recipe.bare) <= recipe.members <= recipe.folds or recipe.folds < 2:
        raise TrainingError(reason="it needs two folds or more, and at most one member a fold")
    if recipe.readout < 0:
        raise TrainingError(reason="--readout is 0, for none, or more")
    if start is None and not recipe.epochs:
        raise TrainingError(reason="without epochs it needs members to go on from; say --start")
    rows = train_rows(folder)
    # Points and calibration are chosen on the headline source: what it cannot teach is no output.
    headline = [row for row in rows if row.source == HEADLINE]
    findings = trainable(headline or rows)
    if not findings:
        raise TrainingError(reason="no source has both positives and negatives of a finding")
    if start is not None:
        shape = _goes_on(start, recipe)
        if shape.findings != findings:
            raise TrainingError(
                reason="the weights to go on from read other findings than these films can teach"
            )
    shape = shape or NetworkShape(findings, size=recipe.size)
    return replace(shape, findings=findings, members=recipe.members)


def _goes_on(start: Start, recipe: Recipe) -> NetworkShape:
    shape = load_network(start.weights, start.folder.name).shape
    if not recipe.epochs and shape.size != recipe.size:
        raise TrainingError(
            reason=f"the members to go on from read squares of {shape.size} pixels, and without "
            f"epochs they learn no other; say --size {shape.size}"
        )
    return replace(shape, size=recipe.size)


def cross_fit(
    folder: Path, out: Path, shape: NetworkShape, recipe: Recipe, start: Start | None = None
) -> CrossFit:
    """Train every member, resuming from the checkpoints in ``out / "checkpoints"``.

    Parameters
    ----------
    shape : NetworkShape
        As `planned_shape` returns it.
    start : Start, optional
        What the members go on from. Members without pretraining are then not trained again: what
        those of the other run said stays as it was, by the readout that they learned.
    """
    torch.set_num_threads(recipe.threads)
    work = Work(folder, out / "checkpoints", shape, recipe, start)
    rows = train_rows(folder)
    if recipe.epochs:
        claim(work, rows)
        train_members(work)
    return _read_unseen(rows, work)


def _read_unseen(rows: tuple[FilmRow, ...], work: Work) -> CrossFit:
    """Let each member score the fold that it never saw."""
    shape, recipe = work.shape, work.recipe
    films = load_films(rows, shape.findings, shape.size)
    folds = patient_folds(rows, recipe.folds, recipe.seed)
    networks, logits = _score_folds(work, recipe.members, films, folds)
    if work.start is None:
        _, bare = _score_folds(replace(work, pretrained=False), recipe.bare, films, folds)
    else:
        kept = read_unpretrained(work.start.folder)
        bare = np.full_like(logits, np.nan) if kept is None else kept
    return CrossFit(join(networks, shape), bare)


def _score_folds(
    work: Work, members: int, films: FilmSet, folds: npt.NDArray[np.int64]
) -> tuple[list[Network], npt.NDArray[np.float32]]:
    networks, logits = [], np.full(films.labels.shape, np.nan, np.float32)
    headline = films.sources == HEADLINE
    if not headline.any():
        headline[:] = True
    for member in range(members):
        network = work.trained(member)
        if work.recipe.readout:
            seen = np.flatnonzero((folds != member) & headline)
            labels, known = films.labels[seen], films.known[seen]
            refit_readout(network, films.squares[seen], labels, known, work.recipe.readout)
        unseen = np.flatnonzero(folds == member)
        logits[unseen] = read_squares(network, films.squares[unseen])
        _log_fold(member, films, unseen, logits)
        networks.append(network)
    return networks, logits


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
    nih = unseen[films.sources[unseen] == HEADLINE]
    areas = [
        auroc(films.labels[nih, column][ok], logits[nih, column][ok])
        for column in range(len(films.findings))
        if (ok := films.known[nih, column]).any()
    ]
    mean = float(np.nanmean(areas)) if areas else float("nan")
    logger.info("member %d: mean NIH AUROC on its unseen fold %.3f", member, mean)
