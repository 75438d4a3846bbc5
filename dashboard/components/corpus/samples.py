"""Samples to leaf through: the film beside what is asked and what is answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from html import escape

import streamlit as st

from core.domain.training_errors import CorpusError
from core.training.corpus.folder import Corpus
from core.training.corpus.sample import Kind
from dashboard.components import messages
from dashboard.components.corpus.names import counted, kind_name, split_name
from dashboard.components.corpus.pair import pair_html
from dashboard.components.registration import register
from dashboard.language import translate as _
from dashboard.services.corpus_picture import shown_jpeg
from dashboard.services.corpus_samples import SPLITS, CorpusRows, Shelfmark, Wish

AT = "corpus_sample"
"""Number of the sample that is shown among those that are looked for, from 1."""
_FILTERS = ("corpus_split", "corpus_kind", "corpus_finding")
_KEYS = "corpus_keys"

_mount = register("leaf_keys")


@st.fragment
def show(corpus: Corpus) -> None:
    """The whole part; only itself runs again when somebody turns to the next sample."""
    try:
        _show(corpus)
    except CorpusError as error:
        messages.error(error)


def _show(corpus: Corpus) -> None:
    rows = _rows((str(corpus.folder), corpus.manifest.digest), corpus)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="corpus_bar"):
        wish = _wish(rows.marks)
        found = [mark for mark in rows.marks if wish.fits(mark)]
        st.space("stretch")
        mark = _turned_to(found)
    if mark is None:
        nothing = escape(_("No sample is like this."))
        st.html(f'<p class="muted note">{nothing}</p>')
        return
    pair = rows.pair(mark)
    picture = _picture((corpus.manifest.digest, mark.split, mark.row), pair.image)
    st.html(pair_html(pair, split_name(mark.split), picture))


@st.cache_resource(show_spinner=False, max_entries=4)
def _rows(key: tuple[str, str], _corpus: Corpus) -> CorpusRows:  # noqa: ARG001
    return CorpusRows(_corpus)


@st.cache_data(show_spinner=False, max_entries=16)
def _picture(key: tuple[str, str, int], _content: bytes) -> bytes | None:  # noqa: ARG001
    return shown_jpeg(_content)


def _wish(marks: Sequence[Shelfmark]) -> Wish:
    """Ask for split, kind and finding; each choice says how many samples it has."""
    splits = Counter(mark.split for mark in marks)
    kinds = Counter(mark.kind for mark in marks)
    findings = Counter(name for mark in marks for name in mark.findings)
    ordered = sorted(findings, key=lambda name: (-findings[name], name))
    known = [kind.value for kind in Kind if kind.value in kinds]
    others = sorted(kinds.keys() - set(known))
    return Wish(
        _choice(_("split"), _FILTERS[0], SPLITS, splits, split_name, _("both splits")),
        _choice(_("kind"), _FILTERS[1], [*known, *others], kinds, kind_name, _("all kinds")),
        _choice(_("finding stated"), _FILTERS[2], ordered, findings, _, _("any finding or none")),
    )


def _choice(
    label: str,
    key: str,
    options: Sequence[str],
    counts: Counter[str],
    words: Callable[[str], str],
    everything: str,
) -> str:
    def said(option: str) -> str:
        return f"{words(option)} · {counted(counts[option])}" if option else everything

    # What was chosen in another corpus may not be in this one.
    if st.session_state.get(key) not in ("", *options):
        st.session_state[key] = ""
    return st.selectbox(
        label,
        ["", *options],
        format_func=said,
        key=key,
        on_change=first,
        label_visibility="collapsed",
        width=220,
    )


def first() -> None:
    """Turn to the first sample."""
    st.session_state[AT] = 1


def keep() -> None:
    """Keep sample and filters while another part is looked at: its widgets are gone by then."""
    for key in (AT, *_FILTERS):
        if key in st.session_state:
            st.session_state[key] = st.session_state[key]


def _turned_to(found: Sequence[Shelfmark]) -> Shelfmark | None:
    """Ask which of the samples is shown; buttons, arrow keys and a number turn to it."""
    at = min(max(1, int(st.session_state.get(AT, 1))), max(1, len(found)))
    st.session_state[AT] = at
    back, on = _("Previous"), _("Next")
    st.button(f"← {back}", on_click=_turn, args=(-1,), disabled=at <= 1, key="corpus_back")
    st.number_input(
        _("Number of the sample"),
        min_value=1,
        max_value=max(1, len(found)),
        key=AT,
        label_visibility="collapsed",
        width=120,
    )
    of = escape(_("of {count}").format(count=counted(len(found))))
    st.html(f'<span class="muted">{of}</span>', width="content")
    st.button(f"{on} →", on_click=_turn, args=(1,), disabled=at >= len(found), key="corpus_on")
    _mount(key=_KEYS, data={}, on_turn_change=_pressed)
    return found[at - 1] if found else None


def _pressed() -> None:
    """An arrow key; anything but a single step is ignored."""
    step = st.session_state[_KEYS].get("turn")
    if step in (-1, 1):
        _turn(int(step))


def _turn(step: int) -> None:
    st.session_state[AT] = int(st.session_state.get(AT, 1)) + step
