"""Arrow shards of a split, as `datasets.load_from_disk` reads them. Imports no torch.

Rows are written in small batches, so that memory holds a few pictures and never a split. Nothing of
the machine or the hour goes into a file: the same samples give the same bytes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow

from core.training.corpus.folder import digest_of, digest_of_files
from core.training.corpus.sample import Sample

BATCH_ROWS = 32
BATCH_BYTES = 8_000_000
SHARD_BYTES = 256_000_000
"""Of pictures: a shard is closed once it holds as much."""
STATE, INFO = "state.json", "dataset_info.json"


@cache
def features() -> Any:
    """Return the `datasets.Features` of a row."""
    from datasets import Features, Image, List, Value

    words = Value("string")
    return Features(
        {
            "identifier": words,
            "source": words,
            "group": words,
            "image": Image(),
            "width": Value("int32"),
            "height": Value("int32"),
            "caption": words,
            "original": words,
            "kind": words,
            "messages": List({"role": words, "content": List({"type": words, "text": words})}),
            "findings": List({"name": words, "certainty": words, "laterality": words}),
            "concepts": List(words),
            "licence": words,
        }
    )


def row_of(sample: Sample) -> dict[str, Any]:
    """Return a sample as a row of Arrow."""
    return {
        "identifier": sample.identifier,
        "source": sample.source,
        "group": sample.group,
        "image": {"bytes": sample.image, "path": None},
        "width": sample.width,
        "height": sample.height,
        "caption": sample.caption,
        "original": sample.original,
        "kind": sample.kind.value,
        "messages": [
            {
                "role": turn["role"],
                "content": [
                    {"type": part["type"], "text": part.get("text")} for part in turn["content"]
                ],
            }
            for turn in sample.messages
        ],
        "findings": [
            {
                "name": each.name,
                "certainty": each.certainty.value,
                "laterality": each.laterality.value if each.laterality else None,
            }
            for each in sample.findings
        ],
        "concepts": list(sample.concepts),
        "licence": sample.licence,
    }


class BatchWriter:
    """Rows into one Arrow stream, a batch at a time.

    Parameters
    ----------
    schema : pyarrow.Schema

    Raises
    ------
    OSError
        From every method, if the disk takes no more.
    """

    def __init__(self, path: Path, schema: Any) -> None:
        self._schema = schema
        self._file = path.open("wb")
        self._stream = pyarrow.ipc.new_stream(self._file, schema)
        self._rows: list[Mapping[str, Any]] = []
        self._waiting = 0
        self.rows = 0
        self.bytes = 0

    def add(self, row: Mapping[str, Any], size: int) -> None:
        """Add a row whose picture has ``size`` bytes."""
        self._rows.append(row)
        self._waiting += size
        self.rows += 1
        self.bytes += size
        if len(self._rows) >= BATCH_ROWS or self._waiting >= BATCH_BYTES:
            self._flush()

    def close(self) -> None:
        """Write what is left, to the disk itself."""
        self._flush()
        self._stream.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def _flush(self) -> None:
        if self._rows:
            self._stream.write_batch(pyarrow.RecordBatch.from_pylist(self._rows, self._schema))
        self._rows, self._waiting = [], 0


class SplitWriter:
    """The folder of one split.

    Parameters
    ----------
    folder : Path
        Made here; it must not exist.
    """

    def __init__(self, folder: Path, name: str, shard_bytes: int = SHARD_BYTES) -> None:
        self.folder, self.name = folder, name
        self._shard_bytes = shard_bytes
        self._shards = 0
        folder.mkdir(parents=True)
        self._open: BatchWriter | None = self._next()

    def add(self, sample: Sample) -> None:
        if self._open is None:
            self._open = self._next()
        self._open.add(row_of(sample), len(sample.image))
        if self._open.bytes >= self._shard_bytes:
            self._open.close()
            self._open = None

    def close(self) -> dict[str, str]:
        """Finish the split; returns the SHA-256 of each of its files by name."""
        if self._open is not None:
            self._open.close()
        names = [f"data-{n:05d}-of-{self._shards:05d}.arrow" for n in range(self._shards)]
        for number, name in enumerate(names):
            self._part(number).replace(self.folder / name)
        digests = {name: digest_of(self.folder / name) for name in names}
        self._describe(names, digest_of_files(digests))
        return {**digests, **{name: digest_of(self.folder / name) for name in (STATE, INFO)}}

    def _next(self) -> BatchWriter:
        self._shards += 1
        return BatchWriter(self._part(self._shards - 1), features().arrow_schema)

    def _part(self, number: int) -> Path:
        return self.folder / f"{number:05d}.part"

    def _describe(self, names: list[str], fingerprint: str) -> None:
        state: dict[str, Any] = {
            "_data_files": [{"filename": name} for name in names],
            "_fingerprint": fingerprint[:16],
            "_format_columns": None,
            "_format_kwargs": {},
            "_format_type": None,
            "_output_all_columns": False,
            "_split": self.name,
        }
        info: dict[str, Any] = {
            "citation": "",
            "description": "",
            "features": features().to_dict(),
            "homepage": "",
            "license": "",
        }
        for name, document in ((STATE, state), (INFO, info)):
            text = json.dumps(document, indent=2, sort_keys=True)
            (self.folder / name).write_text(text, encoding="utf-8")
