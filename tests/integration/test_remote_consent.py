"""Nothing leaves before a reader has seen what would, and nothing at all where that is off."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.domain.errors import StorageUnavailableError
from core.domain.model_errors import RemoteConsentError, RemoteModelOffError
from core.domain.reader import Reader
from core.models.drafter import Prompt, Sampling, Speaker, Turn
from core.settings import load_settings
from dashboard import workspace as workspaces
from dashboard.services import remote_consent
from dashboard.workspace import Workspace, prepare
from storage import whole_file
from tests.model_server import ModelServer, model_server

HERE = "https://gpu.example/v1"


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server(lambda answer: answer.write("Clear lungs.")) as running:
        yield running


def with_server(monkeypatch: pytest.MonkeyPatch, url: str, **more: str) -> Workspace:
    for name, value in {"MODEL_URL": url, "MODEL": "served", **more}.items():
        monkeypatch.setenv(f"OVERREAD_REMOTE_{name}", value)
    load_settings.cache_clear()
    workspaces.workspace.cache_clear()
    place = workspaces.workspace()
    prepare(place)
    return place


def test_a_model_is_asked_only_after_a_reader_agreed(
    home: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch, server: ModelServer
) -> None:
    place = with_server(monkeypatch, server.url)
    with pytest.raises(RemoteConsentError):
        remote_consent.drafter(place)
    remote_consent.agree(place, server.url, reader=reader)
    prompt = Prompt((Turn(Speaker.READER, "Describe."),))
    film = np.eye(8, dtype=np.float32)
    remote_consent.drafter(place).write(film, prompt, Sampling(), lambda _: None, lambda: False)
    assert len(server.requests) == 1

    agreed = remote_consent.agreement(place, server.url)
    assert agreed is not None and agreed.reader == reader.name and agreed.at.tzinfo is not None
    remote_consent.withdraw(place, server.url, reader=reader)
    with pytest.raises(RemoteConsentError):
        remote_consent.drafter(place)


def test_agreeing_to_one_server_is_not_agreeing_to_another(
    home: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = with_server(monkeypatch, HERE)
    remote_consent.agree(place, HERE, reader=reader)
    elsewhere = with_server(monkeypatch, "https://cloud.example/v1")
    with pytest.raises(RemoteConsentError):
        remote_consent.drafter(elsewhere)
    # The same address, written otherwise.
    for url in (HERE + "/", "HTTPS://GPU.example:443/v1"):
        remote_consent.drafter(with_server(monkeypatch, url))


def test_nobody_agrees_to_a_server_that_is_not_the_one_of_the_settings(
    home: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page may be older than the settings: what was shown is what is agreed to."""
    place = with_server(monkeypatch, HERE)
    with pytest.raises(RemoteConsentError):
        remote_consent.agree(place, "https://cloud.example/v1", reader=reader)
    assert remote_consent.agreement(place, HERE) is None


def test_off_for_good_is_above_every_consent(
    home: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = with_server(monkeypatch, HERE)
    remote_consent.agree(place, HERE, reader=reader)
    off = with_server(monkeypatch, HERE, MODELS_OFF="yes")
    with pytest.raises(RemoteModelOffError):
        remote_consent.drafter(off)
    with pytest.raises(RemoteModelOffError):
        remote_consent.agree(off, HERE, reader=reader)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"agreements": 3}', b"\xff", b'{"a": 1}'])
def test_a_damaged_file_is_no_consent(
    home: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    place = with_server(monkeypatch, HERE)
    (home / remote_consent.FILE).write_bytes(content)
    with pytest.raises(RemoteConsentError):
        remote_consent.drafter(place)
    remote_consent.agree(place, HERE, reader=reader)
    assert remote_consent.drafter(place).identity.name == "openai-compatible"


def test_readers_who_agree_at_once_are_all_kept(
    home: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = with_server(monkeypatch, HERE)
    urls = [f"https://gpu{number}.example/v1" for number in range(8)]

    def agree(url: str) -> None:
        settings = place.settings.model_copy(update={"remote_model_url": url})
        remote_consent.agree(replace(place, settings=settings), url, reader=reader)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(agree, urls))
    assert all(remote_consent.agreement(place, url) for url in urls)


def test_a_full_disk_keeps_what_was_there(
    home: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = with_server(monkeypatch, HERE)
    remote_consent.agree(place, HERE, reader=reader)
    before = (home / remote_consent.FILE).read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(whole_file.os, "fsync", full)
    with pytest.raises(StorageUnavailableError):
        remote_consent.withdraw(place, HERE, reader=reader)
    assert (home / remote_consent.FILE).read_bytes() == before


def test_the_file_holds_no_key_and_is_the_owners_alone(
    home: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = with_server(monkeypatch, HERE, MODEL_KEY="sk-secret")
    remote_consent.agree(place, HERE, reader=reader)
    file = home / remote_consent.FILE
    assert "sk-secret" not in file.read_text() and file.stat().st_mode & 0o077 == 0
    assert json.loads(file.read_text())
