"""What a classifier has to beat: a thumbnail of the film, and films that look alike.

Both give scores for ranking, shape (films, findings).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from core.training.films import FilmSet

THUMBNAIL = 32
NEIGHBOURS = (5, 10, 20, 50, 100)

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]


def thumbnail_logits(train: FilmSet, val: FilmSet) -> Floats:
    """Return logits, (val films, findings), of one ridge logistic regression per finding.

    Both sets hold squares of `THUMBNAIL` pixels. A finding with one class alone keeps logit 0.
    """
    return _fit_thumbnails(flat(train), train.labels, train.known, flat(val))


def thumbnail_logits_by_fold(
    train: FilmSet, folds: npt.NDArray[np.int64], scored: Sequence[int]
) -> Floats:
    """Return logits of the films of the ``scored`` folds, each from the films of all others."""
    pixels = flat(train)
    logits = np.zeros(train.labels.shape, np.float32)
    for fold in scored:
        here, others = folds == fold, folds != fold
        logits[here] = _fit_thumbnails(
            pixels[others], train.labels[others], train.known[others], pixels[here]
        )
    return logits


def _fit_thumbnails(seen: Floats, labels: Floats, known: Flags, unseen: Floats) -> Floats:
    logits = np.zeros((len(unseen), labels.shape[1]), np.float32)
    for column in range(labels.shape[1]):
        looked = known[:, column]
        truth = labels[looked, column]
        if len(set(truth.tolist())) == 2:
            model = LogisticRegression(C=1e-3, max_iter=300).fit(seen[looked], truth)
            logits[:, column] = model.decision_function(unseen)
    return logits


def flat(films: FilmSet) -> Floats:
    """Return squares as lines of numbers about 0, (films, pixels)."""
    return (films.squares.reshape(len(films.squares), -1) / np.float32(128) - 1).astype(np.float32)


def neighbour_scores(
    seen: Floats, labels: Floats, known: Flags, unseen: Floats, neighbours: Sequence[int]
) -> list[Floats]:
    """Return, for each number of neighbours, the share of them that have each finding.

    Parameters
    ----------
    seen, unseen : ndarray, shape (films, width)
        Pooled features; near means a small angle (cosine).
    labels, known : ndarray, shape (seen films, findings)
    neighbours : sequence of int
        Nearest among the films on which somebody looked for the finding.
    """
    # Centred: features behind a ReLU all point the same way.
    centre = seen.mean(axis=0)
    alike = _unit(unseen - centre) @ _unit(seen - centre).T
    scores = [np.zeros((len(unseen), labels.shape[1]), np.float32) for _ in neighbours]
    for column in range(labels.shape[1]):
        looked = known[:, column]
        if not looked.any():
            continue
        nearest = np.argsort(-alike[:, looked], axis=1, kind="stable")[:, : max(neighbours)]
        have = labels[looked, column][nearest]
        for place, count in enumerate(neighbours):
            scores[place][:, column] = have[:, :count].mean(axis=1)
    return scores


def _unit(features: Floats) -> Floats:
    length = np.linalg.norm(features, axis=1, keepdims=True)
    return np.asarray(features / np.maximum(length, 1e-9), np.float32)
