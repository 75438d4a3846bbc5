"""Every page through Streamlit's own test runner, on a prepared workspace."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def app(place: Workspace) -> AppTest:
    """The dashboard, not yet run."""
    st.cache_data.clear()
    st.cache_resource.clear()
    return AppTest.from_file(str(ROOT / "dashboard" / "main.py"), default_timeout=60)


def words(app: AppTest) -> str:
    """All text on the page that the test runner can see."""
    elements = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error, *app.get("html")]
    return "\n".join(str(getattr(item, "value", None) or item.proto) for item in elements)


def component(app: AppTest, name: str) -> dict[str, object]:
    """What a component was given by the page."""
    import json

    for item in app.get("bidi_component"):
        if item.proto.component_name.endswith(name):
            return dict(json.loads(item.proto.json))
    raise AssertionError(f"there is no {name} on the page")
