"""An import that has not ended: samples so far in shards, and a journal of whole shards.

::

    .importing-NAME/
        journal.json     what was asked for, and what the whole shards hold; replaced whole
        lock             held by the process that imports
        00000.arrow      samples without their question, in the order of the source
        finished/        the corpus, once all are staged, until it is renamed to its place

A process may be killed at any moment: the next one goes on after the last shard that the journal
names. Only identifiers, groups, kinds and digests of the staged samples are ever held in memory.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow

from core.domain.errors import N_
from core.domain.training_errors import CorpusError
from core.models.language.record import replace_json
from core.processes import lock_alone
from core.training.corpus.folder import STAGING
from core.training.corpus.shards import BatchWriter
from core.training.corpus.sources.source import refusal

JOURNAL, LOCK, FINISHED = "journal.json", "lock", "finished"
SHARD_ROWS = 256
SHARD_BYTES = 64_000_000
SHARD_RECORDS = 2_000
"""Records after which a shard is closed whatever it holds: many may have been dropped."""
PATIENCE_S = 2.0
_MENTION = pyarrow.struct(
    [
        ("name", pyarrow.string()),
        ("certainty", pyarrow.string()),
        ("laterality", pyarrow.string()),
        ("sentence", pyarrow.int32()),
        ("compared", pyarrow.bool_()),
    ]
)
_WORDS = pyarrow.list_(pyarrow.string())
SCHEMA = pyarrow.schema(
    [
        ("identifier", pyarrow.string()),
        ("source", pyarrow.string()),
        ("group", pyarrow.string()),
        ("grouped", pyarrow.bool_()),
        ("image", pyarrow.binary()),
        ("width", pyarrow.int32()),
        ("height", pyarrow.int32()),
        ("caption", pyarrow.string()),
        ("original", pyarrow.string()),
        ("mentions", pyarrow.list_(_MENTION)),
        ("kinds", _WORDS),
        ("concepts", _WORDS),
        ("licence", pyarrow.string()),
        ("split", pyarrow.string()),
        ("pixels", pyarrow.binary()),
        ("shape", pyarrow.binary()),
    ]
)
Row = dict[str, Any]


@dataclass
class Journal:
    """What whole shards hold.

    Attributes
    ----------
    asked : mapping
        The import; another one may not go on with this folder.
    rows : list of int
        Samples of each shard.
    records : int
        Read from the source.
    chain : str
        Digest of those records, each with all before it: the source has not changed if it agrees.
    drops, cleaning, refused : mapping of str to int
    complete : bool
        Whether the source has been read to its end.
    placed : bool
        Whether the corpus was written, and is being renamed to its place.
    """

    asked: Mapping[str, Any]
    rows: list[int] = field(default_factory=list)
    records: int = 0
    chain: str = ""
    drops: Mapping[str, int] = field(default_factory=dict)
    cleaning: Mapping[str, int] = field(default_factory=dict)
    refused: Mapping[str, int] = field(default_factory=dict)
    complete: bool = False
    placed: bool = False


class Staging:
    """The folder of an import, held by this process; made by `hold`."""

    def __init__(self, folder: Path, journal: Journal) -> None:
        self.folder, self.journal = folder, journal
        self._open: BatchWriter | None = None
        self._since = journal.records
        for path in folder.iterdir():
            if path.name not in {JOURNAL, LOCK, *self._names()}:
                _remove(path)

    @property
    def finished(self) -> Path:
        return self.folder / FINISHED

    @property
    def samples(self) -> int:
        return sum(self.journal.rows) + (self._open.rows if self._open else 0)

    def add(self, row: Row) -> None:
        """Stage a sample; it is kept once `saved` has returned."""
        if self._open is None:
            self._open = BatchWriter(self._part, SCHEMA)
        self._open.add(row, len(row["image"]))

    def due(self, records: int) -> bool:
        """Whether the shard should be closed, ``records`` having been read."""
        full = self._open is not None and (
            self._open.rows >= SHARD_ROWS or self._open.bytes >= SHARD_BYTES
        )
        return full or records - self._since >= SHARD_RECORDS

    def save(self, **counts: Any) -> None:
        """Close the shard, and write in the journal what has been read so far."""
        if self._open is not None:
            self._open.close()
            self._part.replace(self.folder / _name(len(self.journal.rows)))
            self.journal.rows.append(self._open.rows)
            self._open = None
        for name, value in counts.items():
            setattr(self.journal, name, dict(value) if isinstance(value, Counter) else value)
        self._since = self.journal.records
        replace_json(self.folder / JOURNAL, asdict(self.journal))

    def rows(self, *columns: str) -> Iterator[Row]:
        """Yield staged samples in the order of the source, with the named columns alone.

        Pictures that are not asked for are not read from the disk.

        Raises
        ------
        CorpusError
        """
        for batch in self._batches():
            yield from batch.select(list(columns)).to_pylist()

    def chosen(self, identifiers: set[str]) -> Iterator[Row]:
        """Yield whole samples, one at a time, in the order of the source.

        Raises
        ------
        CorpusError
        """
        for batch in self._batches():
            for place, identifier in enumerate(batch.column("identifier").to_pylist()):
                if identifier in identifiers:
                    yield from batch.slice(place, 1).to_pylist()

    def _batches(self) -> Iterator[Any]:
        for name in self._names():
            try:
                with (
                    pyarrow.memory_map(str(self.folder / name)) as mapped,
                    pyarrow.ipc.open_stream(mapped) as stream,
                ):
                    yield from stream
            except (OSError, pyarrow.ArrowException) as error:
                raise _damaged(self.folder) from error

    def _names(self) -> list[str]:
        return [_name(number) for number in range(len(self.journal.rows))]

    @property
    def _part(self) -> Path:
        return self.folder / f"{_name(len(self.journal.rows))}.part"


def staging_of(out: Path) -> Path:
    """Return where the import of a corpus lies until it ends."""
    return out.with_name(f"{STAGING}{out.name}")


def place(staging: Staging, out: Path) -> None:
    """Give the corpus its name: the one step from nothing to all of it.

    Raises
    ------
    OSError
    """
    staging.save(placed=True)
    staging.finished.replace(out)


def clear_after(out: Path) -> None:
    """Remove what a process left that was killed after it had given a corpus its name."""
    folder = staging_of(out)
    if not (folder / JOURNAL).is_file() or (folder / FINISHED).exists():
        return
    if _journal(folder, {}).placed:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def hold(out: Path, asked: Mapping[str, Any]) -> Iterator[Staging]:
    """Begin an import, or go on with it; no other process can meanwhile.

    Raises
    ------
    CorpusError
        If another process imports to it, or it was begun with other choices.
    OSError
        If it cannot be written.
    """
    folder = staging_of(out)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a+b") as lock:
        if not lock_alone(lock, PATIENCE_S):
            raise refusal(N_("another process is importing it"))
        journal = _journal(folder, asked)
        if dict(journal.asked) != dict(asked):
            raise refusal(
                N_(
                    "its import was begun with other choices, or from another folder; repeat "
                    "those, or remove {folder}"
                ),
                folder=folder.name,
            )
        yield Staging(folder, journal)


def _journal(folder: Path, asked: Mapping[str, Any]) -> Journal:
    path = folder / JOURNAL
    if not path.is_file():
        begun = Journal(asked=dict(asked))
        replace_json(path, asdict(begun))
        return begun
    try:
        return Journal(**json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError, RecursionError) as error:
        raise _damaged(folder) from error


def _damaged(folder: Path) -> CorpusError:
    return refusal(
        N_("its unfinished import is damaged; remove {folder} and start again"), folder=folder.name
    )


def _name(number: int) -> str:
    return f"{number:05d}.arrow"


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
