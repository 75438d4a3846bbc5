"""What the two self-saving editors share: their saved state in words, and the version they send."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from dashboard.language import translate as _


def with_version(key: str, trigger: str, act: Callable[[int], None] | None) -> None:
    """Hand the version that the browser sent to ``act``; anything but a number is ignored."""
    value = st.session_state[key].get(trigger)
    version = value.get("version") if isinstance(value, Mapping) else None
    if act is not None and isinstance(version, int):
        act(version)


def saved_words() -> dict[str, str]:
    """The states of a text between keyboard and database."""
    return {
        "untyped": _("nothing typed yet"),
        "saving": _("saving …"),
        "saved_seconds": _("saved {count} s ago"),
        "saved_minutes": _("saved {count} min ago"),
        "saved_hours": _("saved {count} h ago"),
        "saved": _("saved"),
        "unreachable": _("not saved: the server does not answer, retrying"),
        "refused": _("not saved: {message}"),
        "conflicting": _("not saved: the report was changed elsewhere"),
    }
