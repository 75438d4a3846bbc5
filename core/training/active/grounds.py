"""What a film would teach, from the probabilities of its findings: pure functions, no torch.

Probabilities have the shape (films, findings), in [0, 1]; NaN where nothing is known of a finding.
Each function returns the value of every finding of every film, NaN where it is not known; what a
film is worth is the mean over its findings, and its reason is the finding that weighs most.

References
----------
Settles 2009, Active Learning Literature Survey (uncertainty sampling by entropy and by margin;
query by committee).
McCallum & Nigam 1998 (disagreement as the mean divergence of each opinion from their mean).
Sener & Savarese 2018, Active Learning for Convolutional Neural Networks: A Core-Set Approach
(k-centre greedy).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

LEAST_SHARE = 1e-3
"""Prevalences are taken as no lower: a finding that nobody has seen is not infinitely rare."""


def entropy(probabilities: npt.ArrayLike) -> Floats:
    """Return the entropy of each finding in bits: 1 where it is even, 0 where it is settled."""
    p = np.asarray(probabilities, np.float64)
    return np.asarray(_surprise(p) + _surprise(1 - p), np.float64)


def margin(probabilities: npt.ArrayLike) -> Floats:
    """Return how near each finding is to even: 1 at a half, 0 at either end.

    For two classes it orders films as `entropy` does finding by finding; means of it do not.
    """
    p = np.asarray(probabilities, np.float64)
    return np.asarray(1 - np.abs(2 * p - 1), np.float64)


def disagreement(opinions: npt.ArrayLike) -> Floats:
    """Return how far opinions lie apart, finding by finding, in bits.

    The mean divergence (Kullback-Leibler) of each opinion from their mean, which is the entropy of
    the mean less the mean entropy: 1 where half of them are sure of a finding and half of its
    absence, 0 where all say the same, however unsure.

    Parameters
    ----------
    opinions : array_like, shape (opinions, films, findings)
        Members of a committee; or a classifier and a text, whose statements are 0, 0.5 and 1. An
        opinion that says nothing of a finding is NaN and left out; fewer than two opinions of a
        finding are no disagreement, and NaN.
    """
    said = np.asarray(opinions, np.float64)
    heard = ~np.isnan(said)
    count = heard.sum(axis=0)
    enough = count > 1
    number = np.where(enough, count, 1)
    mean = np.where(heard, said, 0).sum(axis=0) / number
    own = np.where(heard, entropy(np.where(heard, said, 0)), 0).sum(axis=0) / number
    apart = np.maximum(entropy(mean) - own, 0)
    return np.asarray(np.where(enough, apart, np.nan), np.float64)


def rarity(probabilities: npt.ArrayLike, prevalence: npt.ArrayLike) -> Floats:
    """Return what each finding would tell if it is there, weighed by how likely it is, in bits.

    Parameters
    ----------
    prevalence : array_like, shape (findings,)
        Share of films that have a finding, as far as it is known; see `LEAST_SHARE`.
    """
    shares = np.clip(np.asarray(prevalence, np.float64), LEAST_SHARE, 1.0)
    return np.asarray(np.asarray(probabilities, np.float64) * -np.log2(shares), np.float64)


def of_film(values: Floats) -> Floats:
    """Return what each film is worth, (films,): the mean over findings; 0 where none is known."""
    known = ~np.isnan(values)
    count = known.sum(axis=1)
    total = np.where(known, values, 0).sum(axis=1)
    return np.asarray(total / np.maximum(count, 1), np.float64)


def weightiest(values: Floats) -> list[int | None]:
    """Return the finding that weighs most in each film; ``None`` where none weighs anything."""
    filled = np.where(np.isnan(values), 0, values)
    columns = filled.argmax(axis=1)
    return [int(column) if filled[row, column] > 0 else None for row, column in enumerate(columns)]


def _surprise(p: Floats) -> Floats:
    """Return ``-p log2 p``, 0 at 0."""
    return np.asarray(-p * np.log2(np.where(p > 0, p, 1.0)), np.float64)
