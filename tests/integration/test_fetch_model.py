"""Fetching as a service: once at a time, stopped and taken up; folders that are named."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.domain.errors import ModelUnavailableError
from core.domain.model_errors import CheckpointRefusedError, DownloadError
from core.domain.reader import Reader
from core.models.language.precision import Memory
from core.models.language.standing import State
from dashboard import language
from dashboard.services import fetch_model
from dashboard.services.fetch_model import (
    FetchProgress,
    FetchState,
    dismiss_fetch,
    fetches,
    forget_folder,
    name_folder,
    shelf,
    start_fetch,
    stop_fetch,
)
from dashboard.workspace import Workspace
from tests.checkpoints import write_adapter, write_checkpoint
from tests.stub_hub import REVISION, StubHub, serve

OURS = f"""
[[model]]
name = "ours"
title = "Ours"
kind = "chat"
repository = "somebody/model"
revision = "{REVISION}"
"""


@pytest.fixture
def hub(tmp_path: Path, place: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[StubHub]:
    models = place.settings.home / "models"
    models.mkdir()
    (models / "ours.toml").write_text(OURS, encoding="utf-8")
    hub = StubHub(write_checkpoint(tmp_path / "published"))
    server, address = serve(hub)
    monkeypatch.setenv("HF_ENDPOINT", address)
    yield hub
    if hub.hold is not None:
        hub.hold.set()
    ended(place)
    fetch_model._fetches.clear()
    server.shutdown()


def ended(place: Workspace, seconds: float = 60) -> FetchProgress:
    until = time.monotonic() + seconds
    while any(one.state is FetchState.FETCHING for one in fetches(place)):
        assert time.monotonic() < until
        time.sleep(0.02)
    return fetches(place)[-1] if fetches(place) else FetchProgress("", FetchState.DONE)


def state(place: Workspace, name: str = "ours") -> State:
    models = shelf(place)
    return models.standing(models.source(name), Memory(16 * 10**9)).state


def test_a_model_is_fetched_and_ready(place: Workspace, hub: StubHub, reader: Reader) -> None:
    assert state(place) is State.NEEDS_DOWNLOAD
    assert start_fetch(place, "ours", reader=reader).state is FetchState.FETCHING
    progress = ended(place)
    assert (progress.name, progress.state, progress.error) == ("ours", FetchState.DONE, None)
    assert progress.done == progress.total > 0
    assert state(place) is State.READY
    assert shelf(place).open("ours").digest
    dismiss_fetch(place, "ours")
    assert fetches(place) == ()


def test_asking_twice_fetches_once_and_can_be_stopped(
    place: Workspace, hub: StubHub, reader: Reader
) -> None:
    hub.hold = threading.Event()
    start_fetch(place, "ours", reader=reader)
    start_fetch(place, "ours", reader=reader)
    assert len(fetches(place)) == 1
    dismiss_fetch(place, "ours")
    assert len(fetches(place)) == 1
    stop_fetch(place, "ours", reader=reader)
    hub.hold.set()
    assert ended(place).state is FetchState.STOPPED
    assert state(place) is State.NEEDS_DOWNLOAD

    start_fetch(place, "ours", reader=reader)
    assert ended(place).state is FetchState.DONE
    assert hub.files_asked().count("config.json") == 1


def test_a_fault_is_one_sentence_and_can_be_tried_again(
    place: Workspace, hub: StubHub, reader: Reader
) -> None:
    hub.status, hub.code = 401, "GatedRepo"
    start_fetch(place, "ours", reader=reader)
    progress = ended(place)
    assert progress.state is FetchState.FAILED
    assert isinstance(progress.error, DownloadError)
    assert "asks for consent" in language.sentence(progress.error)
    hub.status = 200
    start_fetch(place, "ours", reader=reader)
    assert ended(place).state is FetchState.DONE


def test_a_fault_of_ours_does_not_leave_a_fetch_that_never_ends(
    place: Workspace, hub: StubHub, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object) -> None:
        raise RuntimeError("a path of this machine")

    monkeypatch.setattr(fetch_model, "fetch", broken)
    start_fetch(place, "ours", reader=reader)
    progress = ended(place)
    assert progress.error is not None
    assert "unexpected fault" in str(progress.error) and "path" not in str(progress.error)


def test_an_unknown_model_is_not_fetched(place: Workspace, reader: Reader) -> None:
    with pytest.raises(ModelUnavailableError):
        start_fetch(place, "gpt-17", reader=reader)


# --- folders ------------------------------------------------------------------------------------


def test_a_folder_is_looked_through_before_it_is_kept(
    place: Workspace, tmp_path: Path, reader: Reader
) -> None:
    folder = write_checkpoint(tmp_path / "mine")
    for path in ("", "models/mine", str(tmp_path / "absent")):
        with pytest.raises(CheckpointRefusedError):
            name_folder(place, "qwen2-vl-2b", path, reader=reader)
    wrong = write_checkpoint(tmp_path / "wrong", "BlipForConditionalGeneration")
    with pytest.raises(CheckpointRefusedError, match="BlipForConditionalGeneration"):
        name_folder(place, "qwen2-vl-2b", str(wrong), reader=reader)
    assert state(place, "qwen2-vl-2b") is State.NEEDS_DOWNLOAD

    name_folder(place, "qwen2-vl-2b", f" {folder} ", reader=reader)
    assert state(place, "qwen2-vl-2b") is State.READY
    forget_folder(place, "qwen2-vl-2b", reader=reader)
    assert state(place, "qwen2-vl-2b") is State.NEEDS_DOWNLOAD
    assert folder.is_dir()


def test_an_adapter_says_itself_what_it_sits_on(
    place: Workspace, tmp_path: Path, reader: Reader
) -> None:
    name_folder(place, "qwen2-vl-2b", str(write_checkpoint(tmp_path / "base")), reader=reader)
    adapter = write_adapter(tmp_path / "adapter", "Qwen/Qwen2-VL-2B-Instruct")
    name_folder(place, "lora-adapter", str(adapter), reader=reader)
    assert shelf(place).source("lora-adapter").adapter_of == "qwen2-vl-2b"
    assert state(place, "lora-adapter") is State.READY

    other = write_adapter(tmp_path / "other", "somebody/else")
    with pytest.raises(CheckpointRefusedError, match="choose the model"):
        name_folder(place, "lora-adapter", str(other), reader=reader)
    name_folder(place, "lora-adapter", str(other), "qwen2-vl-2b", reader=reader)
    assert shelf(place).open("lora-adapter").adapter == other
    with pytest.raises(CheckpointRefusedError):
        name_folder(place, "lora-adapter", str(other), "llava-1.6-mistral-7b", reader=reader)
