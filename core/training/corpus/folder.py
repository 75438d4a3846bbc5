"""A corpus on the disk: a `datasets` folder with a manifest beside it. Imports no torch.

::

    corpus.json          the manifest, with the digest of every other file
    dataset_dict.json    as `datasets.load_from_disk` wants it
    train/, validation/  Arrow shards; one row a sample
    splits.json          identifiers by split, so that a split can be made again elsewhere
    figures.json         what the Corpus page draws

Columns of a row: ``identifier, source, group, image, width, height, caption, original, kind,
messages, findings, concepts, licence``. ``image`` is the feature `datasets.Image` with its bytes;
``findings`` a list of ``{name, certainty, laterality}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MANIFEST = "corpus.json"
SPLITS = "splits.json"
FIGURES = "figures.json"
TRAIN, VALIDATION = "train", "validation"
SCHEMA = 1


@dataclass(frozen=True)
class Manifest:
    """What a corpus is. ``digest`` is the SHA-256 over the digests of all files, by name.

    ``drops`` counts records that became no sample, by `core.training.corpus.sample.Drop`.
    ``samples`` and ``groups`` count by split; ``kinds`` by split and kind. ``command`` is what was
    typed, without paths of the machine that it ran on.
    """

    name: str
    source: str
    digest: str
    seed: int
    records: int
    drops: Mapping[str, int]
    samples: Mapping[str, int]
    groups: Mapping[str, int]
    kinds: Mapping[str, Mapping[str, int]]
    licences: Mapping[str, int]
    files: Mapping[str, str]
    made: str
    command: str
    versions: Mapping[str, str] = field(default_factory=dict)
    schema: int = SCHEMA


@dataclass(frozen=True)
class Corpus:
    folder: Path
    manifest: Manifest

    def split(self, name: str) -> Any:
        """Return the rows of ``train`` or ``validation`` as a `datasets.Dataset`, memory-mapped.

        Raises
        ------
        CorpusError
        """
        raise NotImplementedError

    def figures(self) -> Mapping[str, Any]:
        """Return ``figures.json``.

        Raises
        ------
        CorpusError
        """
        raise NotImplementedError


def open_corpus(folder: Path) -> Corpus:
    """Read the manifest of a corpus; digests of its shards are checked by `verify`.

    Raises
    ------
    CorpusError
        If it is no corpus, half imported, or of another schema.
    """
    raise NotImplementedError


def verify(corpus: Corpus) -> None:
    """Compare every file with the manifest.

    Raises
    ------
    CorpusError
    """
    raise NotImplementedError


def corpora(folder: Path) -> tuple[Corpus, ...]:
    """Return the complete corpora of a folder (OVERREAD_HOME/corpora), newest first."""
    raise NotImplementedError
