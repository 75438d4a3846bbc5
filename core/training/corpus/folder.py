"""A corpus on the disk: a `datasets` folder with a manifest beside it. Imports no torch.

::

    corpus.json          the manifest, with the digest of every other file
    dataset_dict.json    as `datasets.load_from_disk` wants it
    train/, validation/  Arrow shards; one row a sample
    splits.json          identifiers by split, so that a split can be made again elsewhere
    figures.json         what the Corpus page draws

Columns of a row: ``identifier, source, group, image, width, height, caption, original, kind,
messages, findings, concepts, licence``. ``image`` is the feature `datasets.Image` with its bytes;
``findings`` a list of ``{name, certainty, laterality}``. Nothing in a manifest names another
folder, so that a corpus may be moved. `core.training.corpus.writing` writes it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import TypeAdapter, ValidationError

from core.domain.errors import N_
from core.domain.training_errors import CorpusError
from core.training.corpus.sample import Message
from core.training.corpus.sources.source import refusal

MANIFEST = "corpus.json"
SPLITS = "splits.json"
FIGURES = "figures.json"
TRAIN, VALIDATION = "train", "validation"
SCHEMA = 1
STAGING = ".importing-"
"""An import that has not ended lies beside the folder that it will become, under this prefix."""
MOST_BYTES = 50_000_000
"""Of a JSON file of a corpus: identifiers of more than a million samples."""
_CHUNK = 1 << 20
_COUNTED_TWICE = ("records", "drops", "samples", "groups", "kinds", "licences", "ungrouped")
"""Of the manifest and the figures, whose file has a digest."""


@dataclass(frozen=True)
class Manifest:
    """What a corpus is. ``digest`` is the SHA-256 over the digests of all files, by name.

    ``drops`` counts records that became no sample, by `core.training.corpus.sample.Drop`.
    ``samples`` and ``groups`` count by split; ``kinds`` by split and kind. ``command`` is what was
    typed, without paths of the machine that it ran on. ``ungrouped`` counts samples whose patient
    or figure the source does not name: each is a group of its own, so that two of one patient may
    lie on both sides of the split.
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
    ungrouped: int = 0
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
        if name not in (TRAIN, VALIDATION):
            raise refusal(N_("it has no split of the name {name}"), name=name)
        import datasets
        import pyarrow

        try:
            return datasets.Dataset.load_from_disk(str(self.folder / name), keep_in_memory=False)
        except OSError as error:
            raise refusal(N_("files of its split {name} cannot be read"), name=name) from error
        except (pyarrow.ArrowException, ValueError, KeyError, TypeError, IndexError) as error:
            raise refusal(N_("files of its split {name} are damaged"), name=name) from error

    def figures(self) -> Mapping[str, Any]:
        """Return ``figures.json``; its shape stands in `core.training.corpus.figures`.

        Raises
        ------
        CorpusError
        """
        return _read_json(self.folder / FIGURES)

    def identifiers(self) -> Mapping[str, list[str]]:
        """Return the identifiers of each split in the order of its rows.

        Raises
        ------
        CorpusError
        """
        return _read_json(self.folder / SPLITS)


def messages_of(row: Mapping[str, Any]) -> list[Message]:
    """Return the messages of a row as chat templates take them.

    A row of Arrow has every key in every part, with ``None`` for those that a part has not: a
    template that asks whether a part has a ``text`` would take the picture for one.
    """
    return [
        Message(
            role=turn["role"],
            content=[
                {key: value for key, value in part.items() if value is not None}
                for part in turn["content"]
            ],
        )
        for turn in row["messages"]
    ]


def open_corpus(folder: Path) -> Corpus:
    """Read the manifest of a corpus; digests of its shards are checked by `verify`.

    Raises
    ------
    CorpusError
        If it is no corpus, half imported, or of another schema.
    """
    if folder.name.startswith(STAGING):
        raise refusal(N_("its import has not ended; start it again to go on"))
    if not (folder / MANIFEST).is_file():
        raise refusal(N_("the folder holds no corpus"))
    document = _read_json(folder / MANIFEST)
    if document.get("schema") != SCHEMA:
        raise refusal(N_("it was written by another version of this program"))
    try:
        manifest = TypeAdapter(Manifest).validate_python(document)
    except ValidationError as error:
        raise refusal(N_("its manifest is damaged")) from error
    if not all(_inside(name) for name in manifest.files):
        raise refusal(N_("its manifest names files outside its folder"))
    return Corpus(folder, manifest)


def corpus_folder(named: Path, corpora: Path) -> Path:
    """Return the folder that was typed, or else the corpus of that name in OVERREAD_HOME."""
    return named if named.is_dir() or not (corpora / named).is_dir() else corpora / named


def verify(corpus: Corpus) -> None:
    """Compare every file with the manifest.

    Files that the manifest does not name are not read by anything, and not looked at.

    Raises
    ------
    CorpusError
        Naming the first file that is missing or differs.
    """
    for name, digest in sorted(corpus.manifest.files.items()):
        try:
            found = digest_of(corpus.folder / name)
        except FileNotFoundError:
            raise refusal(N_("its file {file} is missing"), file=name) from None
        except OSError as error:
            raise refusal(N_("its file {file} cannot be read"), file=name) from error
        if found != digest:
            raise refusal(N_("its file {file} was changed since the import"), file=name)
    counted = {"ungrouped": 0, **corpus.figures()}
    told = asdict(corpus.manifest)
    if digest_of_files(corpus.manifest.files) != corpus.manifest.digest or any(
        told[name] != counted.get(name) for name in _COUNTED_TWICE
    ):
        raise refusal(N_("its file {file} was changed since the import"), file=MANIFEST)


def corpora(folder: Path) -> tuple[Corpus, ...]:
    """Return the complete corpora of a folder (OVERREAD_HOME/corpora), newest first."""
    return listed(folder)[0]


def listed(folder: Path) -> tuple[tuple[Corpus, ...], tuple[str, ...]]:
    """Return the corpora of a folder, newest first, and names of those that cannot be opened.

    An import that has not ended is neither.
    """
    if not folder.is_dir():
        return (), ()
    found: list[Corpus] = []
    damaged: list[str] = []
    for path in sorted(each for each in folder.iterdir() if (each / MANIFEST).is_file()):
        if path.name.startswith("."):
            continue
        try:
            found.append(open_corpus(path))
        except CorpusError:
            damaged.append(path.name)
    found.sort(key=lambda each: each.manifest.made, reverse=True)
    return tuple(found), tuple(damaged)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file.

    Raises
    ------
    OSError
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def digest_of_files(files: Mapping[str, str]) -> str:
    """Return the SHA-256 over names and digests, sorted by name."""
    lines = "".join(f"{name} {digest}\n" for name, digest in sorted(files.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def _inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name


def _read_json(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise refusal(N_("its file {file} is too large"), file=path.name)
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise refusal(N_("its file {file} is missing"), file=path.name) from None
    except OSError as error:
        raise refusal(N_("its file {file} cannot be read"), file=path.name) from error
    except (ValueError, RecursionError) as error:
        raise refusal(N_("its file {file} is damaged"), file=path.name) from error
    if not isinstance(document, dict):
        raise refusal(N_("its file {file} is damaged"), file=path.name)
    return document
