"""A page in parts of which one is shown; the address keeps which."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

PART = "part"


def chosen(words: Mapping[str, str], label: str, key: str) -> str:
    """Ask which part is shown; the first where the address names none of them.

    Parameters
    ----------
    words : mapping of str to str
        What the interface calls each part.
    label : str
        For those who hear the page.
    key : str
        Of the widget.
    """
    first = next(iter(words))
    asked = st.query_params.get(PART, first)
    found = st.segmented_control(
        label,
        list(words),
        format_func=lambda part: words[part],
        default=asked if asked in words else first,
        required=True,
        key=key,
        label_visibility="collapsed",
    )
    st.query_params[PART] = found or first
    return found or first
