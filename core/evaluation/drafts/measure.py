"""From all texts of an evaluation to what ``measured.json`` says, and back again."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import numpy as np

from core.domain.errors import N_
from core.domain.training_errors import EvaluationError
from core.evaluation.drafts.each import Each
from core.evaluation.drafts.figures import FIGURES, HEADLINES
from core.evaluation.drafts.measured import MEMORY, Difference, Measured, Role, System
from core.evaluation.drafts.scoring import Scored, Similarity, Split, score
from core.evaluation.drafts.texts import Asked, Texts, Writer
from core.evaluation.resampling import interval_of
from core.models.base import Interval

NO_ENCODER = N_("no sentence encoder was named (--encoder FOLDER)")
NO_COUNT = N_("the system does not let a process count its memory anew")
LEAST_GROUPS = 10
"""Groups behind a figure below which it is not compared: resamples of few say nothing of chance."""
TOO_FEW_GROUPS = N_("the samples are of too few patients or figures to compare systems")
SAME = 2e-6
"""How far two figures may lie apart and still agree: the last decimal of the file."""


def measure(folder: Path, texts: Texts, similarity: Similarity | None = None) -> Measured:
    """Score every system that answered all samples, and compare them in pairs.

    Models come first, in the order in which they were written, then the baselines.

    Raises
    ------
    EvaluationError
        If no system has answered every sample.
    """
    finished = [_with_memory(each, texts) for each in texts.finished()]
    writers = sorted(finished, key=lambda each: each.role is Role.BASELINE)
    if not writers:
        raise EvaluationError(reason=N_("no system has answered every sample"))
    # The order of the file must not matter, since resamples are drawn by place.
    split = Split.of([texts.samples[name] for name in sorted(texts.samples)])
    scored = {writer.system: _scored(texts, writer, split, similarity) for writer in writers}
    enough = len(np.unique(split.groups)) >= LEAST_GROUPS
    pairs = combinations([writer.system for writer in writers], 2) if enough else ()
    return Measured(
        folder=folder,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        command=texts.plan.command,
        corpus={**texts.plan.corpus, **_counted(split.asked)},
        machine={
            **texts.plan.machine,
            **{name: each for name, each in texts.plan.settings.items() if name != "gpu"},
            **({} if similarity is None else {"sentence encoder": str(similarity)}),
        },
        systems=tuple(_system(writer, scored[writer.system]) for writer in writers),
        differences=tuple(
            difference for one, other in pairs for difference in _differences(one, other, scored)
        ),
        not_measured={
            **({} if similarity is not None else {"semantic_similarity": NO_ENCODER}),
            **({} if _held(texts, writers) else {"peak_memory_bytes": NO_COUNT}),
            **({} if enough else {"differences": TOO_FEW_GROUPS}),
        },
    )


def _scored(texts: Texts, writer: Writer, split: Split, similarity: Similarity | None) -> Scored:
    written = texts.written[writer.system]
    return score([written[asked.sample] for asked in split.asked], split, similarity)


def _with_memory(writer: Writer, texts: Texts) -> Writer:
    """Add which memory was counted: that of a GPU and what is resident are no equals."""
    kinds = {each.memory_of for each in texts.written[writer.system].values() if each.memory_of}
    if not kinds:
        return writer
    return replace(writer, versions={**writer.versions, MEMORY: ", ".join(sorted(kinds))})


def _held(texts: Texts, writers: Sequence[Writer]) -> bool:
    """Whether the memory of some model is known, or there is no model to know it of."""
    models = [each.system for each in writers if each.role is Role.MODEL]
    known = (text.memory_bytes for name in models for text in texts.written[name].values())
    return not models or any(known)


def _counted(asked: Sequence[Asked]) -> dict[str, int]:
    return {"samples": len(asked), "groups": len({each.group for each in asked})}


def _system(writer: Writer, scored: Scored) -> System:
    figures = {
        figure.name: scored.figures[figure.name].interval()
        for figure in FIGURES
        if figure.name in scored.figures
    }
    findings = {
        name: {
            **{rate: each.interval() for rate, each in rates.items()},
            "positives": rates["recall"].cases,
        }
        for name, rates in scored.findings.items()
    }
    return System(
        name=writer.system,
        title=writer.title,
        role=writer.role,
        digest=writer.digest,
        versions=dict(writer.versions),
        figures=figures,
        findings=findings,
    )


def _differences(one: str, other: str, scored: Mapping[str, Scored]) -> list[Difference]:
    found = []
    for name in HEADLINES:
        ours, theirs = scored[one].figures[name], scored[other].figures[name]
        if not (_tells(ours) and _tells(theirs)):
            continue
        interval = interval_of(ours.values - theirs.values, min(ours.cases, theirs.cases))
        if interval is not None:
            found.append(Difference(one, other, name, interval))
    return found


def _tells(figure: Each) -> bool:
    """Whether resamples of a figure say something of chance."""
    return figure.groups >= LEAST_GROUPS and figure.doubted()


# --- again --------------------------------------------------------------------------------------


def differing(one: Measured, other: Measured) -> tuple[str, ...]:
    """Return what does not agree between two measurements of the same texts.

    Figures that only one of them has, since an encoder was there for one alone, are left out.
    """
    names = [system.name for system in one.systems]
    if names != [system.name for system in other.systems]:
        return ("systems",)
    skipped = set(one.not_measured) | set(other.not_measured)
    wrong = []
    for ours, theirs in zip(one.systems, other.systems, strict=True):
        for name in sorted(ours.figures.keys() | theirs.figures.keys()):
            if name not in skipped and not _alike(ours.figures.get(name), theirs.figures.get(name)):
                wrong.append(f"{ours.name}: {name}")
        for finding in sorted(ours.findings.keys() | theirs.findings.keys()):
            first, second = ours.findings.get(finding, {}), theirs.findings.get(finding, {})
            if not all(_alike(first.get(rate), second.get(rate)) for rate in {**first, **second}):
                wrong.append(f"{ours.name}: {finding}")
    pairs = [{(d.system, d.against, d.figure): d.interval for d in each.differences}
             for each in (one, other)]  # fmt: skip
    for key in sorted(pairs[0].keys() | pairs[1].keys()):
        if not _alike(pairs[0].get(key), pairs[1].get(key)):
            wrong.append(f"{key[0]} less {key[1]}: {key[2]}")
    return tuple(wrong)


def _alike(one: Interval | int | None, other: Interval | int | None) -> bool:
    if not isinstance(one, Interval) or not isinstance(other, Interval):
        return one == other
    pairs = ((one.value, other.value), (one.low, other.low), (one.high, other.high))
    return one.cases == other.cases and all(
        math.isclose(a, b, rel_tol=SAME, abs_tol=SAME) for a, b in pairs
    )
