"""A model is fetched whole and right or not at all, from a stub of the hub."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.domain.model_errors import CheckpointRefusedError
from core.models.language import digests
from core.models.language.checkpoint import open_checkpoint
from core.models.language.download import fetch
from core.models.language.record import RECORD, read_record
from tests.checkpoints import change_json, write_adapter
from tests.integration import downloading
from tests.integration.downloading import FIRST, SECOND, SOURCE, refusal
from tests.stub_hub import REVISION, StubHub

hub = downloading.hub
folder = downloading.folder


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
