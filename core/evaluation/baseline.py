"""What a classifier has to beat: logistic regression on a thumbnail of the film."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from core.training.films import FilmSet

THUMBNAIL = 32


def thumbnail_logits(train: FilmSet, val: FilmSet) -> npt.NDArray[np.float32]:
    """Return logits, (val films, findings), of one ridge logistic regression per finding.

    Both sets hold squares of `THUMBNAIL` pixels. A finding with one class alone keeps logit 0.
    """
    seen, unseen = _flat(train), _flat(val)
    logits = np.zeros((len(unseen), len(train.findings)), np.float32)
    for column in range(len(train.findings)):
        known = train.known[:, column]
        labels = train.labels[known, column]
        if len(set(labels.tolist())) == 2:
            model = LogisticRegression(C=1e-3, max_iter=300).fit(seen[known], labels)
            logits[:, column] = model.decision_function(unseen)
    return logits


def _flat(films: FilmSet) -> npt.NDArray[np.float32]:
    return (films.squares.reshape(len(films.squares), -1) / np.float32(128) - 1).astype(np.float32)
