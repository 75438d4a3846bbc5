"""Write the folder of a corpus: both splits, figures, identifiers, and the manifest last.

A folder without its manifest is no corpus, so that one half written never opens as one.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from core.models.language.record import replace_json
from core.settings import VERSION
from core.training.corpus.figures import Origin, Tally
from core.training.corpus.folder import (
    FIGURES,
    MANIFEST,
    SPLITS,
    TRAIN,
    VALIDATION,
    Corpus,
    Manifest,
    digest_of,
    digest_of_files,
    open_corpus,
)
from core.training.corpus.sample import Sample
from core.training.corpus.shards import SHARD_BYTES, SplitWriter

DATASET_DICT = "dataset_dict.json"
__all__ = ["Origin", "write_corpus"]

_LIBRARIES = ("datasets", "pyarrow", "pillow")


def write_corpus(
    folder: Path,
    origin: Origin,
    splits: Mapping[str, Iterable[Sample]],
    shard_bytes: int = SHARD_BYTES,
) -> Corpus:
    """Write a corpus; each sample is looked at once and not kept.

    Parameters
    ----------
    folder : Path
        Must not hold anything yet.
    splits : mapping
        Samples of ``train`` and of ``validation``; a split that is not named is empty.

    Returns
    -------
    Corpus

    Raises
    ------
    OSError
        If it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tally = Tally((TRAIN, VALIDATION))
    files: dict[str, str] = {}
    identifiers: dict[str, list[str]] = {}
    for name in (TRAIN, VALIDATION):
        writer = SplitWriter(folder / name, name, shard_bytes)
        identifiers[name] = []
        for sample in splits.get(name, ()):
            writer.add(sample)
            tally.add(name, sample)
            identifiers[name].append(sample.identifier)
        files |= {f"{name}/{file}": digest for file, digest in writer.close().items()}
    replace_json(folder / SPLITS, identifiers)
    replace_json(folder / FIGURES, tally.document(origin))
    replace_json(folder / DATASET_DICT, {"splits": [TRAIN, VALIDATION]})
    files |= {name: digest_of(folder / name) for name in (SPLITS, FIGURES, DATASET_DICT)}
    replace_json(folder / MANIFEST, asdict(_manifest(origin, tally, files)))
    return open_corpus(folder)


def _manifest(origin: Origin, tally: Tally, files: Mapping[str, str]) -> Manifest:
    return Manifest(
        name=origin.name,
        source=origin.source,
        digest=digest_of_files(files),
        seed=origin.seed,
        records=origin.records,
        drops=dict(origin.drops),
        samples=dict(tally.samples),
        groups=tally.groups,
        kinds={name: dict(counts) for name, counts in tally.kinds.items()},
        licences=dict(tally.licences),
        files=dict(files),
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        command=origin.command,
        ungrouped=origin.ungrouped,
        versions={
            "overread": VERSION,
            "python": platform.python_version(),
            **{name: version(name) for name in _LIBRARIES},
        },
    )
