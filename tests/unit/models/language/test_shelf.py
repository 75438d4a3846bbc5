"""Every model has a state and a reason; what can run is what the files and the memory say."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.domain.errors import ModelUnavailableError
from core.domain.model_errors import CheckpointRefusedError
from core.models.language.precision import Memory, Precision
from core.models.language.record import FetchedFile, Record, write_record
from core.models.language.shelf import FOLDERS, Shelf
from core.models.language.standing import Server, Standing, State
from tests.checkpoints import SHARDS, write_adapter, write_checkpoint

GB = 10**9
LAPTOP = Memory(16 * GB)
REVISION = "895c3a49bc3fa70a340399125c650a463535e71c"
QWEN, LLAMA, LORA, DENSENET = (
    "qwen2-vl-2b",
    "llama-3.2-11b-vision",
    "lora-adapter",
    "torchxrayvision-densenet121",
)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


def standing(models: Path, name: str, memory: Memory = LAPTOP, **asked: object) -> Standing:
    shelf = Shelf(models)
    found = shelf.standing(shelf.source(name), memory, **asked)  # type: ignore[arg-type]
    assert found.state is State.READY or found.sentence or found.state is State.NEEDS_DOWNLOAD
    assert "{" not in found.reason
    return found


def fetched(models: Path, name: str, *, complete: bool = True, revision: str = REVISION) -> Path:
    folder = write_checkpoint(models / name)
    files = {"config.json": FetchedFile((folder / "config.json").stat().st_size, "0" * 64)}
    write_record(folder, Record("Qwen/x", revision, 2 * GB, complete, files))
    return folder


def test_a_fresh_machine_names_every_model_with_its_reason(models: Path) -> None:
    states = {each.source.name: each.state for each in Shelf(models).standings(LAPTOP)}
    assert states == {
        QWEN: State.NEEDS_DOWNLOAD,
        "medgemma-4b": State.NEEDS_DOWNLOAD,
        "llava-1.6-mistral-7b": State.NEEDS_GPU,
        LLAMA: State.NEEDS_GPU,
        "blip-xray-report": State.NEEDS_DOWNLOAD,
        "encoder-decoder": State.UNAVAILABLE,
        LORA: State.UNAVAILABLE,
        "openai-compatible": State.UNAVAILABLE,
        DENSENET: State.UNAVAILABLE,
    }
    assert not models.exists()
    assert standing(models, QWEN).revision == REVISION
    assert "folder" in standing(models, "encoder-decoder").reason
    assert "pickled" in standing(models, DENSENET).reason
    assert "OVERREAD_PRECISION" in standing(models, LLAMA).reason


def test_what_does_not_fit_is_said_before_it_is_fetched(models: Path) -> None:
    assert standing(models, QWEN, Memory(2 * GB)).state is State.NEEDS_MEMORY
    assert standing(models, LLAMA, Memory(64 * GB, 24 * GB)).state is State.NEEDS_DOWNLOAD
    assert standing(models, LLAMA, wanted=Precision.NF4).state is State.NEEDS_DOWNLOAD


def test_a_fetched_model_is_ready_and_keeps_its_revision(models: Path) -> None:
    folder = fetched(models, QWEN)
    found = standing(models, QWEN)
    assert (found.state, found.here, found.folder) == (State.READY, True, folder)
    assert (found.revision, found.digest) == (REVISION, "")
    (folder / "overread-fetched.json").unlink()
    Shelf(models).open(QWEN)
    # Files that a person put there themselves have no revision that could be told.
    assert len(standing(models, QWEN).digest) == 64
    assert standing(models, QWEN).revision == ""


def test_half_a_fetch_says_how_much_is_here(models: Path) -> None:
    folder = fetched(models, QWEN, complete=False)
    (folder / "model-00002-of-00002.safetensors.abc.part").write_bytes(b"x" * 10**6)
    (folder / "model-00002-of-00002.safetensors").unlink()
    found = standing(models, QWEN)
    assert (found.state, found.here) == (State.NEEDS_DOWNLOAD, False)
    assert found.reason == "1 MB of 2.0 GB are here; a fetch goes on from there"
    with pytest.raises(ModelUnavailableError, match="goes on from there"):
        Shelf(models).open(QWEN)


def test_files_of_another_revision_are_not_used(models: Path) -> None:
    fetched(models, QWEN, revision="f" * 40)
    found = standing(models, QWEN)
    assert found.state is State.NEEDS_DOWNLOAD and "another revision" in found.reason
    with pytest.raises(ModelUnavailableError, match="another revision"):
        Shelf(models).open(QWEN)


def test_a_damaged_model_says_which_file(models: Path) -> None:
    folder = fetched(models, QWEN)
    second = list(SHARDS)[1]
    os.truncate(folder / second, 100)
    found = standing(models, QWEN)
    assert found.state is State.UNAVAILABLE and second in found.reason


def test_a_folder_that_is_named_goes_first(models: Path, tmp_path: Path) -> None:
    mine = write_checkpoint(tmp_path / "mine")
    Shelf(models).name_folder(QWEN, mine)
    found = standing(models, QWEN)
    assert (found.state, found.folder, found.revision) == (State.READY, mine, "")
    assert Shelf(models).open(QWEN).folder == mine
    Shelf(models).name_folder(QWEN, None)
    assert standing(models, QWEN).state is State.NEEDS_DOWNLOAD


def test_a_named_folder_that_is_wrong_is_not_replaced_in_silence(
    models: Path, tmp_path: Path
) -> None:
    Shelf(models).name_folder(QWEN, tmp_path / "absent")
    found = standing(models, QWEN)
    assert (found.state, found.reason) == (State.UNAVAILABLE, "the folder is not there")
    with pytest.raises(CheckpointRefusedError, match="not there"):
        Shelf(models).open(QWEN)


@pytest.mark.parametrize("content", ["{", "[]", '{"qwen2-vl-2b": 3}'])
def test_a_damaged_list_of_folders_is_none(models: Path, content: str) -> None:
    models.mkdir()
    (models / FOLDERS).write_text(content)
    assert standing(models, QWEN).state is State.NEEDS_DOWNLOAD


@pytest.mark.parametrize("content", ["{", "[]", '{"qwen2-vl-2b": 3}', " " * 1_000_001])
def test_a_damaged_list_of_folders_is_said_and_not_written_over(
    models: Path, tmp_path: Path, content: str
) -> None:
    models.mkdir()
    (models / FOLDERS).write_text(content)
    assert Shelf(models).problems == (f"{FOLDERS} cannot be read",)
    for folder in (write_checkpoint(tmp_path / "mine"), None):
        with pytest.raises(ModelUnavailableError, match=f"{FOLDERS} cannot be read: mend it"):
            Shelf(models).name_folder(QWEN, folder)
    assert (models / FOLDERS).read_text() == content


def test_an_adapter_waits_for_the_whole_of_its_base(models: Path, tmp_path: Path) -> None:
    fetched(models, QWEN, complete=False)
    Shelf(models).name_folder(LORA, write_adapter(tmp_path / "adapter"), base=QWEN)
    found = standing(models, LORA)
    assert (found.state, found.here) == (State.UNAVAILABLE, False)
    assert found.reason == f"the model that it sits on, {QWEN}, is not here"
    fetched(models, QWEN)
    assert standing(models, LORA).state is State.READY


def test_any_encoder_decoder_is_a_folder(models: Path, tmp_path: Path) -> None:
    mine = write_checkpoint(tmp_path / "mine", "VisionEncoderDecoderModel")
    Shelf(models).name_folder("encoder-decoder", mine)
    assert standing(models, "encoder-decoder").state is State.READY


def test_an_adapter_sits_on_the_model_that_was_chosen_with_it(models: Path, tmp_path: Path) -> None:
    adapter = write_adapter(tmp_path / "adapter")
    assert standing(models, LORA).state is State.UNAVAILABLE
    Shelf(models).name_folder(LORA, adapter, base=QWEN)
    absent = standing(models, LORA)
    assert absent.reason == f"the model that it sits on, {QWEN}, is not here"

    base = write_checkpoint(models / QWEN)
    assert standing(models, LORA).state is State.READY
    opened = Shelf(models).open(LORA)
    assert (opened.folder, opened.adapter) == (base, adapter)
    assert (opened.source.name, opened.source.adapter_of) == (LORA, QWEN)


@pytest.mark.parametrize("base", ["gpt-17", LORA, "openai-compatible"])
def test_an_adapter_on_what_is_no_base_says_so(models: Path, tmp_path: Path, base: str) -> None:
    Shelf(models).name_folder(LORA, write_adapter(tmp_path / "adapter"), base=base)
    assert f"no model {base} that it could sit on" in standing(models, LORA).reason


def test_an_entry_of_the_user_can_name_its_folder(models: Path) -> None:
    models.mkdir()
    (models / "ours.toml").write_text(
        '[[model]]\nname = "ours"\ntitle = "Ours"\nkind = "chat"\nfolder = "weights/ours"\n'
        '[[model]]\nname = "ours-tuned"\ntitle = "Tuned"\nkind = "chat"\nadapter_of = "ours"\n'
        'folder = "weights/tuned"\n'
    )
    write_checkpoint(models / "weights" / "ours")
    write_adapter(models / "weights" / "tuned", "ours")
    assert standing(models, "ours").state is State.READY
    assert standing(models, "ours-tuned").state is State.READY
    assert Shelf(models).open("ours-tuned").adapter == models / "weights" / "tuned"


def test_a_server_is_what_the_settings_say(models: Path) -> None:
    name = "openai-compatible"
    assert standing(models, name, server=Server(named=True)).state is State.READY
    assert "OFF" in standing(models, name, server=Server(named=True, off=True)).reason
    assert "URL" in standing(models, name).reason
    with pytest.raises(ModelUnavailableError, match="does not run on this machine"):
        Shelf(models).open(name)


def test_an_unknown_name_is_one_sentence(models: Path, tmp_path: Path) -> None:
    for act in (Shelf(models).open, lambda name: Shelf(models).name_folder(name, tmp_path)):
        with pytest.raises(ModelUnavailableError, match="no model of this name"):
            act("gpt-17")


def test_a_classifier_is_a_folder_that_was_converted(models: Path, tmp_path: Path) -> None:
    folder = write_checkpoint(tmp_path / "converted", "DenseNet")
    Shelf(models).name_folder(DENSENET, folder)
    found = standing(models, DENSENET, Memory(0))
    assert (found.state, found.choice) == (State.READY, None)
