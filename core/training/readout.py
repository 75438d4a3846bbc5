"""Fit what reads each finding from the features anew, on patients' films alone.

Drawn lesions teach the features what a lesion looks like, but they also teach the readout how often
drawn films hold one, and which films are drawn. Of a network that learned from many of them, the
last layer on films of patients alone is enough to mend that.

References
----------
Kirichenko 2023 (last layer re-training is sufficient for robustness to spurious correlations; there
on films held back, of which there are too few here).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from sklearn.linear_model import LogisticRegression

from core.models.network import Head, Network
from core.training.films import LEAST_OF_EACH

BATCH = 32
LEAST_DEVIATION = 1e-3
"""Of a feature, in medians of them all."""

Floats = npt.NDArray[np.float32]


def refit_readout(
    network: Network,
    squares: npt.NDArray[np.uint8],
    labels: Floats,
    known: npt.NDArray[np.bool_],
    strength: float,
) -> None:
    """Fit the readout of each finding by a logistic regression with a penalty (ridge).

    What is seen at some place is one feature more beside those of the whole film, all of them
    scaled to a deviation of one. A finding with few positives or negatives keeps what it has.

    Parameters
    ----------
    network : Network
        Of one member; changed in place.
    squares : ndarray of uint8, shape (films, s, s)
        Patients' films that this member may learn from, of its size.
    labels, known : ndarray, shape (films, findings)
    strength : float
        Inverse of the penalty's strength (scikit-learn's ``C``), over 0.
    """
    whole, somewhere = _features(network, squares)
    head = network.heads[0]
    assert isinstance(head, Head)
    for column in range(labels.shape[1]):
        looked = known[:, column]
        truth = labels[looked, column]
        if min(truth.sum(), len(truth) - truth.sum()) < LEAST_OF_EACH:
            continue
        seen = np.column_stack([whole, somewhere[:, column]])[looked]
        bias, weights = _fit(seen, truth, strength)
        if weights[-1] < 0:
            # A map may not speak against its own finding: a reader takes it for what speaks for it.
            bias, weights = _fit(seen[:, :-1], truth, strength)
            weights = np.append(weights, 0.0)
        with torch.no_grad():
            head.whole.weight[column] = torch.from_numpy(weights[:-1])
            head.whole.bias[column] = bias
            head.trust[column] = weights[-1]


def _fit(
    seen: npt.NDArray[np.floating], truth: npt.NDArray[np.floating], strength: float
) -> tuple[float, npt.NDArray[np.float64]]:
    """Return bias and weights of features as they come, penalised at a deviation of one."""
    mean, deviation = seen.mean(axis=0), seen.std(axis=0)
    # What hardly moves on these films would count without bounds on the film where it does.
    deviation = np.maximum(deviation, LEAST_DEVIATION * np.median(deviation))
    fit = LogisticRegression(C=strength, max_iter=5000).fit((seen - mean) / deviation, truth)
    weights = fit.coef_[0] / deviation
    return float(fit.intercept_[0] - weights @ mean), np.asarray(weights, np.float64)


def _features(network: Network, squares: npt.NDArray[np.uint8]) -> tuple[Floats, Floats]:
    """Return what the readout weighs: (films, width) of the whole film, (films, findings)."""
    head = network.heads[0]
    assert isinstance(head, Head)
    whole, somewhere = [], []
    network.eval()
    with torch.no_grad():
        for at in range(0, len(squares), BATCH):
            x = torch.from_numpy(squares[at : at + BATCH].astype(np.float32) / 255)[:, None]
            features = network.features(x)
            whole.append(network.pooled(features)[0].numpy())
            somewhere.append(head.somewhere(head.place_logits(features)).numpy())
    return np.concatenate(whole), np.concatenate(somewhere)
