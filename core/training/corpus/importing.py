"""Import a source as a corpus: judge and stage its records, share out kinds, split, write.

Records pass one at a time; what is staged is never staged again. A process that was killed goes on
where it was, and ends with the same bytes as one that was not. Until the end nothing lies under the
name of the corpus.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from core.domain.errors import N_
from core.training.corpus.alike import alike, joined
from core.training.corpus.folder import TRAIN, VALIDATION, Corpus, open_corpus
from core.training.corpus.instructions import assign
from core.training.corpus.judging import Judge, sample_of
from core.training.corpus.sample import Kind, Record, Sample
from core.training.corpus.sources.opening import MADE_HERE, open_source
from core.training.corpus.sources.source import Source, refusal
from core.training.corpus.split import SEED, SHARE, Placed, split_samples
from core.training.corpus.staging import Row, Staging, clear_after, hold, place, staging_of
from core.training.corpus.writing import Origin, write_corpus

Progress = Callable[[int, int | None, int], None]
"""Called with records read, their number if it is known, and samples kept."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Request:
    """What is imported, and how.

    Attributes
    ----------
    kind : str
        Of the source; see `core.training.corpus.sources.opening.KINDS`.
    path : Path
        Folder of the source.
    out : Path
        Folder of the corpus; it must not exist.
    share : float
        Of the samples that training gets.
    limit : int or None
        Records that are read at most.
    choices : mapping
        Of the kind of source.
    """

    kind: str
    path: Path
    out: Path
    name: str
    seed: int = SEED
    share: float = SHARE
    limit: int | None = None
    choices: Mapping[str, Any] = field(default_factory=dict)

    @property
    def asked(self) -> dict[str, Any]:
        """What an import must have in common with the one that it goes on with.

        The folder of the source is in it as a digest, so that no path of this machine is kept.
        """
        return {
            "kind": self.kind,
            "path": hashlib.sha256(os.fsencode(self.path.resolve())).hexdigest(),
            "name": self.name,
            "seed": self.seed,
            "share": self.share,
            "limit": self.limit,
            "choices": dict(self.choices),
        }

    @property
    def command(self) -> str:
        """What was typed, without folders."""
        words = ["corpus import", self.kind, f"--seed {self.seed}", f"--share {self.share:g}"]
        words += [] if self.limit is None else [f"--limit {self.limit}"]
        words += [f"--{name} {value}" for name, value in sorted(self.choices.items())]
        return " ".join(words)


def import_corpus(request: Request, progress: Progress = lambda *_: None) -> Corpus:
    """Import a corpus, or go on with its import.

    Raises
    ------
    CorpusError
        If the folder is taken, the source cannot be used or has changed since the import began,
        the import was begun with other choices, or nothing of the source can be taught from.
    """
    if not 0 < request.share < 1:
        raise refusal(N_("the share of training must lie between 0 and 1"))
    if request.out.exists():
        clear_after(request.out)
        raise refusal(
            N_("there is a folder {folder} already; nothing in it was changed"),
            folder=request.out.name,
        )
    with _reading():
        source = open_source(request.kind, request.path, **request.choices)
    try:
        with hold(request.out, request.asked) as staging:
            if not staging.journal.complete:
                _stage(source, staging, request.limit, progress)
            _assemble(staging, request)
            place(staging, request.out)
        shutil.rmtree(staging_of(request.out))
    except OSError as error:
        raise refusal(N_("its folder cannot be written: {why}"), why=_why(error)) from error
    return open_corpus(request.out)


# --- staging ------------------------------------------------------------------------------------


def _stage(source: Source, staging: Staging, limit: int | None, progress: Progress) -> None:
    judge = _resumed(staging)
    with _reading():
        total = source.count()
    if limit is not None:
        total = limit if total is None else min(total, limit)
    read, chain = 0, ""
    for read, record in enumerate(_records(source, limit), start=1):
        chain = _chained(chain, record)
        if read <= staging.journal.records:
            if read == staging.journal.records:
                _unchanged(staging, chain)
            continue
        row = judge.row(record)
        if row is not None:
            staging.add(row)
        if staging.due(read):
            _save(staging, judge, read, chain)
        progress(read, total, staging.samples)
    if read < staging.journal.records:
        _unchanged(staging, chain)
    _save(staging, judge, read, chain, refused=source.refused, complete=True)


def _records(source: Source, limit: int | None) -> Iterator[Record]:
    with _reading():
        yield from islice(source.records(), limit)


@contextmanager
def _reading() -> Iterator[None]:
    """Tell what goes wrong as the source is read apart from what does as the corpus is written."""
    try:
        yield
    except OSError as error:
        raise refusal(N_("its source cannot be read: {why}"), why=_why(error)) from error


def _why(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _save(staging: Staging, judge: Judge, read: int, chain: str, **more: Any) -> None:
    counts = {"drops": judge.drops, "cleaning": judge.cleaning, **more}
    staging.save(records=read, chain=chain, **counts)


def _resumed(staging: Staging) -> Judge:
    judge = Judge()
    judge.drops.update(staging.journal.drops)
    judge.cleaning.update(staging.journal.cleaning)
    for row in staging.rows("identifier", "pixels", "shape"):
        judge.knows(row["identifier"], row["pixels"], row["shape"])
    if staging.journal.records:
        _log.info("going on after %d records", staging.journal.records)
    return judge


def _chained(chain: str, record: Record) -> str:
    parts = (chain, record.identifier, record.group, str(record.image_bytes), record.caption)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()


def _unchanged(staging: Staging, chain: str) -> None:
    if chain != staging.journal.chain:
        raise refusal(
            N_("its source has changed since the import began; remove {folder} and start again"),
            folder=staging.folder.name,
        )


# --- writing ------------------------------------------------------------------------------------


def _assemble(staging: Staging, request: Request) -> None:
    """Give each staged sample its kind and its side, and write the corpus."""
    light = list(staging.rows("identifier", "group", "grouped", "kinds", "split", "shape"))
    if not light:
        raise refusal(N_("nothing of its source can be taught from"))
    _log.info("all records are read; writing %d samples", len(light))
    answers = {row["identifier"]: frozenset(map(Kind, row["kinds"])) for row in light}
    kinds = assign(answers, request.seed)
    together = _together(light, request.kind)
    sides = split_samples(
        (
            Placed(
                row["identifier"],
                together[row["group"]],
                kinds[row["identifier"]],
                row["split"],
            )
            for row in light
        ),
        request.seed,
        request.share,
    )
    chosen: dict[str, set[str]] = {TRAIN: set(), VALIDATION: set()}
    for row in light:
        chosen[sides[together[row["group"]]]].add(row["identifier"])
    write_corpus(
        staging.finished,
        _origin(staging, request, sum(not row["grouped"] for row in light)),
        {side: _samples(staging, names, kinds, request.seed) for side, names in chosen.items()},
    )


def _together(light: Sequence[Row], kind: str) -> Mapping[str, str]:
    """The group whose side each group takes."""
    groups = [row["group"] for row in light]
    fixed = {row["group"]: row["split"] for row in light if row["split"]}
    pairs = () if kind in MADE_HERE else alike([row["shape"] for row in light])
    together = joined(groups, fixed, pairs)
    others = sum(group != taken for group, taken in together.items())
    _log.info("groups that go with another one, since their pictures are alike: %d", others)
    return together


def _samples(
    staging: Staging, identifiers: set[str], kinds: Mapping[str, Kind], seed: int
) -> Iterator[Sample]:
    for row in staging.chosen(identifiers):
        yield sample_of(row, kinds[row["identifier"]], seed)


def _origin(staging: Staging, request: Request, ungrouped: int) -> Origin:
    journal = staging.journal
    return Origin(
        name=request.name,
        source=request.kind,
        seed=request.seed,
        command=request.command,
        records=journal.records,
        drops=Counter(journal.drops),
        cleaning=Counter(journal.cleaning),
        refused=Counter(journal.refused),
        ungrouped=ungrouped,
    )
