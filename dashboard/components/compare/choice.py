"""Which models stand side by side, and against what their words are held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard.components import messages, remote_dialog
from dashboard.language import translate as _
from dashboard.services.compare import LEAST, MOST, Candidate, Compared, request_comparison
from dashboard.services.writers import is_remote
from dashboard.workspace import Workspace

REPORT = "report"
NOTHING = "nothing"

_LAST = "compare_last"
_REFUSED = "compare_refused"


@dataclass(frozen=True)
class Chosen:
    """Models in the order of their columns, with the titles of all, and those that can draft."""

    models: tuple[str, ...]
    titles: Mapping[str, str]
    ready: tuple[str, ...]


def models(study_id: int, found: Sequence[Candidate]) -> Chosen:
    """The models to choose from; those chosen last are kept from study to study."""
    titles = {each.name: each.title for each in found}
    key = f"compare_models_{study_id}"
    st.multiselect(
        _("Models side by side"),
        list(titles),
        default=_first(found),
        format_func=lambda name: titles[name],
        max_selections=MOST,
        placeholder=_("two to four models"),
        key=key,
        on_change=lambda: st.session_state.update({_LAST: list(st.session_state[key])}),
    )
    picked = tuple(name for name in st.session_state.get(key, ()) if name in titles)
    return Chosen(picked, titles, tuple(each.name for each in found if each.ready))


def _first(found: Sequence[Candidate]) -> list[str]:
    """The last choice, else the models with a draft, filled up with those that can draft."""
    names = [each.name for each in found]
    last = [name for name in st.session_state.get(_LAST, ()) if name in names]
    if len(last) >= LEAST:
        return last
    drafted = [each.name for each in found if each.drafted][:MOST]
    others = [name for name in names if name not in drafted]
    return [*drafted, *others[: max(0, LEAST - len(drafted))]]


def reference(now: Compared, chosen: Chosen) -> str:
    """What the texts are held against: the name of a model, `REPORT` or `NOTHING`."""
    words = {
        REPORT: _("the signed report") if now.signed else _("the report as it stands"),
        NOTHING: _("nothing: the texts alone"),
    }
    options = [*(model for model in chosen.models if model in now.drafts), REPORT, NOTHING]
    key = f"compare_reference_{now.study.id}"
    if st.session_state.get(key, REPORT) not in options:
        del st.session_state[key]
    picked = st.selectbox(
        _("Differences from"),
        options,
        index=options.index(REPORT) if now.signed else 0,
        format_func=lambda name: words.get(name) or chosen.titles[name],
        key=key,
        width=320,
    )
    return picked or NOTHING


def ask_button(place: Workspace, now: Compared, chosen: Chosen) -> None:
    """Asks for the drafts that are missing; nothing where none is."""
    missing = now.to_ask(chosen.ready)
    if not missing:
        return
    label = (
        _("Ask for the draft that is missing")
        if len(missing) == 1
        else _("Ask for {count} drafts").format(count=len(missing))
    )
    arguments = (place, now.study.id, missing)
    st.button(label, type="primary", on_click=ask, args=arguments, key="compare_ask")


def ask(
    place: Workspace, study_id: int, models: Sequence[str], override_gate: bool = False
) -> None:
    """Queue the drafts; why one could not be asked for is said above the columns.

    A model on another machine waits until a reader has seen what would go there.
    """
    far = [name for name in models if is_remote(place, name) and not remote_dialog.agreed(place)]
    for name in far:
        remote_dialog.ask(study_id, name, for_comparison=True)
    here = [name for name in models if name not in far]
    st.session_state[_REFUSED] = request_comparison(
        place, study_id, here, reader=place.reader(), override_gate=override_gate
    )


def show_refused() -> None:
    """Why the last request could not be met, as far as it could not."""
    for error in st.session_state.pop(_REFUSED, {}).values():
        messages.error(error)
