"""Twenty thousand damaged files: each ends as a film or in one sentence, and the decoder lives.

``OVERREAD_MUTANTS`` sets another number; ``-o log_cli=true -o log_cli_level=INFO`` shows what
became of them.
"""

from __future__ import annotations

import collections
import logging
import multiprocessing
import os
import re
import time
from collections.abc import Iterator
from concurrent.futures import TimeoutError
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from pebble import ProcessExpired, ProcessPool

from core.domain.errors import IntakeError
from core.imaging.decoder import (
    MEMORY_LIMIT_MB,
    TIME_LIMIT_SECONDS,
    WORKERS,
    DecoderProcess,
    _begin,
    _decode_limited,
)
from tests.slow.bases import made_files
from tests.slow.mutator import Element, apply, as_radiograph, elements, plan

logger = logging.getLogger(__name__)

MUTANTS = int(os.environ.get("OVERREAD_MUTANTS", "20000"))
BATCH = 25
# With the libraries loaded; what one file may allocate comes on top.
RESIDENT_LIMIT_MB = 1024
# Decoding takes time by the pixel: of two films, the smaller one gets more mutants.
_SMALL_BYTES = 40_000


@dataclass(frozen=True)
class Outcome:
    """What became of one mutant; ``fault`` is what escaped where a sentence should have come."""

    seed: int
    code: str
    seconds: float
    fault: str = ""


@pytest.mark.slow
@pytest.mark.films
@pytest.mark.timeout(1500)
def test_every_mutant_ends_as_a_film_or_in_a_sentence() -> None:
    tally: collections.Counter[str] = collections.Counter()
    faults, peak = [], 0.0
    slowest = 0.0
    for name, outcomes, resident in campaign(MUTANTS):
        slowest = max(slowest, *(outcome.seconds for outcome in outcomes))
        tally.update(outcome.code for outcome in outcomes)
        faults += [f"{name} seed {made.seed}: {made.fault}" for made in outcomes if made.fault]
        peak = max(peak, resident)
    logger.info("%d mutants, at most %.0f MB resident and %.1f s", tally.total(), peak, slowest)
    for code, count in tally.most_common():
        logger.info("%7d %s", count, code)
    assert not faults, "\n".join(faults)
    assert tally["film"] > MUTANTS / 100 and tally.total() == MUTANTS
    assert peak < RESIDENT_LIMIT_MB


def campaign(total: int) -> Iterator[tuple[str, list[Outcome], float]]:
    """Batches of mutants through processes with the decoder's own limits."""
    pool = ProcessPool(WORKERS, initializer=_begin, context=multiprocessing.get_context("spawn"))
    with pool:
        batches = [
            (name, seeds, pool.schedule(run_batch, (name, seeds), timeout=BATCH * 4))
            for name, seeds in _batches(total)
        ]
        for name, seeds, future in batches:
            try:
                outcomes, resident = future.result()
            except (ProcessExpired, BrokenProcessPool, TimeoutError):
                # One of them ended the process: each by itself, as the server would have it.
                outcomes, resident = [_alone(name, seed) for seed in seeds], 0.0
            yield name, outcomes, resident


def run_batch(name: str, seeds: range) -> tuple[list[Outcome], float]:
    """Over there: decode each mutant of one file."""
    outcomes = []
    for seed in seeds:
        code, fault, started = "film", "", time.monotonic()
        try:
            _decode_limited(name, mutant(name, seed), MEMORY_LIMIT_MB)
        except IntakeError as refusal:
            code = refusal.code
            if not _one_sentence(refusal):
                fault = f"not one sentence: {refusal}"
        except Exception as error:  # noqa: BLE001 - any other class is what the campaign is after
            code, fault = "fault", f"{type(error).__name__}: {error}"
        outcomes.append(Outcome(seed, code, time.monotonic() - started, fault))
    return outcomes, _peak_mb()


def _peak_mb() -> float:
    """The most that this process held; ``ru_maxrss`` would begin with what its parent held."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)[1]) / 1024


def _alone(name: str, seed: int) -> Outcome:
    started = time.monotonic()
    try:
        _lonely().decode(name, mutant(name, seed))
    except IntakeError as refusal:
        ended = any(word in str(refusal) for word in ("too long", "end the decoder"))
        code = "ended the decoder" if ended else refusal.code
        return Outcome(seed, code, time.monotonic() - started)
    return Outcome(seed, "film", time.monotonic() - started)


@cache
def _lonely() -> DecoderProcess:
    return DecoderProcess(time_limit=TIME_LIMIT_SECONDS)


def mutant(name: str, seed: int) -> bytes:
    """The mutant of a base by its number."""
    content = bases()[name]
    return apply(content, plan(content, _parts(name), seed))


@cache
def bases() -> dict[str, bytes]:
    """Real files, as they are and as radiographs, and files of every encoding made here."""
    folder = Path(os.environ["OVERREAD_TEST_DATA"]) / "dicom"
    real = {path.name: as_radiograph(path.read_bytes()) for path in sorted(folder.glob("*.dcm"))}
    return made_files() | {name: content for name, content in real.items() if content}


@cache
def _parts(name: str) -> list[Element]:
    return elements(bases()[name])


def _batches(total: int) -> Iterator[tuple[str, range]]:
    names = list(bases())
    weights = [_SMALL_BYTES / (_SMALL_BYTES + len(bases()[name])) for name in names]
    given = 0
    for at, name in enumerate(names):
        share = round(total * sum(weights[: at + 1]) / sum(weights)) - given
        for first in range(given, given + share, BATCH):
            yield name, range(first, min(first + BATCH, given + share))
        given += share


def _one_sentence(refusal: IntakeError) -> bool:
    sentence = str(refusal)
    return sentence.endswith(".") and "\n" not in sentence and len(sentence) < 500
