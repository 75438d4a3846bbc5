"""What every source of a corpus is: a name, and records in an order that never changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from core.domain.errors import N_
from core.domain.training_errors import CorpusError
from core.training.corpus.sample import Record

Refused = Counter[str]
"""How many lines of a source gave no record, by the reason."""
Read = Callable[[Refused], Iterator[Record]]


def _unknown() -> int | None:
    return None


@dataclass(frozen=True)
class Source:
    """One folder of pictures with words.

    Attributes
    ----------
    kind : str
        One of `opening.KINDS`; also the ``source`` of its records.
    name : str
        Of the folder.
    read : callable
        Yields the records and counts what it refuses.
    rows : callable
        A cheap count for a progress bar, from file names or line ends; ``None`` where unknown.
    refused : Counter
        Filled while records are read: lines that are no record at all (``columns``,
        ``identifier``, ``duplicate_identifier``, ``encoding``, ``line``, ``xml``, ``json``).
    """

    kind: str
    name: str
    read: Read
    rows: Callable[[], int | None] = _unknown
    refused: Refused = field(default_factory=Counter)

    def count(self) -> int | None:
        """Return about how many records there are, or ``None``."""
        return self.rows()

    def records(self) -> Iterator[Record]:
        """Yield every record, always in the same order; ``refused`` begins at nothing again.

        Raises
        ------
        CorpusError
            If a file of the source cannot be read.
        """
        self.refused.clear()
        yield from self.read(self.refused)


def refusal(template: str, **named: str) -> CorpusError:
    """Return the error of a source that cannot be used; ``template`` is filled with ``named``."""
    return CorpusError(reason=template.format(**named), template=template, named=named)


def needed(folder: Path, *names: str) -> Path:
    """Return the first file or folder of these names.

    Raises
    ------
    CorpusError
        That names the first one, if there is none of them.
    """
    for name in names:
        if (folder / name).exists():
            return folder / name
    raise refusal(N_("it has no {file}"), file=names[0])


def unreadable(path: Path) -> CorpusError:
    """Return the error of a file that is there and cannot be read."""
    return refusal(N_("{file} cannot be read"), file=path.name)
