"""`python -m dashboard`: each command as it is called, each failure in one sentence."""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from core.domain.reader import Reader
from dashboard import workspace as workspaces
from dashboard.__main__ import main
from dashboard.services.verify_store import verify_store
from dashboard.workspace import Workspace
from tests.factories import film_pixels
from tests.integration.conftest import draft_next, take_in
from tests.integration.test_report_life_cycle import write_and_sign

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def said(place: Workspace, caplog: pytest.LogCaptureFixture) -> Iterator[Callable[..., list[str]]]:
    """The lines of log that a command ends with; its exit status is compared here."""
    caplog.set_level(logging.INFO)

    def call(*arguments: str, status: int = 0) -> list[str]:
        caplog.clear()
        assert main(list(arguments)) == status, caplog.text
        return [record.getMessage() for record in caplog.records if record.name == "dashboard"]

    yield call
    workspaces.workspace().engine.dispose()


@pytest.fixture
def worked(place: Workspace, reader: Reader) -> Workspace:
    """A signed study and one that nobody has touched."""
    signed = take_in(place, reader).study_id
    draft_next(place)
    write_and_sign(place, signed, reader)
    take_in(place, reader, pixels=film_pixels(seed=2))
    return place


def test_verify_sums_up(worked: Workspace, said: Callable[..., list[str]]) -> None:
    worked.blobs.put(b"orphan")
    count = verify_store(worked).named
    assert said("verify") == [
        f"films and maps: {count} named by rows, 0 missing, 0 changed; 1 named by no row",
        "database: 0 faults, 0 broken references",
        "the chain holds: 1 signed versions",
    ]


def test_beside_a_server_a_film_under_way_is_no_orphan(
    worked: Workspace, said: Callable[..., list[str]]
) -> None:
    worked.blobs.put(b"its row is about to come")
    server = workspaces.open_workspace(worked.settings)
    server.occupancy.join()
    assert "0 named by no row" in said("verify")[0]
    server.occupancy.leave()


def test_verify_counts_films_of_studies_that_are_not_signed(
    worked: Workspace, said: Callable[..., list[str]]
) -> None:
    with worked.look() as look:
        [film] = look.studies.get(2).instances
    worked.blobs.path(film.blob_digest).unlink()
    worked.blobs.path(film.pixel_blob_digest).write_bytes(b"other")
    told = said("verify", status=1)
    assert "1 missing, 1 changed" in told[0] and "the chain holds" in told[2]
    assert told[3].startswith("Something stored is missing or changed.")


def test_verify_counts_broken_references(worked: Workspace, said: Callable[..., list[str]]) -> None:
    with worked.engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        connection.rollback()
        raw.execute("PRAGMA foreign_keys=OFF")
        raw.execute("UPDATE instances SET series_id = 999 WHERE study_id = 2")
        raw.execute("PRAGMA foreign_keys=ON")
    assert "database: 0 faults, 1 broken references" in said("verify", status=1)


def test_verify_ends_at_the_first_break_of_the_chain(
    worked: Workspace, said: Callable[..., list[str]]
) -> None:
    with worked.engine.begin() as connection:
        connection.execute(text("UPDATE studies SET patient_name = 'MALLORY' WHERE id = 1"))
    told = said("verify", status=1)
    assert "signed version 1" in told[-1] and "MALLORY" not in told[-1]


def test_backup_loss_restore(
    worked: Workspace, said: Callable[..., list[str]], tmp_path: Path
) -> None:
    folder = tmp_path / "backups" / "one"
    said("backup", str(folder))
    [refusal] = said("restore", str(folder), status=1)
    assert refusal.startswith("The backup was not restored: there is a database already.")
    worked.engine.dispose()
    shutil.rmtree(worked.settings.home)
    said("restore", str(folder))
    assert said("verify")[-1] == "the chain holds: 1 signed versions"


def test_each_failure_is_one_sentence(
    worked: Workspace, said: Callable[..., list[str]], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")
    for command, folder in (
        ("restore", tmp_path / "nowhere"),
        ("restore", tmp_path / "file"),
        ("backup", tmp_path / "file"),
        ("backup", tmp_path / "file" / "below"),
        ("backup", tmp_path),
    ):
        [told] = said(command, str(folder), status=1)
        assert "Traceback" not in told and str(tmp_path) not in told and told.endswith(".")


@pytest.mark.parametrize("arguments", [["backup"], ["restore"], ["verify", "x"], ["serve", "x"]])
def test_a_folder_where_one_belongs(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as told:
        main(arguments)
    assert told.value.code == 2


def test_the_entry_is_light() -> None:
    """Each decoder and each worker imports it again."""
    program = "import dashboard.__main__, sys, json; print(json.dumps(sorted(sys.modules)))"
    told = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = {name.split(".")[0] for name in json.loads(told.stdout)}
    assert not loaded & {"pydantic", "sqlalchemy", "streamlit", "numpy", "torch", "fastapi"}
