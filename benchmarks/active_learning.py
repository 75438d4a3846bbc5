"""Does asking for chosen films teach faster than asking at random? Real films, labels hidden.

Run: OVERREAD_TEST_DATA=FOLDER python -m benchmarks.active_learning
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from platformdirs import user_cache_path

from benchmarks.asking_rules import COMMITTEE, RANDOM, RULES, Known, Rule
from benchmarks.hidden_labels import Field, Floats, drawn_field, learned, read_fields, scaled
from benchmarks.record import Cell, Ratio, Result, Table, arguments, publish
from core.evaluation.resampling import auroc_each, interval_of, resample
from core.models.base import Interval

TEST_SHARE = 0.4
STEP, STEPS = 20, 7
REPEATS, RESAMPLES = 6, 500


# --- curves -------------------------------------------------------------------------------------


def split(field: Field, seed: int) -> tuple[Field, Field]:
    """Deal the patients of a field into a pool and a test, with the features scaled as a whole."""
    rng = np.random.default_rng(seed)
    patients = rng.permutation(np.unique(field.patients))
    tested = np.isin(field.patients, patients[: int(TEST_SHARE * len(patients))])
    whole = Field(scaled(field.features), field.labels, field.patients)
    return whole.rows(np.flatnonzero(~tested)), whole.rows(np.flatnonzero(tested))


def curve(pool: Field, test: Field, rule: Rule, seed: int, steps: int) -> Floats:
    """Return what heads say of the test after each step, (steps, films, findings).

    The first films are the same for every rule.
    """
    rng = np.random.default_rng(seed)
    read = rng.permutation(len(pool.labels))[:STEP]
    said = []
    for step in range(steps):
        labels = pool.labels[read]
        unread = np.setdiff1d(np.arange(len(pool.labels)), read)
        asked = [test.features, pool.features[unread], pool.features[read]]
        ends = np.cumsum([len(each) for each in asked])[:-1]
        all_said = learned(pool.features[read], labels, np.concatenate(asked))
        of_test, of_unread, of_read = np.split(all_said, ends)
        said.append(of_test)
        if step + 1 < steps:
            known = Known(pool.features, read, unread, labels, of_unread, of_read, rng)
            read = np.concatenate([read, unread[list(rule(known, STEP))]])
    return np.stack(said)


def ranked(said: Floats, test: Field, weights: Floats) -> Floats:
    """Return the mean AUROC over findings after each step, of all resamples: (steps, resamples)."""
    return np.stack(
        [
            np.nanmean(
                [
                    auroc_each(labels, scores, weights)
                    for labels, scores in zip(test.labels.T, step.T, strict=True)
                    if labels.any()
                ],
                axis=0,
            )
            for step in said
        ]
    )


def measured(
    fields: Sequence[Field], repeats: int, steps: int, resamples: int
) -> dict[str, Floats]:
    """Return for each rule the mean curve, (steps, 1 + resamples), over fields and repeats.

    A resample draws patients, and of each field its repeats, since another split would have asked
    for other films. Both are drawn once for all rules, so that differences are paired, and a
    patient who is in several tests counts as one.
    """
    patients = np.unique(np.concatenate([field.patients for field in fields]))
    drawn = resample(patients, resamples)
    curves: dict[str, list[Floats]] = {name: [] for name in RULES}
    for number, field in enumerate(fields):
        for repeat in range(repeats):
            seed = 1000 * number + repeat
            pool, test = split(field, seed)
            weights = drawn[:, np.searchsorted(patients, test.patients)]
            for name, rule in RULES.items():
                said = curve(pool, test, rule, seed, steps)
                curves[name].append(ranked(said, test, weights))
    often = _repeats_drawn(len(fields), repeats, resamples)
    return {
        name: np.asarray(np.einsum("cr,csr->sr", often, np.stack(each)) / len(each))
        for name, each in curves.items()
    }


def _repeats_drawn(fields: int, repeats: int, resamples: int) -> Floats:
    """Return how often each curve counts, (curves, 1 + resamples): once in the first column."""
    rng = np.random.default_rng(1)
    drawn = [
        rng.multinomial(repeats, np.full(repeats, 1 / repeats), resamples) for _ in range(fields)
    ]
    counts = np.concatenate(drawn, axis=1).T
    return np.concatenate([np.ones((fields * repeats, 1)), counts], axis=1).astype(np.float64)


# --- figures ------------------------------------------------------------------------------------


def _difference(curves: Mapping[str, Floats], name: str, step: int | None = None) -> Interval:
    """Return how much more a rule gives than random, at a step or as the mean over all."""
    apart = curves[name] - curves[RANDOM]
    # The first step is the same for all.
    values = apart[1:].mean(axis=0) if step is None else apart[step]
    found = interval_of(values, 0)
    assert found is not None
    return found


def _shown(found: Interval) -> str:
    return f"{found.value:+.3f} ({found.low:+.3f} to {found.high:+.3f})"


def verdict(found: Interval) -> str:
    """Return what an interval of a difference says."""
    if found.low > 0:
        return "better than random"
    return "worse than random" if found.high < 0 else "no difference shown"


def tables(curves: Mapping[str, Floats]) -> tuple[Table, ...]:
    others = [name for name in RULES if name != RANDOM]
    steps = len(curves[RANDOM])
    whole: list[tuple[Cell, ...]] = []
    for name in others:
        found = _difference(curves, name)
        ahead = [step for step in range(1, steps) if _difference(curves, name, step).low > 0]
        films = ", ".join(str((step + 1) * STEP) for step in ahead) or "none"
        whole.append((name, _shown(found), verdict(found), films))
    by_step: list[tuple[Cell, ...]] = []
    for step in range(steps):
        start = f"{curves[RANDOM][step, 0]:.3f}"
        rest = [_shown(_difference(curves, name, step)) if step else "same" for name in others]
        by_step.append(((step + 1) * STEP, start, *rest))
    return (
        Table(
            "Mean AUROC over findings less that of random order, as the mean over all steps after "
            "the first, with the interval (95 %, bootstrap by patient and split)",
            ("rule", "difference", "says", "steps at which it is ahead, films read"),
            tuple(whole),
        ),
        Table(
            "The same after each step: random order's AUROC, and each rule's difference from it",
            ("films read", RANDOM, *others),
            tuple(by_step),
        ),
    )


def conclusion(curves: Mapping[str, Floats]) -> str:
    said = {name: verdict(_difference(curves, name)) for name in RULES if name != RANDOM}
    parts = []
    for words in ("better than random", "worse than random", "no difference shown"):
        names = [name for name, each in said.items() if each == words]
        parts.append(f"{words}: {', '.join(names) or 'none'}")
    return f"Over all steps {'; '.join(parts)}."


def described(fields: Sequence[Field], findings: Sequence[str]) -> tuple[str, ...]:
    films = [len(field.labels) for field in fields]
    patients = len(np.unique(np.concatenate([field.patients for field in fields])))
    return (
        f"NIH ChestX-ray14 films of {patients} patients (labels mined from reports), in "
        f"{len(fields)} fields of {min(films)} to {max(films)} films: those that one member of the "
        "embedded network never saw, in that member's features.",
        f"Of each field {TEST_SHARE:.0%} of the patients are held out; labels of the others are "
        f"hidden. {STEP} films are read at random, the same for every rule, then {STEP} a step as "
        "the rule asks; after each step one logistic regression a finding learns from what was "
        f"read. {REPEATS} splits a field.",
        f"Figure: the mean AUROC over {len(findings)} findings ({', '.join(findings)}). Intervals: "
        f"{RESAMPLES} resamples of patients and of splits, paired with random order.",
        "The combined rule is core.training.active.queue, with a committee for disagreement and "
        "features for diversity; the Ledger page, which has drafts alone, has neither. "
        f"Disagreement is that of {COMMITTEE} heads that learned from resamples.",
    )


def ratios(curves: Mapping[str, Floats]) -> tuple[Ratio, ...]:
    """Return each rule's mean AUROC after the first step over that of random order."""
    mean = {name: float(values[1:, 0].mean()) for name, values in curves.items()}
    return tuple(
        Ratio(f"mean AUROC, films asked for by {name} over random order", mean[name] / mean[RANDOM])
        for name in RULES
        if name != RANDOM
    )


def main() -> None:
    asked = arguments(__doc__)
    small, folder = asked.small, os.environ.get("OVERREAD_TEST_DATA")
    findings: tuple[str, ...]
    if small:
        fields, findings = [drawn_field()], ("drawn",)
    elif folder:
        cache = user_cache_path("overread") / "benchmarks"
        fields, findings = read_fields(Path(folder) / "cxr", cache)
    else:
        print("OVERREAD_TEST_DATA names no folder with cxr/: nothing was measured.")
        return
    repeats, steps, resamples = (1, 2, 20) if small else (REPEATS, STEPS, RESAMPLES)
    curves = measured(fields, repeats, steps, resamples)
    method = (*described(fields, findings), conclusion(curves))
    title = "Asking for films: chosen against random"
    result = Result("active_learning", title, method, tables(curves), ratios(curves), small=small)
    publish(result, asked.results)


if __name__ == "__main__":
    main()
