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
from dashboard.components import messages
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

Section = tuple[str, Callable[[], None]]


def show(place: Workspace) -> None:
    """The whole page; every number comes from a file that the import wrote."""
    st.html(f"<style>{_CSS}</style>")
    lead(_("What is the model taught from?"))
    shelf = corpus_shelf(place)
    _problems(shelf.problems)
    if not shelf.corpora:
        _empty()
        return
    corpus = head.choose(shelf.corpora)
    try:
        document = figures_of(corpus)
    except CorpusError as error:
        messages.error(error)
        return
    head.show(corpus.manifest, document)
    _parts(corpus, document)


def _problems(problems: Sequence[Problem]) -> None:
    for problem in problems:
        said = language.sentence(problem.error) if problem.error else _(problem.template)
        st.warning(messages.plain(f"{problem.folder}: {said}"))


def _empty() -> None:
    sentence = _("No corpus was imported here yet; this command imports one.")
    with st.container(key="empty", horizontal_alignment="center", gap="small"):
        st.html(f'<p class="muted">{escape(sentence)}</p>', width="content")
        st.code(COMMAND, language=None, width="content")


def _parts(corpus: Corpus, document: Document) -> None:
    sections = _sections(corpus, document)
    titles = [title for title, _show in sections]
    tabs = st.tabs(titles, key="corpus_parts", on_change="rerun")
    for tab, (_title, show_section) in zip(tabs, sections, strict=True):
        # Only what is looked at is drawn: the page opens as fast as its first part.
        if tab.open:
            with tab:
                show_section()


def _sections(corpus: Corpus, document: Document) -> list[Section]:
    manifest = corpus.manifest

    def drawn(made: Callable[[], Exhibit]) -> Callable[[], None]:
        return lambda: exhibit.show(made(), corpus.folder.name, manifest.digest)

    return [
        (_("Sample pairs"), partial(samples.show, corpus)),
        (_("Dropped"), drawn(partial(dropped.drops, manifest))),
        (_("Findings"), drawn(partial(stated.prevalence, document))),
        (_("Together"), drawn(partial(stated.together, document))),
        (_("Caption lengths"), drawn(partial(captions.lengths, document))),
        (_("Kinds"), drawn(partial(captions.kinds, manifest))),
        (_("Cleaning"), drawn(partial(dropped.cleaning, document))),
        (_("Licences"), drawn(partial(captions.licences, manifest))),
    ]
