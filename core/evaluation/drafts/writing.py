"""Let every system answer every sample, one system in memory at a time; go on where one stopped."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from core.domain.errors import N_, IntakeError, ModelError, ModelUnavailableError
from core.domain.training_errors import EvaluationError
from core.evaluation.drafts.candidates import Answers, Candidate
from core.evaluation.drafts.measured import Role
from core.evaluation.drafts.samples import Chosen
from core.evaluation.drafts.texts import Asked, Journal, Plan, Text, Texts, Writer, read_texts
from core.processes import (
    forget_peak_memory,
    free_memory,
    peak_gpu_memory_bytes,
    peak_memory_bytes,
)

LOGGED_EVERY_S = 20.0
GPU, RESIDENT = "gpu", "resident"

logger = logging.getLogger(__name__)


def write_texts(folder: Path, plan: Plan, chosen: Chosen, candidates: Sequence[Candidate]) -> Texts:
    """Write what is missing of an evaluation's texts.

    Memory that runs out, a limit of time and a film that cannot be read leave no text but their
    code; whatever else goes wrong ends the evaluation, and what was written is kept.

    Returns
    -------
    Texts
        All of them, read back from the file.

    Raises
    ------
    EvaluationError
        If the folder holds texts of another corpus, other samples, settings or weights, or another
        process writes there.
    ModelUnavailableError
        If a model cannot be loaded.
    """
    with Journal(folder) as journal:
        before = read_texts(folder)
        _check_same(before, plan, chosen, candidates)
        if before is None:
            journal.add(plan)
        known = before.samples if before else {}
        for asked in chosen.asked:
            if asked.sample not in known:
                journal.add(asked)
        for candidate in candidates:
            name = candidate.writer.system
            done = before.written.get(name, {}) if before else {}
            todo = [asked for asked in chosen.asked if asked.sample not in done]
            if todo:
                _let_write(journal, candidate, chosen, todo)
    written = read_texts(folder)
    assert written is not None, "a plan was written"
    return written


def _check_same(
    before: Texts | None, plan: Plan, chosen: Chosen, candidates: Sequence[Candidate]
) -> None:
    if before is None:
        return
    if dict(before.plan.corpus) != dict(plan.corpus):
        raise EvaluationError(reason=N_("the folder holds an evaluation of other samples"))
    if dict(before.plan.settings) != dict(plan.settings):
        _refuse(
            N_("the folder holds texts written under other settings ({before}, not {now})"),
            before=_told(before.plan.settings),
            now=_told(plan.settings),
        )
    asked = {each.sample: each for each in chosen.asked}
    if any(asked.get(name) != each for name, each in before.samples.items()):
        raise EvaluationError(reason=N_("the folder holds an evaluation of other samples"))
    for candidate in candidates:
        writer = candidate.writer
        known = before.writers.get(writer.system)
        if known is None:
            continue
        if known.digest != writer.digest:
            _refuse(N_("the folder holds texts of {name} by other weights"), name=writer.system)
        for fact, now in writer.versions.items():
            if (was := known.versions.get(fact, "–")) != now:
                _refuse(
                    N_("in this folder {name} wrote with {fact} {before}, not {now}"),
                    name=writer.system,
                    fact=fact,
                    before=was,
                    now=now,
                )


def _told(settings: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {each}" for name, each in settings.items()) or "–"


def _refuse(template: str, **named: str) -> NoReturn:
    raise EvaluationError(reason=template.format(**named), template=template, named=named)


def _let_write(
    journal: Journal, candidate: Candidate, chosen: Chosen, todo: Sequence[Asked]
) -> None:
    writer = candidate.writer
    anew = forget_peak_memory()
    answers = candidate.open()
    journal.add(writer)
    told, versions = time.monotonic(), dict(writer.versions)
    for number, asked in enumerate(todo):
        text, also = _one(writer, answers, chosen, asked)
        text = _with_memory(text, writer, anew)
        if also.items() - versions.items():
            versions |= also
            journal.add(replace(writer, versions=versions))
        journal.add(text)
        if time.monotonic() - told > LOGGED_EVERY_S:
            told = time.monotonic()
            logger.info("%s: %d of %d texts", writer.system, number + 1, len(todo))
    logger.info("%s: %d texts", writer.system, len(todo))
    del answers
    free_memory()


def _one(
    writer: Writer, answers: Answers, chosen: Chosen, asked: Asked
) -> tuple[Text, dict[str, str]]:
    started = time.perf_counter()
    try:
        film = chosen.film(asked.sample)
        started = time.perf_counter()
        answer = answers(film, asked)
    except ModelUnavailableError:
        raise
    except (ModelError, IntakeError) as error:
        seconds = time.perf_counter() - started
        logger.warning("%s: a text failed: %s", writer.system, error.code)
        return Text(writer.system, asked.sample, "", round(seconds, 6), failed=error.code), {}
    seconds = time.perf_counter() - started
    text = Text(writer.system, asked.sample, answer.text, round(seconds, 6), answer.tokens)
    return text, dict(answer.versions)


def _with_memory(text: Text, writer: Writer, anew: bool) -> Text:
    """Add the most that was held since before the system was loaded, where that is known.

    A baseline holds no model: it would show what the models before it left behind.
    """
    if text.failed or writer.role is Role.BASELINE:
        return text
    if on_gpu := peak_gpu_memory_bytes():
        return replace(text, memory_bytes=on_gpu, memory_of=GPU)
    if anew and (resident := peak_memory_bytes()):
        return replace(text, memory_bytes=resident, memory_of=RESIDENT)
    return text
