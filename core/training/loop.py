"""Train one member of the embedded network, epoch by epoch, so that it can be stopped and resumed.

Every batch draws its films and their changes, and every epoch its dropout, from a generator that is
seeded with (seed, member, epoch): a resumed run walks the same way as an unbroken one. On a CPU it
ends at the same weights to the last bit; a GPU adds in an order of its own.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import OneCycleLR
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from core.models.network import Head, Network, NetworkShape
from core.training.batches import Batches, draw_chances
from core.training.composites import SOURCE as COMPOSITE
from core.training.films import FilmRow, FilmSet, teaches
from core.training.losses import masked_bce, placing_loss, positive_weights
from core.training.phantoms import SOURCE as PHANTOM
from core.training.recipe import Recipe

logger = logging.getLogger(__name__)

FloatArray = npt.NDArray[np.float32]

BRAIN_FLOATS = bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
"""Whether this processor computes in bfloat16; where it only pretends to, a step takes far
longer than in single precision."""
DRAWN = (PHANTOM, COMPOSITE)


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
    learner.to(learning_device(), memory_format=torch.channels_last)  # type: ignore[call-overload]
    run = _Run(films, chosen, shape, recipe, member, learner)
    first = run.resume(checkpoint)
    batches = run.batches.from_epoch(first, pinned=run.device.type == "cuda")
    for epoch in range(first, recipe.epochs):
        began = time.monotonic()
        loss, placing = run.epoch(epoch, batches)
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
    return averaged.network.cpu().eval()


def learning_device() -> torch.device:
    """Return what a member learns on: a GPU where torch finds one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def trained_network(checkpoint: Path, shape: NetworkShape) -> Network:
    """Return the averaged network of a checkpoint, ready to read."""
    averaged = AveragedModel(Learner(shape), use_buffers=True)
    averaged.load_state_dict(_kept(checkpoint, torch.device("cpu"))["ema"])
    return cast(Learner, averaged.module).network.eval()


def _kept(checkpoint: Path, device: torch.device) -> dict[str, Any]:
    state: dict[str, Any] = torch.load(checkpoint, map_location=device, weights_only=True)
    return state


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
        self.films, self.recipe, self.member, self.learner = films, recipe, member, learner
        self.device = next(learner.parameters()).device
        known = taught(films, chosen)
        drawn = np.isin(films.sources, DRAWN)[:, None]
        self.counts = np.where(drawn, known * recipe.drawn_count, known).astype(np.float32)
        self.extra, self.extra_known = auxiliary_targets(films.rows)
        self.weights = positive_weights(films.labels[chosen], known[chosen]).to(self.device)
        chances = draw_chances(films.sources[chosen], recipe)
        self.batches = Batches(films, chosen, chances, shape, recipe, member)
        average = get_ema_multi_avg_fn(recipe.ema)  # type: ignore[no-untyped-call]
        self.ema = AveragedModel(learner, multi_avg_fn=average, use_buffers=True)
        self.optimizer = torch.optim.AdamW(
            learner.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay
        )
        steps = max(2, len(self.batches))
        self.schedule = OneCycleLR(
            self.optimizer, recipe.learning_rate, total_steps=steps, pct_start=0.15
        )

    def epoch(
        self, epoch: int, batches: Iterator[tuple[Tensor, Tensor, Tensor]]
    ) -> tuple[float, float]:
        """Train for one epoch; return the mean loss and the part of it that is of places."""
        torch.manual_seed(_dropout_seed(self.recipe.seed, self.member, epoch))
        self.learner.train()
        losses = [self.step(*next(batches)) for _ in range(self.recipe.steps)]
        loss, placing = torch.stack(losses).mean(dim=0).tolist()
        return loss, placing

    def step(self, squares: Tensor, masks: Tensor, indices: Tensor) -> Tensor:
        """Learn from one batch; return its loss and the part of it that is of places."""
        x = self.there(squares)[:, None].contiguous(memory_format=torch.channels_last)
        at = indices.numpy()
        labels, counts = self.there(self.films.labels[at]), self.there(self.counts[at])
        placed = self.there(self.films.masks.known[at])
        kind = self.device.type
        with torch.autocast(kind, torch.bfloat16, enabled=BRAIN_FLOATS or kind == "cuda"):
            logits, extra, places = self.learner(x)
        loss = masked_bce(logits.float(), labels, counts, self.weights)
        placing = placing_loss(places.float(), self.there(masks), placed)
        loss = loss + self.recipe.placing * placing
        if self.recipe.auxiliary:
            loss = loss + self.recipe.auxiliary * self.auxiliary_loss(extra.float(), at)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.learner.parameters(), 2.0)
        self.optimizer.step()
        self.schedule.step()
        self.ema.update_parameters(self.learner)
        # Left where they are: to ask for a number at each step would make a GPU wait.
        return torch.stack([loss.detach(), placing.detach()])

    def there(self, values: Tensor | npt.NDArray[Any]) -> Tensor:
        """Bring values to where the member learns."""
        tensor = torch.from_numpy(values) if isinstance(values, np.ndarray) else values
        return tensor.to(self.device, non_blocking=True)

    def auxiliary_loss(self, extra: Tensor, indices: npt.NDArray[np.int64]) -> Tensor:
        targets, known = self.there(self.extra[indices]), self.there(self.extra_known[indices])
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
        state = _kept(checkpoint, self.device)
        for name in ("learner", "ema", "optimizer", "schedule"):
            getattr(self, name).load_state_dict(state[name])
        logger.info("member %d resumed after epoch %d", self.member, state["epochs"])
        return int(state["epochs"])


def _dropout_seed(seed: int, member: int, epoch: int) -> int:
    return int(np.random.default_rng((seed, member + 1, epoch)).integers(2**31))


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
