"""Fit what reads each finding from the features anew, on patients' films alone.

Drawn lesions teach the features what a lesion looks like, but they also teach the readout how often
drawn films hold one, and which films are drawn. Of a network that learned from many of them, the
last layer on films of patients alone is enough to mend that.

References
----------
Kirichenko 2023 (last layer re-training is sufficient for robustness to spurious correlations).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from core.models.network import Head, Network
from core.training.films import LEAST_OF_EACH

BATCH = 32

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
        scale = StandardScaler().fit(seen)
        fit = LogisticRegression(C=strength, max_iter=5000).fit(scale.transform(seen), truth)
        weights = fit.coef_[0] / scale.scale_
        with torch.no_grad():
            head.whole.weight[column] = torch.from_numpy(weights[:-1])
            head.whole.bias[column] = float(fit.intercept_[0] - weights @ scale.mean_)
            head.trust[column] = float(weights[-1])


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
            whole.append(features.mean(dim=(2, 3)).numpy())
            somewhere.append(head.somewhere(head.place_logits(features)).numpy())
    return np.concatenate(whole), np.concatenate(somewhere)
