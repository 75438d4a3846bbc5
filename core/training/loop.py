"""Train one member of the embedded network, epoch by epoch, so that it can be stopped and resumed.

Every epoch draws its films, its augmentation and its dropout from a generator seeded with
(seed, member, epoch): a resumed run walks the same way as an unbroken one.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import OneCycleLR
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from core.models.network import Head, Network, NetworkShape
from core.training.augmentation import augment, pose_mask
from core.training.composites import SOURCE as COMPOSITE
from core.training.films import FilmRow, FilmSet, teaches
from core.training.losses import masked_bce, placing_loss, positive_weights
from core.training.phantoms import SOURCE as PHANTOM
from core.training.recipe import Recipe

logger = logging.getLogger(__name__)

FloatArray = npt.NDArray[np.float32]

BRAIN_FLOATS = bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
"""Whether this machine computes in bfloat16; where it only pretends to, a step takes far
longer than in single precision."""
DRAWN = (PHANTOM, COMPOSITE)
DRAWN_COUNT = 0.3
"""How much a label of a drawn film counts: drawings teach where, patients teach whether."""


# Share of the films drawn in an epoch; sources not named here share the rest evenly.
SOURCE_SHARES = {"nih_cxr14": 0.56, "kermany_peds": 0.12, PHANTOM: 0.06, COMPOSITE: 0.12}


class Learner(nn.Module):
    """One member with its auxiliary head (view AP, sex male, age), which is not shipped."""

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        self.network = Network(replace(shape, members=1))
        self.auxiliary = nn.Linear(shape.fused, 3)

    def forward(self, squares: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return logits, auxiliary outputs, and the logit of each finding at each place."""
        features = self.network.features(squares)
        head = cast(Head, self.network.heads[0])
        places = head.place_logits(features)
        logits = head.from_places(features, places)
        return logits, self.auxiliary(features.mean(dim=(2, 3))), places


def train_member(
    films: FilmSet,
    chosen: npt.NDArray[np.int64],
    shape: NetworkShape,
    recipe: Recipe,
    member: int,
    checkpoint: Path,
    start: Mapping[str, Tensor] | None = None,
) -> Network:
    """Train on the chosen films and return the averaged network, ready to read.

    Parameters
    ----------
    films : FilmSet
        Squares a little larger than ``shape.size``, so that a shift finds film to show.
    chosen : ndarray of int
        Indices of the films this member may see.
    checkpoint : Path
        Written after each epoch and resumed from when it exists.
    start : mapping of str to Tensor, optional
        State of a network that has learned something already, to start from.
    """
    torch.manual_seed(recipe.seed + member)
    learner = Learner(shape)
    if start is not None:
        learner.network.load_state_dict(start)
    # Faster than the default layout on CPUs, with bfloat16 or without.
    learner.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    run = _Run(films, chosen, shape, recipe, member, learner)
    for epoch in range(run.resume(checkpoint), recipe.epochs):
        began = time.monotonic()
        loss, placing = run.epoch(epoch)
        run.save(checkpoint, epoch + 1)
        logger.info(
            "member %d epoch %d of %d: loss %.4f, placing %.4f, %.0f s",
            member,
            epoch + 1,
            recipe.epochs,
            loss,
            placing,
            time.monotonic() - began,
        )
    averaged = cast(Learner, run.ema.module)
    return averaged.network.eval()


def trained_network(checkpoint: Path, shape: NetworkShape) -> Network:
    """Return the averaged network of a checkpoint, ready to read."""
    averaged = AveragedModel(Learner(shape), use_buffers=True)
    averaged.load_state_dict(torch.load(checkpoint, weights_only=True)["ema"])
    return cast(Learner, averaged.module).network.eval()


class _Run:
    """The moving parts of one member's training."""

    def __init__(
        self,
        films: FilmSet,
        chosen: npt.NDArray[np.int64],
        shape: NetworkShape,
        recipe: Recipe,
        member: int,
        learner: Learner,
    ) -> None:
        self.films, self.chosen, self.shape = films, chosen, shape
        self.recipe, self.member, self.learner = recipe, member, learner
        known = taught(films, chosen)
        drawn = np.isin(films.sources, DRAWN)[:, None]
        self.counts = np.where(drawn, known * np.float32(DRAWN_COUNT), known).astype(np.float32)
        self.extra, self.extra_known = auxiliary_targets(films.rows)
        self.weights = positive_weights(films.labels[chosen], known[chosen])
        self.chances = draw_chances(films.sources[chosen])
        average = get_ema_multi_avg_fn(recipe.ema)  # type: ignore[no-untyped-call]
        self.ema = AveragedModel(learner, multi_avg_fn=average, use_buffers=True)
        self.optimizer = torch.optim.AdamW(
            learner.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay
        )
        steps = recipe.epochs * (recipe.draws // recipe.batch)
        self.schedule = OneCycleLR(
            self.optimizer, recipe.learning_rate, total_steps=max(2, steps), pct_start=0.15
        )

    def epoch(self, epoch: int) -> tuple[float, float]:
        """Train for one epoch; return the mean loss and the part of it that is of places."""
        recipe = self.recipe
        # The network on phantoms alone stands before the members, at minus one.
        rng = np.random.default_rng((recipe.seed, self.member + 1, epoch))
        torch.manual_seed(int(rng.integers(2**31)))
        drawn = rng.choice(self.chosen, recipe.draws, p=self.chances)
        self.learner.train()
        losses = [
            self.step(drawn[at : at + recipe.batch], rng)
            for at in range(0, recipe.draws - recipe.batch + 1, recipe.batch)
        ]
        loss, placing = np.mean(losses, axis=0).tolist()
        return loss, placing

    def step(self, indices: npt.NDArray[np.int64], rng: np.random.Generator) -> tuple[float, float]:
        squares, masks = self.batch(indices, rng)
        x = squares[:, None].contiguous(memory_format=torch.channels_last)
        labels = torch.from_numpy(self.films.labels[indices])
        counts = torch.from_numpy(self.counts[indices])
        placed = torch.from_numpy(self.films.masks.known[indices])
        with torch.autocast("cpu", torch.bfloat16, enabled=BRAIN_FLOATS):
            logits, extra, places = self.learner(x)
        loss = masked_bce(logits.float(), labels, counts, self.weights)
        placing = placing_loss(places.float(), masks, placed)
        loss = loss + self.recipe.placing * placing
        if self.recipe.auxiliary:
            loss = loss + self.recipe.auxiliary * self.auxiliary_loss(extra.float(), indices)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.learner.parameters(), 2.0)
        self.optimizer.step()
        self.schedule.step()
        self.ema.update_parameters(self.learner)
        return float(loss.detach()), float(placing.detach())

    def batch(
        self, indices: npt.NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[Tensor, Tensor]:
        """Return changed films, (batch, s, s), and masks in their pose, (batch, findings, h, w)."""
        size, cells = self.shape.size, self.shape.cells
        films = np.zeros((len(indices), size, size), np.float32)
        masks = np.zeros((len(indices), len(self.films.findings), cells, cells), np.float32)
        for place, index in enumerate(indices.tolist()):
            square = self.films.squares[index]
            films[place], pose = augment(square, size, rng)
            for column, mask in self.films.masks.of(index):
                masks[place, column] = pose_mask(mask, pose, len(square), size, cells)
        return torch.from_numpy(films), torch.from_numpy(masks)

    def auxiliary_loss(self, extra: Tensor, indices: npt.NDArray[np.int64]) -> Tensor:
        targets = torch.from_numpy(self.extra[indices])
        known = torch.from_numpy(self.extra_known[indices])
        binary = nn.functional.binary_cross_entropy_with_logits(
            extra[:, :2], targets[:, :2], reduction="none"
        )
        age = nn.functional.smooth_l1_loss(extra[:, 2:], targets[:, 2:], reduction="none")
        each = torch.cat([binary, age], dim=1) * known
        return each.sum() / known.sum().clamp(min=1)

    def save(self, checkpoint: Path, epochs: int) -> None:
        state = {
            "epochs": epochs,
            "learner": self.learner.state_dict(),
            "ema": self.ema.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
        }
        part = checkpoint.with_suffix(".part")
        torch.save(state, part)
        part.replace(checkpoint)

    def resume(self, checkpoint: Path) -> int:
        if not checkpoint.exists():
            return 0
        state = torch.load(checkpoint, weights_only=True)
        for name in ("learner", "ema", "optimizer", "schedule"):
            getattr(self, name).load_state_dict(state[name])
        logger.info("member %d resumed after epoch %d", self.member, state["epochs"])
        return int(state["epochs"])


def taught(films: FilmSet, chosen: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Return ``known`` without the labels of sources that cannot teach them.

    Drawn sources keep all of theirs: what was not drawn is absent by construction, and that a
    network comes to know a phantom by its looks does no patient harm.
    """
    rows = [films.rows[i] for i in chosen]
    sources = films.sources
    known = films.known.copy()
    for source in set(sources):
        for column, name in enumerate(films.findings):
            if source not in DRAWN and not teaches(rows, source, name):
                known[sources == source, column] = False
    return known


def auxiliary_targets(rows: tuple[FilmRow, ...]) -> tuple[FloatArray, FloatArray]:
    """Return (view AP, sex male, age / 50 - 1) and which of them each row states."""
    targets = np.zeros((len(rows), 3), np.float32)
    known = np.zeros((len(rows), 3), np.float32)
    for index, row in enumerate(rows):
        age = 50.0 if row.age is None else row.age
        targets[index] = (row.view == "AP", row.sex == "M", age / 50 - 1)
        known[index] = (row.view in ("AP", "PA"), row.sex in ("M", "F"), row.age is not None)
    return targets, known


def draw_chances(sources: npt.NDArray[np.str_]) -> npt.NDArray[np.float64]:
    """Return each film's chance to be drawn, so that sources appear by their shares."""
    names = sorted(set(sources))
    others = [name for name in names if name not in SOURCE_SHARES]
    rest = 1 - sum(SOURCE_SHARES.get(name, 0) for name in names)
    chances = np.zeros(len(sources))
    for name in names:
        share = SOURCE_SHARES.get(name, rest / max(1, len(others)))
        chances[sources == name] = share / (sources == name).sum()
    return np.asarray(chances / chances.sum(), np.float64)
