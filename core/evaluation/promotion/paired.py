"""Figures of two versions on the same films, and their difference, paired by patient."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from core.evaluation.promotion.rule import FindingFigures, Pair, Rule, judged
from core.evaluation.resampling import (
    Floats,
    auroc_each,
    hits_of,
    interval_of,
    resample,
    share_each,
    share_interval,
)
from core.models.base import Interval

Booleans = npt.NDArray[np.bool_]
Names = npt.NDArray[np.str_]
SAME = 1e-12
DIGITS = 4


@dataclass(frozen=True)
class Compared:
    """One finding on the films on which somebody looked for it; arrays of shape (films,).

    ``scores`` are of old and new, ``None`` where there are only calls.
    """

    labels: Booleans
    old: Booleans
    new: Booleans
    patients: Names
    scores: tuple[npt.NDArray[np.floating], npt.NDArray[np.floating]] | None = None


def finding_figures(name: str, films: Compared, rule: Rule) -> FindingFigures:
    """Compare two versions on one finding, and judge it where it is critical."""
    positives = int(films.labels.sum())
    figures: dict[str, Pair] = {}
    if len(films.labels):
        weights = resample(films.patients)
        if films.scores is not None:
            figures["auroc"] = _ranking(films, weights)
        figures["sensitivity"] = _share(films.old, films.new, films.labels, films, weights)
        figures["specificity"] = _share(~films.old, ~films.new, ~films.labels, films, weights)
    negatives = len(films.labels) - positives
    found = FindingFigures(positives, negatives, *_people(films), figures)
    return replace(found, outcome=judged(name, found, rule))


def figures_alone(name: str, films: Compared, rule: Rule) -> FindingFigures:
    """Return the figures of a finding that only the new version reads.

    There is nothing to compare them with: no difference, so that no loss is excluded.
    """
    found = finding_figures(name, replace(films, old=films.new), rule)
    alone = {figure: Pair(None, pair.new, None) for figure, pair in found.figures.items()}
    found = replace(found, figures=alone)
    return replace(found, outcome=judged(name, found, rule))


def _people(films: Compared) -> tuple[int, int]:
    """How many patients have films with the finding, and how many have films without it."""
    sides = films.patients[films.labels], films.patients[~films.labels]
    return len(np.unique(sides[0])), len(np.unique(sides[1]))


def _ranking(films: Compared, weights: Floats) -> Pair:
    assert films.scores is not None
    old, new = (auroc_each(films.labels, each, weights) for each in films.scores)
    cases = int(min(films.labels.sum(), (~films.labels).sum()))
    difference = interval_of(new - old, cases)
    if difference is not None and difference.high - difference.low < SAME:
        difference = _not_seen(difference, min(_people(films)))
    return _pair(interval_of(old, cases), interval_of(new, cases), difference)


def _share(old: Booleans, new: Booleans, among: Booleans, films: Compared, weights: Floats) -> Pair:
    each = share_each(new, among, weights) - share_each(old, among, weights)
    difference = interval_of(each, int(among.sum()))
    if difference is not None:
        difference = _not_seen(difference, len(np.unique(films.patients[among])))
    before, after = (share_interval(one, among, films.patients, weights) for one in (old, new))
    return _pair(before, after, difference)


def _pair(old: Interval | None, new: Interval | None, difference: Interval | None) -> Pair:
    """Rounded here, not when they are written: what is judged is what stands in the file."""
    return Pair(_rounded(old), _rounded(new), _rounded(difference))


def _rounded(found: Interval | None) -> Interval | None:
    if found is None:
        return None
    low, high = round(found.low, DIGITS), round(found.high, DIGITS)
    return Interval(round(found.value, DIGITS), low, high, found.cases)


def _not_seen(difference: Interval, people: int) -> Interval:
    """Widen a difference downwards by the losses that so many patients leave open without one.

    Of shares always, and not only where nothing was lost: a loss and a gain in one patient cancel
    in every resample, and would pass for certainty.
    """
    losses = hits_of(0, people)
    most = losses.high if losses else 1.0
    return replace(difference, low=min(difference.low, difference.value - most))
