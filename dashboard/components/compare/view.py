"""One study, two to four models side by side: words, findings, maps, seconds, memory."""

from __future__ import annotations

from html import escape
from pathlib import Path

import streamlit as st

from dashboard.components import messages, remote_dialog, writer_marks
from dashboard.components.compare import calls, choice, heads, maps, texts
from dashboard.components.compare.choice import Chosen
from dashboard.language import translate as _
from dashboard.navigation import MODELS
from dashboard.services.compare import LEAST, Compared, candidates, compared, ready_models
from dashboard.workspace import Workspace

READY_SECONDS = 15
"""How long a look at what can run holds: it asks the memory, the card and the folders."""

_ASSETS = Path(__file__).parents[1] / "assets"
_CSS = "".join(
    (_ASSETS / name).read_text(encoding="utf-8") for name in ("models.css", "compare.css")
)


def show(place: Workspace, study_id: int) -> None:
    """The whole page below the patient's line."""
    st.html(f"<style>{_CSS}</style>")
    found = candidates(place, study_id, writer_marks.named(place, _ready(place)))
    if len(found) < LEAST:
        only = found[0].title if found else ""
        sentence = (
            _("Only {model} can draft here; a comparison takes two models.").format(model=only)
            if only
            else _("No model can draft here now.")
        )
        messages.empty(sentence, MODELS, _("See what other models need"))
        return
    remote_dialog.show_if_asked(place, study_id)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="compare_bar"):
        chosen = choice.models(study_id, found)
        if len(chosen.models) >= LEAST:
            now = compared(place, study_id, chosen.models)
            reference = choice.reference(now, chosen)
            choice.ask_button(place, now, chosen)
    if len(chosen.models) < LEAST:
        few = escape(_("Choose two to four models."))
        st.html(f'<p class="muted">{few}</p>')
        return
    _columns(place, now, chosen, reference)


@st.cache_data(
    ttl=READY_SECONDS,
    show_spinner=False,
    hash_funcs={Workspace: lambda place: str(place.settings.home)},
)
def _ready(place: Workspace) -> dict[str, str]:
    return ready_models(place)


def _columns(place: Workspace, first: Compared, chosen: Chosen, reference: str) -> None:
    """Everything that changes while drafts come."""
    states = [column.state for column in first.columns]
    # What the page has just read; when the fragment runs by itself later, it reads anew.
    at_hand = [first]

    @st.fragment(run_every=1 if first.waiting else None)
    def columns() -> None:
        now = at_hand.pop() if at_hand else compared(place, first.study.id, chosen.models)
        # What a text can be held against, and what can be asked for, stands above.
        if [column.state for column in now.columns] != states:
            st.rerun(scope="app")
        choice.show_refused()
        heads.show(place, now, chosen, reference)
        texts.show(now, chosen, reference)
        calls.show(now, chosen, reference)
        maps.show(place, now, chosen, reference)

    columns()
