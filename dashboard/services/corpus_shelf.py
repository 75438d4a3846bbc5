"""The corpora of this machine, and the folders beside them that are none."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.domain.errors import N_
from core.domain.training_errors import CorpusError
from core.training.corpus.folder import FIGURES, STAGING, Corpus, digest_of, open_corpus
from dashboard.workspace import Workspace

STOPPED = N_("its import is not finished; the same command goes on with it")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Problem:
    """A folder that is no corpus: ``error`` says why, or ``template`` where nothing failed."""

    folder: str
    error: CorpusError | None = None
    template: str = ""


@dataclass(frozen=True)
class CorpusShelf:
    """Complete corpora, newest first, and what else lies between them."""

    corpora: tuple[Corpus, ...]
    problems: tuple[Problem, ...] = ()


def corpus_shelf(place: Workspace) -> CorpusShelf:
    """Open the manifests of all corpora; one that is damaged keeps none of the others away."""
    corpora, problems = [], []
    for folder in _folders(place.settings.corpora):
        if folder.name.startswith(STAGING):
            name = folder.name.removeprefix(STAGING)
            problems.append(Problem(name, template=STOPPED))
            continue
        try:
            corpora.append(open_corpus(folder))
        except CorpusError as error:
            _log.warning("a folder of the corpora cannot be opened (%s)", error.code)
            problems.append(Problem(folder.name, error))
    newest = sorted(corpora, key=lambda corpus: corpus.manifest.made, reverse=True)
    return CorpusShelf(tuple(newest), tuple(problems))


def figures_of(corpus: Corpus) -> Mapping[str, Any]:
    """Return what the page draws, if it is still what the import wrote.

    Raises
    ------
    CorpusError
    """
    document = corpus.figures()
    if digest_of(corpus.folder / FIGURES) != corpus.manifest.files.get(FIGURES):
        template, named = N_("its file {name} was changed since the import"), {"name": FIGURES}
        raise CorpusError(reason=template.format(**named), template=template, named=named)
    return document


def _folders(root: Path) -> Iterator[Path]:
    """Folders that are a corpus, or that somebody meant to become one."""
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        hidden = folder.name.startswith(".") and not folder.name.startswith(STAGING)
        if folder.is_dir() and not hidden:
            yield folder
