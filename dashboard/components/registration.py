"""Put the component's sources together and register them with Streamlit.

The browser gets one JavaScript module per component: Streamlit loads it from a blob address, where
a relative import cannot resolve. The sources stay ordinary ES modules; `bundle` follows their
imports and joins them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Protocol, cast

import streamlit as st

ASSETS = Path(__file__).parent / "assets"

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w.]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default\b)", re.MULTILINE)


class Mount(Protocol):
    """What Streamlit hands back for a registered component."""

    def __call__(self, *, key: str, data: dict[str, Any], **on_callbacks: Any) -> Any: ...


def register(name: str, *, constants: str = "", style: str = "") -> Mount:
    """Register the component ``name`` from ``assets/name.{html,css,js}``.

    ``constants`` is JavaScript that stands before the sources, for tables that Python computes;
    ``style`` a further style sheet that the component shares with another.
    """
    return cast(
        Mount,
        st.components.v2.component(
            f"overread_{name}",
            html=read_asset(f"{name}.html"),
            css="".join(map(read_asset, filter(None, ("tokens.css", style, f"{name}.css")))),
            js=constants + bundle(f"{name}.js"),
        ),
    )


def read_asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


def bundle(entry: str) -> str:
    """Join ``entry`` and everything it imports into one module, imported files first."""
    ordered: list[str] = []
    _collect(entry, ordered)
    return "\n".join(_bare(read_asset(name)) for name in ordered)


def _collect(name: str, ordered: list[str]) -> None:
    for imported in _IMPORT.findall(read_asset(name)):
        if imported not in ordered:
            _collect(imported, ordered)
    ordered.append(name)


def _bare(source: str) -> str:
    return _EXPORT.sub("", _IMPORT.sub("", source))
