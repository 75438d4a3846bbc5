"""The page ``corpus``: what a model is taught from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from html import escape
from pathlib import Path

import streamlit as st

from core.domain.training_errors import CorpusError
from core.training.corpus.folder import Corpus
from dashboard import language
from dashboard.components import messages, parts
from dashboard.components.corpus import captions, dropped, exhibit, head, samples, stated
from dashboard.components.corpus.exhibit import Exhibit
from dashboard.components.models.figures import Document
from dashboard.components.models.table import lead
from dashboard.language import translate as _
from dashboard.services.corpus_shelf import Problem, corpus_shelf, figures_of
from dashboard.workspace import Workspace

COMMAND = "python -m core.training corpus import rocov2 PATH"

_ASSETS = Path(__file__).parents[1] / "assets"
_CSS = "".join(
    (_ASSETS / name).read_text(encoding="utf-8") for name in ("models.css", "corpus.css")
)

"""Name of the part in the page's address."""

Section = tuple[str, Callable[[], None]]


def show(place: Workspace) -> None:
    """The whole page; every number comes from a file that the import wrote."""
    st.html(f"<style>{_CSS}</style>")
    shelf = corpus_shelf(place)
    with st.container(horizontal=True, vertical_alignment="center", key="corpus_head"):
        lead(_("What is the model taught from?"))
        corpus = head.choose(shelf.corpora, samples.first)
    _problems(shelf.problems)
    if corpus is None:
        _empty()
        return
    try:
        document = figures_of(corpus)
    except CorpusError as error:
        messages.error(error)
        return
    head.show(corpus.manifest, document)
    _parts(corpus, document)


def _problems(problems: Sequence[Problem]) -> None:
    lines = ""
    for problem in problems:
        said = language.sentence(problem.error) if problem.error else _(problem.template)
        lines += f'<div dir="auto">{escape(f"{problem.folder}: {said}")}</div>'
    if lines:
        st.html(f'<div class="refused">{lines}</div>')


def _empty() -> None:
    sentence = _("No corpus was imported here yet; this command imports one.")
    with st.container(key="empty", horizontal_alignment="center", gap="small"):
        st.html(f'<p class="muted">{escape(sentence)}</p>', width="content")
        st.code(COMMAND, language=None, width="content")


def _parts(corpus: Corpus, document: Document) -> None:
    """Ask which part is looked at; the address keeps it. Only that part is drawn.

    Buttons and not tabs: a tab that was pressed keeps the arrow keys for itself, and they turn to
    the next sample.
    """
    samples.keep()
    sections = _sections(corpus, document)
    words = {name: section[0] for name, section in sections.items()}
    part = parts.chosen(words, _("Part of the page"), key="corpus_part")
    with st.container(key="corpus_shown"):
        sections[part][1]()


def _sections(corpus: Corpus, document: Document) -> dict[str, Section]:
    manifest = corpus.manifest

    def drawn(made: Callable[[], Exhibit]) -> Callable[[], None]:
        return lambda: exhibit.show(made(), corpus.folder.name, manifest.digest)

    return {
        "samples": (_("Sample pairs"), partial(samples.show, corpus)),
        "drops": (_("Dropped"), drawn(partial(dropped.drops, manifest, document))),
        "findings": (_("Findings"), drawn(partial(stated.prevalence, document))),
        "together": (_("Together"), drawn(partial(stated.together, document))),
        "lengths": (_("Caption lengths"), drawn(partial(captions.lengths, document))),
        "kinds": (_("Kinds"), drawn(partial(captions.kinds, manifest))),
        "cleaning": (_("Cleaning"), drawn(partial(dropped.cleaning, document))),
        "licences": (_("Licences"), drawn(partial(captions.licences, manifest))),
    }
