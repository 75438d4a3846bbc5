"""Train the film check: chest films in every pose against pictures that are no chest films.

Of the train patients one fold in five is kept from the network and chooses its points: the network
that ships is the one that they were chosen for.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim.lr_scheduler import OneCycleLR
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from core.models.film_check import CHEST, INVERTED, SIZE, TURNS, FilmCheckNetwork, logits_of
from core.models.film_standing import SCHEMA
from core.models.measured import MEASURED, WEIGHTS
from core.models.preprocessing import Grey, to_square
from core.training.film_poses import posed
from core.training.films import FilmRow, patient_folds, read_grey, read_manifest
from core.training.other_pictures.kinds import PIECES, TRAINED, phantom, pictures

logger = logging.getLogger(__name__)

NAME = "overread-film-check-1"
KEPT_SIDE = 144
"""Long side, in pixels, at which films are held in memory."""
FALSE_REJECTS = 0.005
"""Share of unseen train films that may be refused."""
FALSE_TURNS = 0.002
"""Share of unseen upright train films that may be called turned, and of plain ones inverted."""
SURE = 0.9
"""Least score with which a turn or an inversion is told."""
PIECE_SHARE = 0.3
"""Share of other pictures that are pieces of chest films."""
PHANTOM = "phantom"


@dataclass(frozen=True)
class CheckRecipe:
    """What a run can turn; written into ``measured.json``."""

    seed: int = 20262
    folds: int = 5
    draws: int = 60_000
    batch: int = 64
    learning_rate: float = 4e-3
    weight_decay: float = 0.02
    ema: float = 0.99
    phantoms: int = 60
    each_kind: int = 120


@dataclass(frozen=True)
class Lesson:
    """A batch: squares (n, 64, 64), chest (n,), quarter turns (n,), inverted (n,)."""

    squares: npt.NDArray[np.float32]
    chest: npt.NDArray[np.float32]
    turns: npt.NDArray[np.int64]
    inverted: npt.NDArray[np.float32]


class Pool:
    """Chest films and other pictures to draw lessons from.

    Parameters
    ----------
    films : sequence of ndarray, float32 in [0, 1]
        Upright chest films.
    sources : sequence of str
        Where each film came from: sources are drawn by the root of their size, so that no small
        one is lost and none drawn to death.
    others : sequence of sequences of ndarray
        Other pictures, one sequence a kind; kinds are drawn evenly.
    """

    def __init__(
        self,
        films: Sequence[Grey],
        sources: Sequence[str],
        others: Sequence[Sequence[Grey]],
    ) -> None:
        self._films, self._others = films, others
        sizes = Counter(sources)
        weights = np.array([1 / np.sqrt(sizes[source]) for source in sources])
        self._weights = weights / weights.sum()
        self._pieces = tuple(PIECES.values())

    def lesson(self, count: int, rng: np.random.Generator) -> Lesson:
        """Draw ``count`` pictures, half of them chest films, each in a pose of its own."""
        chosen = rng.choice(len(self._films), count, p=self._weights)
        chest = (np.arange(count) % 2).astype(np.float32)
        poses = [
            posed(self._films[place] if is_film else self._other(self._films[place], rng), rng)
            for place, is_film in zip(chosen, chest, strict=True)
        ]
        return Lesson(
            np.stack([square_of(pose.grey) for pose in poses]),
            chest,
            np.array([pose.quarter_turns for pose in poses], np.int64),
            np.array([pose.inverted for pose in poses], np.float32),
        )

    def _other(self, film: Grey, rng: np.random.Generator) -> Grey:
        if rng.random() < PIECE_SHARE:
            return self._pieces[int(rng.integers(len(self._pieces)))](film, rng)
        kind = self._others[int(rng.integers(len(self._others)))]
        return kind[int(rng.integers(len(kind)))]


def square_of(grey: Grey) -> Grey:
    """The square that the network reads; black where a picture turned out to be one grey."""
    if float(grey.max()) - float(grey.min()) < 1e-3:
        return np.zeros((SIZE, SIZE), np.float32)
    return to_square(grey, SIZE)[0]


def train_film_check(data: Path, out: Path, recipe: CheckRecipe) -> None:
    """Train, choose the points, and write ``weights.safetensors`` and ``measured.json``.

    Raises
    ------
    TrainingError
        If the manifest is absent or an image cannot be read.
    """
    # One thread: a network this small only loses time to a second.
    torch.set_num_threads(1)
    rows = [row for row in read_manifest(data) if row.split == "train"]
    held = patient_folds(rows, recipe.folds, recipe.seed) == 0
    learned = [row for row, kept in zip(rows, held, strict=True) if not kept]
    unseen = [row for row, kept in zip(rows, held, strict=True) if kept]
    network = train_network(_pool(learned, recipe), recipe)
    # The weights as they are stored, so that the points fit what is read back.
    state = {key: _half(tensor) for key, tensor in network.state_dict().items()}
    network.load_state_dict({key: tensor.float() for key, tensor in state.items()})
    points = choose_points(network, [kept_film(row) for row in unseen])
    out.mkdir(parents=True, exist_ok=True)
    save_file(state, out / WEIGHTS)
    document = _document(out / WEIGHTS, recipe, rows, unseen, points, network)
    (out / MEASURED).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    logger.info("points %s", points)


def _half(tensor: Tensor) -> Tensor:
    return (tensor.half() if tensor.is_floating_point() else tensor).contiguous()


def kept_film(row: FilmRow) -> Grey:
    """A film of the manifest at the size at which it is held in memory."""
    grey = read_grey(row.path)
    scale = KEPT_SIDE / max(grey.shape)
    size = (max(16, round(grey.shape[1] * scale)), max(16, round(grey.shape[0] * scale)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.float32)


def _pool(rows: Sequence[FilmRow], recipe: CheckRecipe) -> Pool:
    films = [kept_film(row) for row in rows]
    sources = [row.source for row in rows]
    rng = np.random.default_rng((recipe.seed, 1))
    for place in range(recipe.phantoms):
        films.append(phantom("AP" if place % 2 else "PA", rng))
        sources.append(PHANTOM)
    logger.info("drawing other pictures")
    drawn = pictures(TRAINED, recipe.each_kind, recipe.seed)
    return Pool(films, sources, list(drawn.values()))


def train_network(pool: Pool, recipe: CheckRecipe) -> FilmCheckNetwork:
    """Train a network on lessons of a pool and return its running mean, ready to read."""
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng((recipe.seed, 2))
    network = FilmCheckNetwork()
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = get_ema_multi_avg_fn(recipe.ema)  # type: ignore[no-untyped-call]
    averaged = AveragedModel(network, multi_avg_fn=average, use_buffers=True)
    optimizer = torch.optim.AdamW(
        network.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay
    )
    steps = max(1, recipe.draws // recipe.batch)
    schedule = OneCycleLR(optimizer, recipe.learning_rate, total_steps=steps)
    began = time.process_time()
    for step in range(steps):
        lesson = pool.lesson(recipe.batch, rng)
        loss = loss_of(network(torch.from_numpy(lesson.squares)[:, None]), lesson)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
        averaged.update_parameters(network)
        if (step + 1) % 100 == 0:
            spent = time.process_time() - began
            logger.info("step %d of %d loss %.4f cpu %.0f s", step + 1, steps, loss.item(), spent)
    return cast(FilmCheckNetwork, averaged.module).eval()


def loss_of(logits: Tensor, lesson: Lesson) -> Tensor:
    """Chest film or not on all pictures; turns and inversion on chest films alone."""
    chest = torch.from_numpy(lesson.chest)
    films = chest > 0
    loss = nn.functional.binary_cross_entropy_with_logits(logits[:, CHEST], chest)
    if films.any():
        turns, inverted = torch.from_numpy(lesson.turns), torch.from_numpy(lesson.inverted)
        loss = loss + nn.functional.cross_entropy(logits[films][:, TURNS], turns[films])
        loss = loss + nn.functional.binary_cross_entropy_with_logits(
            logits[films][:, INVERTED], inverted[films]
        )
    return loss


def choose_points(network: FilmCheckNetwork, films: Sequence[Grey]) -> dict[str, float]:
    """The points of the figures file, from chest films that the network has not learned from.

    At most ``FALSE_REJECTS`` of the films, as they are, are refused; at most ``FALSE_TURNS`` of
    them are called turned, or inverted, and no turn or inversion is told with a score below
    ``SURE``.
    """
    logits = logits_of(network, np.stack([square_of(film) for film in films]))
    turned = torch.softmax(torch.from_numpy(logits[:, TURNS]), 1)[:, 1:].amax(1).numpy()
    dark = torch.sigmoid(torch.from_numpy(logits[:, INVERTED])).numpy()
    chest = float(torch.sigmoid(torch.tensor(_least(logits[:, CHEST]))))
    return {
        # Rounded down, or the film that the point was taken from would be refused itself.
        "chest": math.floor(1e5 * chest) / 1e5,
        "turn": round(max(SURE, _most(turned)), 5),
        "inverted": round(max(SURE, _most(dark)), 5),
    }


def lying(film: Grey, quarter_turns: int, inverted: bool) -> Grey:
    """An upright film as it would lie if it needed ``quarter_turns`` turns, inverted or not."""
    turned = np.rot90(film, -quarter_turns)
    return np.ascontiguousarray(1 - turned if inverted else turned, np.float32)


def _least(scores: npt.NDArray[np.float32]) -> float:
    """The highest score that at most ``FALSE_REJECTS`` of the films stay below."""
    return float(np.sort(scores)[int(FALSE_REJECTS * len(scores))])


def _most(scores: npt.NDArray[np.float32]) -> float:
    """A score that at most ``FALSE_TURNS`` of the films reach."""
    ranked = np.sort(scores)[::-1]
    return float(ranked[int(FALSE_TURNS * len(scores))]) + 1e-4


def _document(
    weights: Path,
    recipe: CheckRecipe,
    rows: Sequence[FilmRow],
    unseen: Sequence[FilmRow],
    points: dict[str, float],
    network: FilmCheckNetwork,
) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "name": NAME,
        "weights_sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "command": "python -m core.training film-check --data FOLDER --out FOLDER",
        "recipe": asdict(recipe),
        "input_size": SIZE,
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "torch": torch.__version__,
        "train_films": dict(sorted(Counter(row.source for row in rows).items())),
        "films_for_points": len(unseen),
        "rules": {"false_rejects": FALSE_REJECTS, "false_turns": FALSE_TURNS, "sure": SURE},
        "points": points,
        "figures": {},
    }
