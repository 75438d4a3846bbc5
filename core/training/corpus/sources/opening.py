"""Every kind of source by its name. What a source needs is imported when it is opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from core.domain.errors import N_
from core.training.corpus.sample import Record
from core.training.corpus.sources.source import Refused, Source, refusal

_MODULES = "core.training.corpus.sources"
KINDS: Mapping[str, str] = {
    "rocov2": "rocov2:open_rocov2",
    "huggingface": "huggingface:open_huggingface",
    "roco": "roco:open_roco",
    "openi": "openi:open_openi",
    "ledger": "ledger:open_ledger",
    "films": "films:open_films",
    "phantoms": "phantoms:open_phantoms",
}
"""Kind of source -> module and function that opens a folder of it."""
MADE_HERE = frozenset({"phantoms"})
"""Kinds whose folder need not be there: it is filled as they are read."""


def open_source(kind: str, folder: Path, **choices: Any) -> Source:
    """Open a folder as a source of a corpus.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    folder : Path
        Its files are read as they are, and never changed.
    **choices
        Of the kind: ``caption`` names the column of captions of ``huggingface``; ``count`` the
        films of ``phantoms``.

    Raises
    ------
    CorpusError
        If there is no such kind or folder, or the folder lacks a file of its kind.
    """
    if kind not in KINDS:
        raise refusal(N_("there is no kind of source of the name {kind}"), kind=kind)
    if kind not in MADE_HERE and not folder.is_dir():
        raise refusal(N_("there is no folder {folder}"), folder=folder.name)
    module, function = KINDS[kind].split(":")
    opener: Callable[..., Any] = getattr(import_module(f"{_MODULES}.{module}"), function)
    if kind in ("films", "phantoms"):
        return _streamed(kind, folder, opener, choices)
    source: Source = opener(folder, **choices)
    return source


def _streamed(
    kind: str, folder: Path, opener: Callable[..., Any], choices: Mapping[str, Any]
) -> Source:
    """A source of a function that yields its records."""

    def read(refused: Refused) -> Iterator[Record]:  # noqa: ARG001
        yield from opener(folder, **choices)

    return Source(kind, folder.resolve().name, read)
