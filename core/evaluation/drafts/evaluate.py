"""One evaluation of drafts, from names to ``measured.json``; and its figures once more."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import metadata
from itertools import count
from pathlib import Path
from typing import Any

from core.domain.errors import N_
from core.domain.training_errors import EvaluationError
from core.evaluation.drafts.baselines import NEAREST, NORMAL, baselines
from core.evaluation.drafts.candidates import Candidate, Place, candidate
from core.evaluation.drafts.measure import differing, measure
from core.evaluation.drafts.measured import Measured, read_measured, write_measured
from core.evaluation.drafts.report import write_report
from core.evaluation.drafts.samples import Ask, choose
from core.evaluation.drafts.scoring import Similarity
from core.evaluation.drafts.texts import Plan, read_texts
from core.evaluation.drafts.words import signature
from core.evaluation.drafts.writing import write_texts
from core.models.language.catalogue import plain_name
from core.settings import VERSION
from core.training.corpus.folder import VALIDATION, Corpus, open_corpus

FEATURES = ".features"
"""Beside the evaluations: features of train films, which all evaluations of a corpus share."""
BY_MEMORY = "by memory"
_LIBRARIES = ("sacrebleu", "rouge-score", "nltk", "torch", "transformers")


@dataclass(frozen=True)
class Request:
    """What a person asks for.

    Attributes
    ----------
    models : tuple of str
        Names or folders; see `core.evaluation.drafts.candidates`.
    out : Path
        Folder of the evaluation; one that was begun with the same samples is gone on with.
    limit : int or None
        ``None`` takes the whole split.
    command : str
        As it was typed, without paths of the machine.
    """

    models: tuple[str, ...]
    corpus: Path
    out: Path
    split: str = VALIDATION
    limit: int | None = None
    seed: int = 3407
    ask: Ask = Ask.OWN
    command: str = ""


def evaluate(request: Request, place: Place, similarity: Similarity | None = None) -> Measured:
    """Let models and baselines write about the films of a split, and measure what they wrote.

    Raises
    ------
    EvaluationError, CorpusError, RunError, ModelError
    OSError
        If the folder cannot be written.
    """
    corpus = open_corpus(request.corpus)
    chosen = choose(corpus, request.split, request.limit, request.seed, request.ask)
    candidates = _named_once([candidate(name, place) for name in request.models])
    candidates = (*candidates, *baselines(corpus, request.out.parent / FEATURES))
    plan = _plan(request, corpus, place)
    texts = write_texts(request.out, plan, chosen, candidates)
    measured = measure(request.out, texts, similarity)
    write_measured(measured)
    write_report(measured)
    return measured


def again(folder: Path, similarity: Similarity | None = None) -> tuple[Measured, tuple[str, ...]]:
    """Make the figures of an evaluation again from its texts, and compare; nothing is written.

    Returns
    -------
    measured : Measured
    differing : tuple of str
        What does not agree with ``measured.json``; empty where all does.

    Raises
    ------
    EvaluationError
        If the folder lacks its texts or its figures.
    """
    texts = read_texts(folder)
    if texts is None:
        raise EvaluationError(reason=N_("the folder holds no texts to measure again"))
    before = read_measured(folder)
    names = {system.name for system in before.systems}
    texts.writers = {name: each for name, each in texts.writers.items() if name in names}
    found = measure(folder, texts, similarity)
    return found, differing(found, before)


def default_folder(evaluations: Path, corpus: Path, split: str) -> Path:
    """Return where an evaluation goes unless a person says: by corpus, split and hour."""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    return evaluations / f"{plain_name(corpus.resolve().name)}-{split}-{stamp}"


def _named_once(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Give folders of one name a number, so that each system has a name of its own.

    The baselines keep theirs.
    """
    own = {each.writer.system for each in candidates}
    taken = {NEAREST, NORMAL}
    named = []
    for each in candidates:
        name = each.writer.system
        if name in taken:
            free = (f"{name}-{number}" for number in count(2))
            name = next(other for other in free if other not in taken | own)
            each = replace(each, writer=replace(each.writer, system=name))
        taken.add(name)
        named.append(each)
    return tuple(named)


def _plan(request: Request, corpus: Corpus, place: Place) -> Plan:
    manifest = corpus.manifest
    described: dict[str, Any] = {
        "name": manifest.name,
        "source": manifest.source,
        "digest": manifest.digest,
        "split": request.split,
        "limit": request.limit,
        "seed": request.seed,
        "ask": request.ask.value,
    }
    versions = {name: metadata.version(name) for name in _LIBRARIES}
    machine, longest = _machine(), place.sampling.max_seconds
    settings = {
        "precision": place.precision.value if place.precision else BY_MEMORY,
        "tokens": str(place.sampling.max_new_tokens),
        "seconds": f"{longest:g}" if longest else "no limit",
        "gpu": machine["gpu"],
    }
    versions |= {"bleu": signature()}
    return Plan(described, request.command, machine, versions, settings)


def _machine() -> dict[str, str]:
    import torch

    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "none"
    return {
        "overread": VERSION,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": str(os.cpu_count() or 0),
        "threads": str(torch.get_num_threads()),
        "gpu": gpu,
    }
