"""A fetch that goes wrong, in one sentence, from a stub of the hub with every fault."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.models.language import download
from core.models.language.download import fetch
from core.models.language.hub import ask
from core.models.language.record import RECORD, read_record
from tests.checkpoints import SHARDS
from tests.integration import downloading
from tests.integration.downloading import FIRST, SECOND, SOURCE, refusal
from tests.stub_hub import REVISION, StubHub

hub = downloading.hub
folder = downloading.folder

OTHER = "f" * 40


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"status": 401, "code": "GatedRepo"}, "asks for consent"),
        ({"status": 401}, "members alone"),
        ({"status": 404, "code": "RepoNotFound"}, "no such model"),
        ({"status": 403}, "members alone"),
        ({"status": 500}, "answers with error 500"),
        ({"status": 503}, "answers with error 503"),
        ({"revision": OTHER}, "pinned revision is no longer published"),
        ({"portal": True}, "does not answer as a hub does"),
        ({"oversized": FIRST}, "of disk, and"),
        ({"cut": 200, "cuts": 10**6, "ranges": False}, "did not arrive whole"),
    ],
)
def test_what_goes_wrong_is_one_sentence_and_nothing_half_stays(
    hub: StubHub, folder: Path, fault: dict[str, Any], said: str
) -> None:
    for name, value in fault.items():
        setattr(hub, name, value)
    assert said in refusal(folder)
    record = read_record(folder)
    assert record is None or not record.complete
    assert not any((folder / name).exists() for name in SHARDS)


def test_an_error_after_the_listing_is_one_sentence_too(
    hub: StubHub, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer = ask(SOURCE, REVISION)
    monkeypatch.setattr(download, "ask", lambda *_: offer)
    for status, code, said in (
        (401, "GatedRepo", "asks for consent"),
        (404, "EntryNotFound", "is not published"),
        (500, "", "answers with error 500"),
    ):
        hub.status, hub.code = status, code
        assert said in refusal(folder)


def test_without_a_network_there_is_one_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert refusal(folder) == "127.0.0.1 cannot be reached from here"
    assert not folder.exists()


def test_a_model_that_is_only_pickled_is_not_fetched(hub: StubHub, folder: Path) -> None:
    for name in SHARDS:
        (hub.folder / name).unlink()
    assert "without safetensors" in refusal(folder)
    assert hub.files_asked() == []


def test_an_entry_without_a_place_says_so(folder: Path) -> None:
    assert "name a folder" in refusal(folder, replace(SOURCE, repository=""))


UNPINNED = replace(SOURCE, revision="")


def test_the_revision_of_a_first_fetch_is_demanded_from_then_on(hub: StubHub, folder: Path) -> None:
    assert fetch(UNPINNED, folder).revision == REVISION
    (folder / SECOND).unlink()
    assert fetch(UNPINNED, folder).complete
    hub.revision = OTHER
    assert refusal(folder, UNPINNED) == "its pinned revision is no longer published"
    # Somebody who asks for it anew, in an empty folder, gets what is published now.
    shutil.rmtree(folder)
    assert fetch(UNPINNED, folder).revision == OTHER


def test_the_revision_of_a_fetch_that_broke_off_is_demanded_too(hub: StubHub, folder: Path) -> None:
    hub.change = SECOND
    refusal(folder, UNPINNED)
    hub.change, hub.revision = "", OTHER
    assert refusal(folder, UNPINNED) == "its pinned revision is no longer published"


def test_another_revision_of_an_entry_takes_the_place_of_the_former(
    hub: StubHub, folder: Path
) -> None:
    (hub.folder / "vocab.json").write_text("{}")
    fetch(SOURCE, folder)
    (hub.folder / "vocab.json").unlink()
    hub.revision = OTHER
    record = fetch(replace(SOURCE, revision=OTHER), folder)
    assert record.revision == OTHER and record.complete
    assert not (folder / "vocab.json").exists()


def test_the_hub_cannot_write_over_what_is_kept_of_it(hub: StubHub, folder: Path) -> None:
    (hub.folder / RECORD).write_text(json.dumps({"complete": True}))
    fetch(SOURCE, folder)
    record = read_record(folder)
    assert record is not None and record.revision == REVISION


def test_a_full_disk_is_said_before_the_first_byte(
    hub: StubHub, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage("/")._replace(free=10**9)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    assert refusal(folder).endswith("and 1.0 GB are free")
    assert hub.files_asked() == []


def test_a_disk_that_fills_up_meanwhile_is_one_sentence(
    hub: StubHub, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert refusal(folder) == "the disk is full"
