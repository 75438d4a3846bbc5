"""What stands beside the name of a model that writes: its version, or what was decided of it."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core.domain.errors import N_
from dashboard.language import translate as _
from dashboard.services.judged import Judgement, Mark, marks
from dashboard.workspace import Workspace

_SECONDS = 15.0
"""Adapters are judged and made active rarely; looking through all folders takes a while."""

_WORDS = {
    Judgement.REFUSED: N_("{name} (refused)"),
    Judgement.NONE: N_("{name} (not judged)"),
    Judgement.UNREAD: N_("{name} (not read yet)"),
}


@st.cache_data(
    ttl=_SECONDS,
    show_spinner=False,
    hash_funcs={Workspace: lambda place: str(place.settings.home)},
)
def marked(place: Workspace) -> dict[str, Mark]:
    """The marks of all names that have one."""
    return marks(place)


def with_mark(name: str, mark: Mark | None) -> str:
    """A name as menus show it.

    Two names can stand for one adapter: its own, and that of the model under which it is active.
    """
    if mark is None:
        return name
    if mark.version:
        return _("{name} (version {version})").format(name=name, version=mark.version)
    told = _WORDS.get(mark.judged)
    return _(told).format(name=name) if told else name


def named(place: Workspace, titles: Mapping[str, str]) -> dict[str, str]:
    """Titles by name, each with the mark of its name."""
    found = marked(place)
    return {name: with_mark(title, found.get(name)) for name, title in titles.items()}
