"""A run between its request and its first step: noted, ended, never taken away while it lives."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from core.domain.reader import Reader
from core.domain.training_errors import RunError
from dashboard.services import training_runs_start as starting
from dashboard.services.training_runs import (
    Request,
    Stage,
    cancel_run,
    read_request,
    training_run,
    write_request,
)
from dashboard.services.training_runs_start import dismiss_run, refused_beside_another, start_run
from dashboard.services.training_runs_wish import Wish
from dashboard.workspace import Workspace
from tests.checkpoints import write_checkpoint
from tests.run_folders import held, write_run
from tests.small_corpus import small_corpus

ASLEEP = "import time; time.sleep(60)"


@pytest.fixture(autouse=True)
def asleep(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A command that never begins to train."""
    monkeypatch.setattr(starting, "COMMAND", (sys.executable, "-c", ASLEEP))
    yield
    for child in starting._children:
        child.kill()
        child.wait()
    starting._children.clear()


def request(process: int = 0, born: float = 0.0) -> Request:
    asked = datetime.now(UTC).isoformat(timespec="milliseconds")
    return Request("Dr. Test", asked, "own", "/c/roco", "small", 50, process, born)


def not_begun(place: Workspace, name: str, asked: Request) -> Path:
    folder = place.settings.runs / name
    folder.mkdir(parents=True)
    write_request(folder, asked)
    return folder


def test_a_niceness_that_cannot_be_lowered_hides_no_process(
    place: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nice(_process: psutil.Process, value: int | None = None) -> int:
        if value is not None:
            raise psutil.AccessDenied
        return 0

    monkeypatch.setattr(psutil.Process, "nice", nice)
    folder = not_begun(place, "first", request())
    starting._spawn(place.settings, folder, [], request())
    noted = read_request(folder)
    assert noted is not None and noted.born > 0
    assert training_run(place, "first").stage is Stage.STARTING


def test_a_process_that_gives_way_already_keeps_its_niceness() -> None:
    with subprocess.Popen([sys.executable, "-c", ASLEEP]) as child:
        psutil.Process(child.pid).nice(15)
        starting._with_process(request(), child.pid)
        assert psutil.Process(child.pid).nice() == 15
        child.kill()


def test_a_run_that_starts_is_cancelled_and_others_may_start(
    place: Workspace, reader: Reader
) -> None:
    folder = not_begun(place, "first", request())
    starting._spawn(place.settings, folder, [], request())
    with pytest.raises(RunError, match="another run is under way"):
        refused_beside_another(place)
    cancel_run(place, "first", reader=reader)
    assert training_run(place, "first").stage is Stage.NOT_BEGUN
    refused_beside_another(place)


def test_a_process_of_the_same_number_is_not_ended(place: Workspace, reader: Reader) -> None:
    with subprocess.Popen([sys.executable, "-c", ASLEEP]) as other:
        not_begun(place, "first", request(other.pid, born=1.0))
        with pytest.raises(RunError, match="not running"):
            cancel_run(place, "first", reader=reader)
        assert other.poll() is None
        other.kill()


def test_a_folder_whose_lock_is_held_is_not_dismissed(place: Workspace, reader: Reader) -> None:
    folder = not_begun(place, "first", request())
    with held(folder):
        dismiss_run(place, "first", reader=reader)
        assert folder.is_dir()
        with pytest.raises(RunError, match="another run is under way"):
            refused_beside_another(place)
        with pytest.raises(RunError, match="process is not found"):
            cancel_run(place, "first", reader=reader)
    dismiss_run(place, "first", reader=reader)
    assert not folder.exists()


def test_no_folder_is_dismissed_while_a_run_is_started(place: Workspace, reader: Reader) -> None:
    import threading

    folder = not_begun(place, "first", request())
    thread = threading.Thread(target=dismiss_run, args=(place, "first"), kwargs={"reader": reader})
    with starting._starting:
        thread.start()
        thread.join(0.2)
        assert thread.is_alive() and folder.is_dir()
    thread.join(10)
    assert not folder.exists()


def test_a_run_is_found_by_its_name_alone(place: Workspace) -> None:
    write_run(place.settings.runs / "first")
    for name in ("", ".", "..", "../runs/first", "absent"):
        with pytest.raises(RunError, match="no run of this name"):
            training_run(place, name)


def test_a_folder_below_the_home_reaches_the_command_in_full(
    place: Workspace, reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "me"))
    whole = write_checkpoint(tmp_path / "me" / "own")
    small_corpus(place.settings.corpora / "small")
    name = start_run(place, Wish("~/own", "small", "small", 50), reader=reader)
    asked = training_run(place, name).request
    assert asked is not None and asked.model == str(whole)
    given = list(starting._children[-1].args)  # type: ignore[arg-type]
    assert given[given.index("--model") + 1] == str(whole)
