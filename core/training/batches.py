"""What a member learns from next: films drawn by their source's share, changed, with their masks.

A batch depends on its number alone, so that it is the same whoever makes it: the training thread
on a laptop, or processes beside it that keep a GPU fed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from core.models.network import NetworkShape
from core.training.augmentation import augment, pose_mask
from core.training.composites import SOURCE as COMPOSITE
from core.training.films import FilmSet
from core.training.phantoms import SOURCE as PHANTOM
from core.training.recipe import Recipe

REAL_SHARES = {"nih_cxr14": 0.68, "kermany_peds": 0.15}
"""Share of the real films drawn in an epoch; sources not named here share the rest evenly."""

Arrays = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.int64]]


def draw_chances(sources: npt.NDArray[np.str_], recipe: Recipe) -> npt.NDArray[np.float64]:
    """Return each film's chance to be drawn, so that sources appear by their shares.

    Drawn films have the shares of the recipe, real ones the rest of it among themselves.
    """
    names = sorted(set(sources))
    drawn = {PHANTOM: recipe.phantom_share, COMPOSITE: recipe.composite_share}
    real = [name for name in names if name not in drawn]
    others = [name for name in real if name not in REAL_SHARES]
    named = sum(REAL_SHARES.get(name, 0) for name in real)
    left = 1 - sum(share for name, share in drawn.items() if name in names)
    chances = np.zeros(len(sources))
    for name in names:
        within = REAL_SHARES.get(name, (1 - named) / max(1, len(others)))
        share = drawn[name] if name in drawn else left * within
        chances[sources == name] = share / (sources == name).sum()
    return np.asarray(chances / chances.sum(), np.float64)


@dataclass(frozen=True)
class Batches(Dataset[Arrays]):
    """Every batch of a member's run, by number, epochs one after the other.

    An item is the changed films, float32 (batch, s, s), the masks in their pose, float32 (batch,
    findings, h, w), and the places of the films in the set, int64 (batch,).

    Attributes
    ----------
    chosen : ndarray of int
        Indices of the films this member may see.
    """

    films: FilmSet
    chosen: npt.NDArray[np.int64]
    chances: npt.NDArray[np.float64]
    shape: NetworkShape
    recipe: Recipe
    member: int

    def __len__(self) -> int:
        return self.recipe.epochs * self.recipe.steps

    def __getitem__(self, number: int) -> Arrays:
        recipe = self.recipe
        epoch, at = divmod(number, recipe.steps)
        # The network on phantoms alone stands before the members, at minus one.
        walk = (recipe.seed, self.member + 1, epoch)
        drawn = np.random.default_rng(walk).choice(self.chosen, recipe.draws, p=self.chances)
        indices = drawn[at * recipe.batch : (at + 1) * recipe.batch]
        return *self._changed(indices, np.random.default_rng((*walk, at))), indices

    def _changed(
        self, indices: npt.NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        size, cells = self.shape.size, self.shape.cells
        films = np.zeros((len(indices), size, size), np.float32)
        masks = np.zeros((len(indices), len(self.films.findings), cells, cells), np.float32)
        for place, index in enumerate(indices.tolist()):
            square = self.films.squares[index]
            films[place], pose = augment(square, size, rng)
            for column, mask in self.films.masks.of(index):
                masks[place, column] = pose_mask(mask, pose, len(square), size, cells)
        return films, masks

    def from_epoch(self, epoch: int, *, pinned: bool) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Yield the batches of this epoch and of those after it, as tensors, in order."""
        loaders = self.recipe.loaders
        yield from DataLoader(
            self,
            batch_size=None,
            sampler=range(epoch * self.recipe.steps, len(self)),
            num_workers=loaders,
            pin_memory=pinned,
            prefetch_factor=4 if loaders else None,
            worker_init_fn=_alone if loaders else None,
        )


def _alone(_worker: int) -> None:
    # Processes that change films share the cores already.
    cv2.setNumThreads(1)
