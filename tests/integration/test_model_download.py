"""A model is fetched whole and right or not at all, from a stub of the hub with every fault."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.domain.model_errors import CheckpointRefusedError, DownloadError
from core.models.language import digests, download
from core.models.language.catalogue import LanguageSource
from core.models.language.checkpoint import open_checkpoint
from core.models.language.download import fetch
from core.models.language.hub import ask
from core.models.language.record import RECORD, read_record
from tests.checkpoints import SHARDS, change_json, write_adapter, write_checkpoint
from tests.stub_hub import REVISION, StubHub, serve

OTHER = "f" * 40
FIRST, SECOND = SHARDS
SOURCE = LanguageSource("ours", "Ours", "chat", repository="somebody/model", revision=REVISION)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StubHub]:
    hub = StubHub(write_checkpoint(tmp_path / "published"))
    (hub.folder / "README.md").write_text("# A model")
    (hub.folder / "pytorch_model.bin").write_bytes(b"pickled")
    (hub.folder / "original").mkdir()
    (hub.folder / "original" / "params.json").write_text("{}")
    server, address = serve(hub)
    monkeypatch.setenv("HF_ENDPOINT", address)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    # Lines of these tests are cut within kilobytes.
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 64)
    monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda _seconds: None)
    yield hub
    server.shutdown()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "home" / "models" / "ours"


def refusal(folder: Path, source: LanguageSource = SOURCE) -> str:
    with pytest.raises(DownloadError) as failed:
        fetch(source, folder)
    facts = failed.value.facts
    assert facts["template"].format(**facts["named"]) == facts["reason"]
    return str(facts["reason"])


def test_a_model_is_fetched_whole_and_opens(hub: StubHub, folder: Path) -> None:
    told: list[tuple[int, int]] = []
    record = fetch(SOURCE, folder, lambda done, total: told.append((done, total)))
    assert record.complete and record.revision == REVISION
    assert record == read_record(folder)
    assert told[-1] == (record.size_bytes, record.size_bytes)
    assert [done for done, _total in told] == sorted(done for done, _total in told)
    assert open_checkpoint(SOURCE, folder).digest
    names = {path.name for path in folder.iterdir()}
    assert names - digests_and_record() == {path.name for path in fetched_files(hub)}


def fetched_files(hub: StubHub) -> list[Path]:
    """Nothing pickled, nothing from folders below, no read-me."""
    left_out = ("README.md", "pytorch_model.bin")
    return [path for path in hub.folder.iterdir() if path.is_file() and path.name not in left_out]


def digests_and_record() -> set[str]:
    return {RECORD, digests.KEPT}


def test_every_byte_was_read_already_when_the_model_is_opened(
    hub: StubHub, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch(SOURCE, folder)
    monkeypatch.setattr(digests, "file_digest", lambda *_: pytest.fail("read again"))
    assert open_checkpoint(SOURCE, folder).digest


def test_a_second_fetch_asks_for_no_file(hub: StubHub, folder: Path) -> None:
    fetch(SOURCE, folder)
    hub.asked.clear()
    assert fetch(SOURCE, folder).complete
    assert hub.files_asked() == []


def test_a_cut_line_is_taken_up_where_it_was(hub: StubHub, folder: Path) -> None:
    hub.cut, hub.cuts = 200, 3
    assert fetch(SOURCE, folder).complete
    assert [asked for _address, asked in hub.asked if asked]
    assert open_checkpoint(SOURCE, folder).digest


def test_a_server_that_knows_no_ranges_sends_the_file_again(hub: StubHub, folder: Path) -> None:
    hub.cut, hub.cuts, hub.ranges = 200, 2, False
    assert fetch(SOURCE, folder).complete
    assert open_checkpoint(SOURCE, folder).digest


def stop_within(folder: Path, name: str) -> Path:
    """Fetch until some bytes of a file are here, then stop; returns its part."""
    asked: list[bool] = []

    def within() -> bool:
        asked.extend([True] if list(folder.glob(f"{name}.*.part")) else [])
        return len(asked) == 4

    record = fetch(SOURCE, folder, stop=within)
    assert not record.complete
    (part,) = folder.glob(f"{name}.*.part")
    return part


def test_a_stopped_fetch_goes_on_within_the_file(hub: StubHub, folder: Path) -> None:
    part = stop_within(folder, FIRST)
    here = part.stat().st_size
    assert 0 < here < (hub.folder / FIRST).stat().st_size
    with pytest.raises(CheckpointRefusedError):
        open_checkpoint(SOURCE, folder)
    hub.asked.clear()
    assert fetch(SOURCE, folder).complete
    asked = {address.rpartition("/")[2]: wanted for address, wanted in hub.asked}
    assert asked[FIRST] == f"bytes={here}-"
    assert "config.json" not in asked
    assert open_checkpoint(SOURCE, folder).digest


@pytest.mark.parametrize("damage", ["longer", "other"])
def test_a_part_that_went_bad_meanwhile_is_not_trusted(
    hub: StubHub, folder: Path, damage: str
) -> None:
    part = stop_within(folder, FIRST)
    if damage == "longer":
        part.write_bytes(b"x" * 10**5)
    else:
        part.write_bytes(b"x" * part.stat().st_size)
        assert refusal(folder) == f"the checksum of {FIRST} differs from the published one"
    assert fetch(SOURCE, folder).complete
    assert open_checkpoint(SOURCE, folder).digest


@pytest.mark.parametrize("name", [SECOND, "config.json"])
def test_a_wrong_checksum_keeps_nothing_of_the_file(hub: StubHub, folder: Path, name: str) -> None:
    hub.change = name
    assert refusal(folder) == f"the checksum of {name} differs from the published one"
    assert not (folder / name).exists() and not list(folder.glob("*.part"))
    record = read_record(folder)
    assert record is not None and not record.complete
    hub.change = ""
    assert fetch(SOURCE, folder).complete


def test_a_file_that_was_changed_here_is_fetched_again(hub: StubHub, folder: Path) -> None:
    fetch(SOURCE, folder)
    change_json(folder / "config.json", architectures=["Other"])
    hub.asked.clear()
    assert fetch(SOURCE, folder).complete
    assert hub.files_asked() == ["config.json"]


def test_a_file_that_rotted_here_is_mended_by_another_fetch(hub: StubHub, folder: Path) -> None:
    """Its size is right and the record is of the right file: the bytes alone tell."""
    fetch(SOURCE, folder)
    content = (folder / SECOND).read_bytes()
    (folder / SECOND).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(CheckpointRefusedError, match="not the file that was fetched"):
        open_checkpoint(SOURCE, folder)
    hub.asked.clear()
    assert fetch(SOURCE, folder).complete
    assert hub.files_asked() == [SECOND]
    assert (folder / SECOND).read_bytes() == content and open_checkpoint(SOURCE, folder).digest


def test_a_list_of_digests_that_is_gone_costs_reading_and_no_fetching(
    hub: StubHub, folder: Path
) -> None:
    fetch(SOURCE, folder)
    (folder / digests.KEPT).unlink()
    hub.asked.clear()
    assert fetch(SOURCE, folder).complete and hub.files_asked() == []


def test_an_adapter_beside_a_whole_model_is_left_where_it_is(hub: StubHub, folder: Path) -> None:
    write_adapter(hub.folder)
    fetch(SOURCE, folder)
    assert not list(folder.glob("adapter_*")) and open_checkpoint(SOURCE, folder).digest
    fetch(replace(SOURCE, adapter_of="other"), folder)
    assert {path.name for path in folder.glob("adapter_*")} == {
        "adapter_config.json",
        "adapter_model.safetensors",
    }
    # A fetch of the model alone takes away what would change its weights.
    fetch(SOURCE, folder)
    assert not list(folder.glob("adapter_*")) and open_checkpoint(SOURCE, folder).digest


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


# --- trust on first use -------------------------------------------------------------------------

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


# --- the disk -----------------------------------------------------------------------------------


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
