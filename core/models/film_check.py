"""The gate before a draft: is this a frontal chest film, and how does it lie?

One small convolutional network with three heads, read on the CPU.
"""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from core.domain.errors import N_, ModelUnavailableError
from core.models.film_standing import (
    CheckFigures,
    FilmStanding,
    read_check_figures,
)
from core.models.measured import check_weights
from core.models.preprocessing import Grey, to_square

SIZE = 64
"""Side of the square that the network reads, in pixels."""
CHEST, TURNS, INVERTED = 0, slice(1, 5), 5
"""Columns of the logits."""
_WIDTHS = (16, 32, 64, 96)
_HIDDEN = 48


class FilmCheckNetwork(nn.Module):
    """Squares (n, 1, 64, 64) to logits (n, 6): chest film, quarter turns 0 to 3, inverted.

    The last map is not averaged over the film but read cell by cell: what makes a chest, and its
    top, is what lies where.
    """

    def __init__(self) -> None:
        super().__init__()
        first, second, third, last = _WIDTHS
        self.body = nn.Sequential(
            *_step(1, first, kernel=5, stride=2),
            *_step(first, second),
            nn.MaxPool2d(2),
            *_step(second, third),
            nn.MaxPool2d(2),
            *_step(third, last),
            *_step(last, last),
            nn.MaxPool2d(2),
            nn.Flatten(),
        )
        self.heads = nn.Sequential(
            nn.Dropout(0.2),
            nn.Linear(last * (SIZE // 16) ** 2, _HIDDEN),
            nn.ReLU(),
            nn.Linear(_HIDDEN, 6),
        )

    def forward(self, squares: Tensor) -> Tensor:
        # Around a mean of zero the two grey scales are each other's negatives.
        logits: Tensor = self.heads(self.body(squares - 0.5))
        return logits


def _step(inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> tuple[nn.Module, ...]:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
    return convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)


class FilmCheck:
    """Film to its standing. Safe to share between threads.

    Parameters
    ----------
    folder : Path
        Holds ``weights.safetensors`` and its ``measured.json``.

    Raises
    ------
    ModelUnavailableError
        If a file is missing or damaged, or the weights are not the ones that were measured.
    """

    def __init__(self, folder: Path) -> None:
        self._figures = read_check_figures(folder)
        self._network = load_check(check_weights(folder, self._figures), self._figures.name)
        self._lock = threading.Lock()

    @property
    def figures(self) -> CheckFigures:
        return self._figures

    def check(self, grey: Grey) -> FilmStanding:
        """Look at a film; see `core.models.film_standing.FilmGate.check`."""
        square, _ = to_square(grey, self._figures.size)
        with self._lock:
            return standing(logits_of(self._network, square[None])[0], self._figures)


def standing(logits: npt.NDArray[np.float32], figures: CheckFigures) -> FilmStanding:
    """Logits (6,) as an answer, by the points of the figures file."""
    chance = _sigmoid(float(logits[CHEST]))
    turns = _softmax(logits[TURNS])
    likely = int(turns.argmax())
    chest = chance >= figures.chest_point
    return FilmStanding(
        chest=chest,
        chance=chance,
        quarter_turns=likely if turns[likely] >= figures.turn_point else 0,
        inverted=_sigmoid(float(logits[INVERTED])) >= figures.inverted_point,
    )


def logits_of(
    network: FilmCheckNetwork, squares: npt.NDArray[np.float32], batch: int = 256
) -> npt.NDArray[np.float32]:
    """Logits (n, 6) of squares (n, 64, 64), float32 in [0, 1]."""
    with torch.no_grad():
        parts = [
            network(torch.from_numpy(squares[start : start + batch])[:, None]).numpy()
            for start in range(0, len(squares), batch)
        ]
    return np.concatenate(parts).astype(np.float32)


def load_check(weights: Path, name: str) -> FilmCheckNetwork:
    """Build the network and fill it from a safetensors file.

    Raises
    ------
    ModelUnavailableError
        If the file is no safetensors file or its tensors do not fit.
    """
    network = FilmCheckNetwork()
    try:
        state = {key: stored.float() for key, stored in load_file(weights).items()}
        network.load_state_dict(state)
    except (SafetensorError, RuntimeError) as error:
        raise ModelUnavailableError(model=name, reason=N_("its weights file is damaged")) from error
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    return network.eval()


def _softmax(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    grown = np.exp(logits.astype(np.float64) - float(logits.max()))
    shares: npt.NDArray[np.float64] = grown / grown.sum()
    return shares


def _sigmoid(logit: float) -> float:
    return float(1 / (1 + np.exp(-logit)))
