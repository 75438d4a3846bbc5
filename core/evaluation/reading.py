"""Films through the network, member by member, as the running app reads them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from core.evaluation.pointing import MapScore, score_map
from core.explain.gradcam import split_cam
from core.models.embedded import TRAINED
from core.models.network import Network
from core.models.preprocessing import MAP_SIDE, Geometry, Grey, to_square
from core.training.films import FilmRow, read_grey

BATCH = 16

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Readings:
    """What each member says of films.

    ``logits`` has shape (members, films, findings), ``pooled`` (members, films, width).
    """

    logits: Floats
    pooled: Floats

    @property
    def vote(self) -> Floats:
        """Logits of the vote, (films, findings)."""
        return np.asarray(self.logits.mean(axis=0), np.float32)

    def own(self, folds: npt.NDArray[np.int64]) -> Floats:
        """Logits of each film by the member that never saw its fold, (films, findings)."""
        return self.logits[folds, np.arange(len(folds))]

    @property
    def joined(self) -> Floats:
        """Pooled features of all members side by side, (films, members * width)."""
        return np.concatenate(list(self.pooled), axis=1)


def read_films(
    network: Network, rows: Sequence[FilmRow], change: Callable[[Grey], Grey] | None = None
) -> Readings:
    """Read films in batches.

    Parameters
    ----------
    network : Network
        Made `for_reading` where the figures are of what the running app says.
    change : callable, optional
        Done to each film before it is read.
    """
    logits, pooled = [], []
    for at in range(0, len(rows), BATCH):
        greys = (read_grey(row.path) for row in rows[at : at + BATCH])
        squares = [to_square(change(g) if change else g, network.shape.size)[0] for g in greys]
        with torch.no_grad():
            features = network.features(torch.from_numpy(np.stack(squares))[:, None])
            logits.append(network.member_logits(features).numpy())
            pooled.append(network.pooled(features).numpy())
    if not logits:
        members = network.shape.members
        none = np.zeros((members, 0, len(network.shape.findings)), np.float32)
        return Readings(none, np.zeros((members, 0, 1), np.float32))
    return Readings(np.concatenate(logits, axis=1), np.concatenate(pooled, axis=1))


@dataclass(frozen=True)
class FilmPass:
    """One film through the network, with what its maps are made of."""

    network: Network
    features: Tensor
    logits: Floats
    geometry: Geometry

    def maps(self, columns: Sequence[int], method: str, side: int = MAP_SIDE) -> Floats:
        """Return the map of each finding in the geometry of the film, by one of `MAP_METHODS`."""
        if method == TRAINED:
            with torch.no_grad():
                cells = self.network.finding_maps(self.features)[0, list(columns)].numpy()
        else:
            cells = split_cam(self.features, self.network.head, columns, method)
        return self.geometry.maps_to_film(np.asarray(cells, np.float32), side)

    def score(self, drawn: Floats, inside: npt.NDArray[np.bool_]) -> MapScore:
        """Score a map against a mask of the same shape; one cell of the network is near enough."""
        geometry = self.geometry
        cell = max(geometry.height, geometry.width) / self.features.shape[-1]
        return score_map(drawn, inside, cell * drawn.shape[0] / geometry.rows)


def pass_film(network: Network, grey: Grey) -> FilmPass:
    """Read one film and keep its features."""
    square, geometry = to_square(grey, network.shape.size)
    with torch.no_grad():
        features = network.features(torch.from_numpy(square)[None, None])
        logits = network.head(features)[0].numpy()
    return FilmPass(network, features, logits, geometry)


def fitted(mask: npt.NDArray[np.bool_], shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Return a mask at another resolution; what touches a pixel is in it."""
    if mask.shape == shape:
        return mask
    rows, columns = shape
    small = cv2.resize(mask.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(small > 0, np.bool_)
