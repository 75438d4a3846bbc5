"""The members of a run: who learns from which films, from where, side by side in processes."""

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
import torch

from core.domain.errors import TrainingError
from core.models.embedded import load_network
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
)
from core.training.loop import train_member, trained_network
from core.training.phantoms import phantom_films
from core.training.recipe import Recipe
from core.training.start import Start

MARGIN = 1.15
"""Training squares are this much larger than the input, so that a shift finds film to show."""
PRETRAINING_EMA = 0.98
PRETRAINED = -1
"""Stands for the network that was trained on phantoms alone, where a member is named."""


def train_rows(folder: Path) -> tuple[FilmRow, ...]:
    """Return the permissive train films of a folder."""
    return tuple(row for row in read_manifest(folder) if row.split == "train")


def run_digest(
    rows: tuple[FilmRow, ...], shape: NetworkShape, recipe: Recipe, start: Start | None = None
) -> str:
    """Return what tells one run from another: films, labels, network, recipe, where it began.

    How many members there are, who does the work, and what reads the features at the end change no
    member's training.
    """
    trained = replace(recipe, members=0, bare=0, threads=0, loaders=0, readout=0.0)
    told = [
        DRAWING_VERSION,
        asdict(trained),
        asdict(replace(shape, members=0)),
        [(row.path.name, row.patient, sorted(row.positive), sorted(row.known)) for row in rows],
        start.told["weights_sha256"] if start else None,
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


@dataclass(frozen=True)
class Work:
    """What a process needs to train one member on its own."""

    folder: Path
    checkpoints: Path
    shape: NetworkShape
    recipe: Recipe
    start: Start | None = None
    pretrained: bool = True

    def checkpoint(self, member: int) -> Path:
        name = f"{'member' if self.pretrained else 'bare'}{member}"
        return self.checkpoints / f"{'pretrained' if member == PRETRAINED else name}.pt"

    def trained(self, member: int) -> Network:
        """Return a member whose training is over."""
        if self.recipe.epochs:
            return trained_network(self.checkpoint(member), self.shape)
        return self.started(member)

    def started(self, member: int) -> Network:
        """Return a member as it was in the weights that the run goes on from."""
        assert self.start is not None
        network = load_network(self.start.weights, self.start.folder.name).member(member)
        alone = Network(replace(self.shape, members=1))
        alone.load_state_dict(network.state_dict())
        return alone.eval()


def claim(work: Work, rows: tuple[FilmRow, ...]) -> None:
    """Take the folder of checkpoints for this run.

    Raises
    ------
    TrainingError
        If it holds those of another: a member may have learned from films of a new fold.
    """
    work.checkpoints.mkdir(parents=True, exist_ok=True)
    digest = run_digest(rows, work.shape, work.recipe, work.start)
    held = work.checkpoints / "run.txt"
    if not held.exists():
        held.write_text(digest, encoding="ascii")
    elif held.read_text(encoding="ascii") != digest:
        raise TrainingError(
            reason="the folder holds checkpoints of another recipe or of other films; "
            "give a new folder to write to"
        )


def train_members(work: Work) -> None:
    """Train every member, those without pretraining too, resuming from their checkpoints."""
    recipe = work.recipe
    # Drawn before any member asks for them, so that members at work side by side find them.
    drawn_films(train_rows(work.folder), work.shape, recipe, work.checkpoints)
    everyone = [(work, member) for member in range(recipe.members)]
    if work.start is None:
        if recipe.pretraining and recipe.phantoms:
            train_one(work, PRETRAINED)
        bare = replace(work, pretrained=False)
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


def _train_in_process(work: Work, member: int) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    torch.set_num_threads(1)
    train_one(work, member)


def train_one(work: Work, member: int) -> Network:
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
    if work.start is not None:
        start = work.started(member).state_dict()
    elif work.pretrained and recipe.pretraining and recipe.phantoms:
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
