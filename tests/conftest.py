"""What every test stands on: a workspace of its own, the fake model, thread variables."""

from __future__ import annotations

import os
import sys

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.domain.reader import Reader
from core.settings import Settings, load_settings
from dashboard import workspace as workspaces
from dashboard.workspace import Workspace, open_workspace, prepare
from tests.postgres import temporary_postgres
from tests.taught_models import taught_checkpoint  # noqa: F401
from tests.tiny_models import tiny_checkpoint  # noqa: F401


def pytest_report_header() -> list[str]:
    if os.environ.get("OVERREAD_TEST_DATA"):
        return ["real films: given"]
    return ["real films: not given (OVERREAD_TEST_DATA), their tests are left out"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the tests of real films out where there are none; the header says so."""
    if not os.environ.get("OVERREAD_TEST_DATA"):
        left_out = [item for item in items if item.get_closest_marker("films")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    _begin_with_the_longest(items)


def _begin_with_the_longest(items: list[pytest.Item]) -> None:
    """Put files of slow tests first by the time one may take: begun last, it would end alone."""
    longest: dict[Path, float] = {}
    for item in items:
        allowed = item.get_closest_marker("timeout")
        if allowed and item.get_closest_marker("slow"):
            longest[item.path] = max(longest.get(item.path, 0), float(allowed.args[0]))
    items.sort(key=lambda item: -longest.get(item.path, 0))


@pytest.fixture(autouse=True)
def main_module() -> Iterator[None]:
    """Streamlit's test runner makes its script the main module, which spawned processes import."""
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before


@pytest.fixture
def reader() -> Reader:
    return Reader(1, "Dr. Test", confirmed=True)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home folder of this test alone, which the settings of the process point to."""
    monkeypatch.setenv("OVERREAD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OVERREAD_MODEL", "fake")
    monkeypatch.setenv("OVERREAD_READER", "Dr. Test")
    load_settings.cache_clear()
    workspaces.workspace.cache_clear()
    yield tmp_path / "home"
    load_settings.cache_clear()
    workspaces.workspace.cache_clear()


@pytest.fixture
def place(home: Path) -> Iterator[Workspace]:
    """A prepared workspace on SQLite, the one that pages and API of this process see."""
    place = workspaces.workspace()
    prepare(place)
    yield place
    place.engine.dispose()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server of this test run."""
    with temporary_postgres() as url:
        if url is None:
            pytest.skip("no PostgreSQL server here: apt-get install postgresql")
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def either(
    request: pytest.FixtureRequest, home: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workspace]:
    """The same workspace on each of the two databases."""
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
        monkeypatch.setenv("OVERREAD_DATABASE_URL", url)
    place = open_workspace(Settings())
    if request.param == "postgresql":
        with place.engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    prepare(place)
    yield place
    place.engine.dispose()
