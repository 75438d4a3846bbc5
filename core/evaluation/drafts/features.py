"""Features of films by the embedded network: what the nearest neighbour compares."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from core.evaluation.drafts.samples import film_of, in_blocks
from core.models.base import Grey
from core.models.embedded import load_network
from core.models.measured import check_weights, read_measured
from core.models.preprocessing import to_square
from core.models.registry import EMBEDDED_FOLDER

BLOCK = 256
"""Films whose features are kept in one file: what is lost where the process is killed."""

Floats = npt.NDArray[np.float32]
logger = logging.getLogger(__name__)


class FilmFeatures:
    """Means of the last feature map of the network's first member: (width,).

    One member of five takes a fifth of the time, and a train split has thousands of films.
    """

    def __init__(self) -> None:
        measured = read_measured(EMBEDDED_FOLDER)
        weights = check_weights(EMBEDDED_FOLDER, measured)
        self._network = load_network(weights, measured.name).member(0)

    def of_film(self, film: Grey) -> Floats:
        square, _geometry = to_square(film, self._network.shape.size)
        with torch.no_grad():
            features = self._network.features(torch.from_numpy(square)[None, None])
            pooled = self._network.pooled(features)[0, 0]
        return np.asarray(pooled.numpy(), np.float32)

    def of_rows(self, table: Any, cache: Path) -> Floats:
        """Return the features of all rows, (rows, features); what is in ``cache`` is not made.

        Parameters
        ----------
        table
            Rows with encoded images.
        cache : Path
            Of these very rows and weights alone.
        """
        cache.mkdir(parents=True, exist_ok=True)
        blocks = []
        for number, rows in enumerate(in_blocks(len(table), BLOCK)):
            path = cache / f"{number:05d}.npy"
            block = _kept(path, len(rows))
            if block is None:
                logger.info("features of train films: %d of %d", rows.start, len(table))
                block = np.stack([self.of_film(film_of(table, row)) for row in rows])
                _keep(path, block)
            blocks.append(block)
        return np.concatenate(blocks)


def _kept(path: Path, rows: int) -> Floats | None:
    try:
        block = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    sound = block.ndim == 2 and len(block) == rows and bool(np.isfinite(block).all())
    return np.asarray(block, np.float32) if sound else None


def _keep(path: Path, block: Floats) -> None:
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.save(file, block, allow_pickle=False)
    part.replace(path)
