"""The house stays as it is drawn."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = [
    path
    for folder in ("core", "storage", "dashboard", "pages")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".py", ".js") and "migrations/versions" not in path.as_posix()
]


def test_the_import_contracts_hold() -> None:
    """Directions between the rooms, as pyproject.toml states them."""
    tool = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([tool, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_fits_in_a_head(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300
    assert path.stem not in ("utils", "util", "helpers", "helper", "common", "misc", "manager")


def test_package_files_are_empty() -> None:
    """Or `core.domain` would one day load torch."""
    for folder in ("core", "storage", "dashboard"):
        for path in (ROOT / folder).rglob("__init__.py"):
            assert path.read_text() == "", path


def test_no_module_of_the_dashboard_hides_a_standard_one() -> None:
    """`streamlit run dashboard/app.py` puts this folder first on the path."""
    names = {path.stem for path in (ROOT / "dashboard").iterdir()}
    assert not names & set(sys.stdlib_module_names)


def imported_by(statement: str) -> set[str]:
    """Top-level modules that a fresh interpreter holds after a statement."""
    code = f"{statement}\nimport sys, json; print(json.dumps(sorted(sys.modules)))"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {name.split(".")[0] for name in json.loads(result.stdout.splitlines()[-1])}


def test_the_server_and_the_pages_open_without_torch() -> None:
    statement = "import dashboard.api.application, dashboard.components.review_panels"
    assert not imported_by(statement) & {"torch", "transformers", "spacy"}


def test_a_worker_is_up_without_what_others_import(tmp_path: Path) -> None:
    """Each of these takes long to import, which a first draft would wait for."""
    modules = imported_by(
        "import dashboard.jobs.worker; from core.settings import Settings; "
        "from dashboard.workspace import open_workspace; "
        f"open_workspace(Settings(home={str(tmp_path)!r}))"
    )
    assert not modules & {"torch", "transformers", "pydicom", "requests", "alembic", "streamlit"}


def test_labelling_a_report_needs_no_torch() -> None:
    statement = "from core.findings.labeller import label; label('No effusion.')"
    modules = imported_by(statement)
    assert "torch" not in modules and "spacy" in modules


def test_the_domain_is_standard_library_alone() -> None:
    modules = imported_by(
        "import core.domain.report, core.domain.study, core.domain.draft, core.domain.correction"
    )
    assert not modules & {"numpy", "pydantic", "sqlalchemy", "streamlit"}


def test_streamlit_still_has_the_options_this_dashboard_relies_on() -> None:
    """One of them is hidden: an upgrade may drop it in silence, and reruns would be slow again."""
    from streamlit import config

    config.get_config_options()
    configured = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    for section in ("server", "runner", "browser", "client"):
        for option in configured[section]:
            assert f"{section}.{option}" in config._config_options_template, option
    assert config._config_options_template["runner.postScriptGC"].default_val is True
    assert configured["runner"]["postScriptGC"] is False


def test_streamlit_runs_collections_only_where_the_option_says_so() -> None:
    import inspect

    from streamlit.runtime.scriptrunner import script_runner

    assert 'get_option("runner.postScriptGC")' in inspect.getsource(script_runner)


def test_streamlit_has_the_launcher_and_components_that_the_dashboard_is_built_on() -> None:
    import streamlit as st

    assert version("streamlit") == "1.67.0"
    assert callable(st.App) and callable(st.components.v2.component)
