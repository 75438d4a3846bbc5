"""Train the embedded model: cross-fitted members, then the figures measured on unseen patients.

Train patients are dealt into folds. Each member learns from all folds but its own and scores its
own; those scores, pooled, are unseen by their networks and serve to calibrate and to choose
operating points. They are a cross-validation of the whole recipe by patient. Val patients are
touched only by the final figures.
"""

from __future__ import annotations

import hashlib
import json
import logging
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch

from core.domain.errors import TrainingError
from core.evaluation.metrics import auroc
from core.evaluation.scored import HEADLINE
from core.models.network import Network, NetworkShape
from core.training.boxes import read_boxes
from core.training.composites import composite_films
from core.training.drawn import DRAWING_VERSION
from core.training.films import (
    LABELS,
    FilmRow,
    FilmSet,
    load_films,
    patient_folds,
    read_manifest,
    trainable,
)
from core.training.loop import train_member, trained_network
from core.training.phantoms import phantom_films
from core.training.recipe import Recipe

logger = logging.getLogger(__name__)

MARGIN = 1.15
"""Training squares are this much larger than the input, so that a shift finds film to show."""
PRETRAINING_EMA = 0.98
PRETRAINED = -1
"""Stands for the network that was trained on phantoms alone, where a member is named."""


@dataclass(frozen=True)
class CrossFit:
    """The vote of all members, and what members without pretraining say of films unseen by them.

    ``bare`` has shape (films, findings), a line for each train film: its logits, NaN for the films
    of folds without such a member.
    """

    network: Network
    bare: npt.NDArray[np.float32]


def planned_shape(folder: Path, shape: NetworkShape | None, recipe: Recipe) -> NetworkShape:
    """Return the network that a recipe trains on the films of a folder.

    Raises
    ------
    TrainingError
        If the folder has no usable films, or the recipe no films to calibrate on.
    """
    if not max(1, recipe.bare) <= recipe.members <= recipe.folds or recipe.folds < 2:
        raise TrainingError(reason="it needs two folds or more, and at most one member a fold")
    rows = train_rows(folder)
    # Points and calibration are chosen on the headline source: what it cannot teach is no output.
    headline = [row for row in rows if row.source == HEADLINE]
    findings = trainable(headline or rows)
    if not findings:
        raise TrainingError(reason="no source has both positives and negatives of a finding")
    shape = shape or NetworkShape(findings, size=recipe.size)
    return replace(shape, findings=findings, members=recipe.members)


def cross_fit(folder: Path, out: Path, shape: NetworkShape, recipe: Recipe) -> CrossFit:
    """Train every member, resuming from the checkpoints in ``out / "checkpoints"``.

    Parameters
    ----------
    shape : NetworkShape
        As `planned_shape` returns it.
    """
    torch.set_num_threads(recipe.threads)
    rows = train_rows(folder)
    checkpoints = out / "checkpoints"
    checkpoints.mkdir(parents=True, exist_ok=True)
    _claim(checkpoints, run_digest(rows, shape, recipe))
    # Drawn before any member asks for them, so that members at work side by side find them.
    drawn_films(rows, shape, recipe, checkpoints)
    work = _Work(folder, checkpoints, shape, recipe)
    _train_members(work)
    return _read_unseen(rows, work)


def train_rows(folder: Path) -> tuple[FilmRow, ...]:
    """Return the permissive train films of a folder."""
    return tuple(row for row in read_manifest(folder) if row.split == "train")


def run_digest(rows: tuple[FilmRow, ...], shape: NetworkShape, recipe: Recipe) -> str:
    """Return what tells one run from another: films, labels, network and recipe.

    How many members there are, and who does the work, changes none of them.
    """
    free = {"members": 0, "bare": 0, "threads": 0, "loaders": 0}
    told = [
        DRAWING_VERSION,
        asdict(replace(recipe, **free)),
        asdict(replace(shape, members=0)),
        [(row.path.name, row.patient, sorted(row.positive), sorted(row.known)) for row in rows],
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _claim(checkpoints: Path, digest: str) -> None:
    """Refuse checkpoints of another run: a member may have learned from films of a new fold."""
    claim = checkpoints / "run.txt"
    if not claim.exists():
        claim.write_text(digest, encoding="ascii")
    elif claim.read_text(encoding="ascii") != digest:
        raise TrainingError(
            reason="the folder holds checkpoints of another recipe or of other films; "
            "give a new folder to write to"
        )


@dataclass(frozen=True)
class _Work:
    """What a process needs to train one member on its own."""

    folder: Path
    checkpoints: Path
    shape: NetworkShape
    recipe: Recipe
    pretrained: bool = True

    def checkpoint(self, member: int) -> Path:
        name = f"{'member' if self.pretrained else 'bare'}{member}"
        return self.checkpoints / f"{'pretrained' if member == PRETRAINED else name}.pt"


def _train_members(work: _Work) -> None:
    recipe = work.recipe
    if recipe.pretraining and recipe.phantoms:
        train_one(work, PRETRAINED)
    bare = replace(work, pretrained=False)
    everyone = [(work, member) for member in range(recipe.members)]
    everyone += [(bare, member) for member in range(recipe.bare)]
    # One thread each, side by side: two threads in one small network wait for each other.
    workers = min(recipe.threads, len(everyone))
    if workers == 1:
        for one, member in everyone:
            train_one(one, member)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for done in [pool.submit(_train_in_process, *each) for each in everyone]:
            done.result()


def _train_in_process(work: _Work, member: int) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    torch.set_num_threads(1)
    train_one(work, member)


def train_one(work: _Work, member: int) -> Network:
    """Train one member, or the network on phantoms alone, or read it where it is trained."""
    # The loader runs in the training thread; OpenCV's own threads would only take its cores.
    cv2.setNumThreads(1)
    recipe, shape, checkpoint = work.recipe, work.shape, work.checkpoint(member)
    rows = train_rows(work.folder)
    phantoms, composites = drawn_films(rows, shape, recipe, work.checkpoints)
    if member == PRETRAINED:
        assert phantoms is not None
        # A short run needs a short average, or it hands on what it knew at its beginning.
        alone = replace(
            recipe,
            epochs=recipe.pretraining,
            ema=PRETRAINING_EMA,
            loaders=recipe.loaders * recipe.threads,
        )
        every = np.arange(len(phantoms.rows))
        return train_member(phantoms, every, shape, alone, member, checkpoint)
    boxes = read_boxes(work.folder, [row.path for row in rows], LABELS)
    films = load_films(rows, shape.findings, _margin(shape), boxes)
    for extra in (composites, phantoms):
        films = films if extra is None else films.followed_by(extra)
    # A composite goes with its patient, a phantom with every member.
    own = {
        row.patient
        for row, fold in zip(rows, patient_folds(rows, recipe.folds, recipe.seed), strict=True)
        if fold == member
    }
    chosen = np.flatnonzero([row.patient not in own for row in films.rows])
    start = None
    if work.pretrained and recipe.pretraining and recipe.phantoms:
        start = train_one(work, PRETRAINED).state_dict()
    return train_member(films, chosen, shape, recipe, member, checkpoint, start)


def _margin(shape: NetworkShape) -> int:
    return round(shape.size * MARGIN)


def drawn_films(
    rows: tuple[FilmRow, ...], shape: NetworkShape, recipe: Recipe, kept: Path
) -> tuple[FilmSet | None, FilmSet | None]:
    """Return phantoms and composites, drawn where ``kept`` does not hold them yet."""
    side, seed, workers = _margin(shape), recipe.seed, recipe.threads * (1 + recipe.loaders)
    drawn = (shape.findings, side, seed, kept, workers)
    return (
        phantom_films(recipe.phantoms, *drawn, recipe.nodule_phantoms),
        composite_films(recipe.composites, rows, *drawn, recipe.nodule_composites),
    )


def _read_unseen(rows: tuple[FilmRow, ...], work: _Work) -> CrossFit:
    """Let each member score the fold that it never saw."""
    shape, recipe = work.shape, work.recipe
    films = load_films(rows, shape.findings, shape.size)
    folds = patient_folds(rows, recipe.folds, recipe.seed)
    networks, _ = _score_folds(work, recipe.members, films, folds)
    _, bare = _score_folds(replace(work, pretrained=False), recipe.bare, films, folds)
    return CrossFit(join(networks, shape), bare)


def _score_folds(
    work: _Work, members: int, films: FilmSet, folds: npt.NDArray[np.int64]
) -> tuple[list[Network], npt.NDArray[np.float32]]:
    networks, logits = [], np.full(films.labels.shape, np.nan, np.float32)
    for member in range(members):
        network = trained_network(work.checkpoint(member), work.shape)
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
