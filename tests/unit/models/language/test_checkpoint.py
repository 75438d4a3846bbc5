"""A folder is refused in one sentence before anything of it is loaded."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from core.domain.model_errors import CheckpointRefusedError
from core.models.language import digests
from core.models.language.catalogue import LanguageSource, source_of
from core.models.language.checkpoint import adapter_base, examine, open_checkpoint
from core.models.language.digests import KEPT, known_digest
from core.models.language.record import FetchedFile, Record, write_record
from tests.checkpoints import INDEX, SHARDS, change_json, write_adapter, write_checkpoint

QWEN = source_of("qwen2-vl-2b")
LORA = replace(source_of("lora-adapter"), adapter_of="qwen2-vl-2b")
FIRST, SECOND = SHARDS
Change = Callable[[Path], object]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_checkpoint(tmp_path / "model")


def refusal(source: LanguageSource, folder: Path) -> str:
    with pytest.raises(CheckpointRefusedError) as refused:
        open_checkpoint(source, folder)
    facts = refused.value.facts
    assert facts["template"].format(**facts["named"]) == facts["reason"]
    return str(facts["reason"])


def test_a_whole_folder_opens_and_says_what_its_files_hold(folder: Path) -> None:
    found = open_checkpoint(QWEN, folder)
    assert (found.folder, found.adapter, len(found.digest)) == (folder, None, 64)
    assert found.bytes == sum((folder / name).stat().st_size for name in SHARDS)
    assert found.source.parameters == 32 * 8 + 16 * 8 + 32 * 8
    assert found.source.kept_parameters == 2 * 32 * 8
    assert found.source.stored == "fp32"
    assert found.source.name == QWEN.name


def test_one_file_without_an_index_is_a_model_too(folder: Path) -> None:
    (folder / INDEX).unlink()
    (folder / FIRST).rename(folder / "model.safetensors")
    (folder / SECOND).unlink()
    assert open_checkpoint(QWEN, folder).bytes == (folder / "model.safetensors").stat().st_size


@pytest.mark.parametrize("name", [FIRST, SECOND])
@pytest.mark.parametrize("left", [0, 5, 8, 40, -1])
def test_a_shard_that_was_cut_short_is_told_without_loading_it(
    folder: Path, name: str, left: int
) -> None:
    size = (folder / name).stat().st_size
    os.truncate(folder / name, left if left >= 0 else size + left)
    assert name in refusal(QWEN, folder)


def test_a_shard_with_more_than_it_says_is_refused(folder: Path) -> None:
    with (folder / SECOND).open("ab") as file:
        file.write(b"more")
    assert refusal(QWEN, folder) == f"{SECOND} is cut short or holds more than it says"


def header(folder: Path, **changes: object) -> None:
    """Write another header before the numbers of the second shard."""
    content = (folder / SECOND).read_bytes()
    length = int.from_bytes(content[:8], "little")
    document = json.loads(content[8 : 8 + length])
    document["lm_head.weight"] |= changes
    written = json.dumps(document).encode()
    numbers = content[8 + length :]
    (folder / SECOND).write_bytes(len(written).to_bytes(8, "little") + written + numbers)


@pytest.mark.parametrize(
    "change",
    [
        {"shape": [32, 9]},
        {"data_offsets": [4, 1028]},
        {"data_offsets": [1024, 0]},
        {"data_offsets": "all"},
        {"shape": None},
    ],
)
def test_a_header_that_contradicts_itself_is_refused(
    folder: Path, change: dict[str, object]
) -> None:
    header(folder, **change)
    assert SECOND in refusal(QWEN, folder)


def test_a_header_of_many_gigabytes_is_not_read(folder: Path) -> None:
    content = (folder / SECOND).read_bytes()
    (folder / SECOND).write_bytes((2**40).to_bytes(8, "little") + content[8:])
    assert refusal(QWEN, folder) == f"{SECOND} is cut short or is no safetensors file"


def only_pickled(folder: Path) -> None:
    for name in (*SHARDS, INDEX):
        (folder / name).unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps({"weights": [1.0]}))


def drop(name: str) -> Change:
    return lambda folder: (folder / name).unlink()


def set_in(name: str, **changes: object) -> Change:
    return lambda folder: change_json(folder / name, **changes)


def put(name: str) -> Change:
    return lambda folder: (folder / name).write_bytes(b"{}")


REFUSED: list[tuple[Change, str]] = [
    (put("adapter_config.json"), "adapter_config.json would load other weights"),
    (put("adapter_model.bin"), "adapter_model.bin would load other weights"),
    (put("Adapter_Model.safetensors"), "Adapter_Model.safetensors would load other weights"),
    (put("model.safetensors"), f"model.safetensors and {INDEX} are both there"),
    (only_pickled, "its weights are pickled (pytorch_model.bin), and only safetensors"),
    (drop("config.json"), "config.json is missing"),
    (drop(SECOND), f"{SECOND} is missing"),
    (drop(INDEX), "model.safetensors is missing"),
    (drop("tokenizer.json"), "its tokenizer is missing"),
    (drop("tokenizer_config.json"), "its chat template is missing"),
    (drop("preprocessor_config.json"), "preprocessor_config.json is missing"),
    (lambda folder: (folder / "config.json").write_text("{"), "config.json cannot be read"),
    (lambda folder: (folder / "config.json").write_text("[" * 10**5), "config.json cannot be read"),
    (set_in("config.json", architectures=["LlamaForCausalLM"]), "LlamaForCausalLM is not what"),
    (set_in("config.json", architectures=None), "is not what this entry serves"),
    (set_in("config.json", auto_map={"AutoModel": "evil.Model"}), "config.json asks for code"),
    (set_in("tokenizer_config.json", auto_map={}), "tokenizer_config.json asks for code"),
    (set_in("preprocessor_config.json", auto_map={}), "preprocessor_config.json asks for code"),
    (set_in("config.json", quantization_config={"quant_method": "gptq"}), "quantized in a way"),
    (set_in(INDEX, weight_map={}), f"{INDEX} cannot be read"),
    (set_in(INDEX, weight_map={"a": "../../secret.safetensors"}), "no part of a model"),
    (set_in(INDEX, weight_map={"absent.weight": SECOND}), f"{SECOND} lacks weights"),
]


@pytest.mark.parametrize(("change", "said"), REFUSED, ids=[said for _change, said in REFUSED])
def test_a_folder_that_cannot_be_used_says_why(folder: Path, change: Change, said: str) -> None:
    change(folder)
    assert said in refusal(QWEN, folder)


def test_a_folder_that_is_not_there_says_so(tmp_path: Path) -> None:
    assert refusal(QWEN, tmp_path / "absent") == "the folder is not there"


def test_pickled_weights_beside_safetensors_are_left_alone(folder: Path) -> None:
    (folder / "pytorch_model.bin").write_bytes(b"never opened")
    assert open_checkpoint(QWEN, folder).digest


def test_an_entry_can_name_an_architecture_of_its_own(tmp_path: Path) -> None:
    folder = write_checkpoint(tmp_path / "new", "Qwen9VLForConditionalGeneration")
    own = replace(QWEN, architectures=("Qwen9VLForConditionalGeneration",))
    assert examine(own, folder).digest == ""
    assert "Qwen9VL" in refusal(QWEN, folder)


def test_four_bit_files_are_told_by_their_config(tmp_path: Path) -> None:
    quantized = {"load_in_4bit": True, "bnb_4bit_quant_type": "nf4"}
    folder = write_checkpoint(tmp_path / "nf4", quantization_config=quantized)
    found = examine(QWEN, folder).source
    assert (found.stored, found.parameters) == ("nf4", QWEN.parameters)


# --- adapters -----------------------------------------------------------------------------------


def test_an_adapter_sits_on_its_base(folder: Path, tmp_path: Path) -> None:
    adapter = write_adapter(tmp_path / "adapter", "Qwen/Qwen2-VL-2B-Instruct")
    base = open_checkpoint(QWEN, folder)
    found = open_checkpoint(LORA, adapter, base)
    assert (found.folder, found.adapter) == (folder, adapter)
    assert (found.source.name, found.source.kind) == ("lora-adapter", "chat")
    assert found.source.adapter_of == "qwen2-vl-2b"
    assert found.digest not in (base.digest, "")
    # The digest follows the base as well.
    assert open_checkpoint(LORA, adapter, examine(QWEN, folder)).digest == found.digest
    change_json(folder / "generation_config.json", top_k=1)
    assert open_checkpoint(LORA, adapter, examine(QWEN, folder)).digest != found.digest
    assert adapter_base(adapter) == "Qwen/Qwen2-VL-2B-Instruct"
    assert adapter_base(folder) == ""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (set_in("adapter_config.json", peft_type="PREFIX"), "not a LoRA adapter"),
        (
            set_in("adapter_config.json", base_model_name_or_path=None),
            "model it was made for",
        ),
        (set_in("adapter_config.json", auto_map={"x": "y"}), "asks for code"),
        (drop("adapter_config.json"), "adapter_config.json is missing"),
        (drop("adapter_model.safetensors"), "adapter_model.safetensors is missing"),
        (lambda adapter: os.truncate(adapter / "adapter_model.safetensors", 60), "cut short"),
    ],
)
def test_a_faulty_adapter_says_why(folder: Path, tmp_path: Path, change: Change, said: str) -> None:
    adapter = write_adapter(tmp_path / "adapter", "qwen2-vl-2b")
    change(adapter)
    with pytest.raises(CheckpointRefusedError, match=said):
        open_checkpoint(LORA, adapter, examine(QWEN, folder))


@pytest.mark.parametrize("kind", ["blip", "encoder_decoder", "classifier"])
def test_no_kind_of_model_takes_an_adapter_that_nobody_asked_for(tmp_path: Path, kind: str) -> None:
    folder = write_checkpoint(tmp_path / "model", "Ours")
    own = LanguageSource("ours", "Ours", kind, architectures=("Ours",))  # type: ignore[arg-type]
    assert examine(own, folder).bytes
    write_adapter(folder)
    assert "would load other weights" in refusal(own, folder)


@pytest.mark.parametrize("base", ["somebody/a-model", "Other/Qwen2-VL-2B-Instruct", "model/x"])
def test_an_adapter_of_another_model_is_refused(folder: Path, tmp_path: Path, base: str) -> None:
    adapter = write_adapter(tmp_path / "adapter", base)
    with pytest.raises(CheckpointRefusedError, match=f"made for {base}, not for qwen2-vl-2b"):
        open_checkpoint(LORA, adapter, examine(QWEN, folder))
    # Where the base is chosen with the folder, a person has said that it fits.
    chosen = source_of("lora-adapter")
    assert open_checkpoint(chosen, adapter, examine(QWEN, folder)).adapter == adapter


@pytest.mark.parametrize("base", ["qwen/qwen2-vl-2b-instruct", "qwen2-vl-2b", "/elsewhere/model"])
def test_an_adapter_names_its_base_in_one_of_three_ways(
    folder: Path, tmp_path: Path, base: str
) -> None:
    adapter = write_adapter(tmp_path / "adapter", base)
    assert open_checkpoint(LORA, adapter, examine(QWEN, folder)).adapter == adapter


def test_an_adapter_without_a_base_says_so(tmp_path: Path) -> None:
    assert "not named" in refusal(LORA, write_adapter(tmp_path / "adapter"))


# --- digests ------------------------------------------------------------------------------------


def test_the_digest_is_read_once_and_follows_every_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[int, int]] = []
    assert known_digest(folder) == ""
    first = open_checkpoint(QWEN, folder, on_digest=lambda *done: told.append(done)).digest
    assert told[-1][0] == told[-1][1] > 0
    assert known_digest(folder) == first

    monkeypatch.setattr(digests, "file_digest", lambda *_: pytest.fail("read again"))
    assert open_checkpoint(QWEN, folder).digest == first
    monkeypatch.undo()

    change_json(folder / "tokenizer_config.json", padding=True)
    assert known_digest(folder) == ""
    second = open_checkpoint(QWEN, folder).digest
    assert second != first
    # A file that is no part of a model changes nothing.
    (folder / "README.md").write_text("read me")
    assert open_checkpoint(QWEN, folder).digest == second


def test_a_copy_of_the_model_has_the_same_digest(folder: Path, tmp_path: Path) -> None:
    first = open_checkpoint(QWEN, folder).digest
    assert open_checkpoint(QWEN, write_checkpoint(tmp_path / "copy")).digest == first


@pytest.mark.parametrize("content", ["{", "[]", '{"config.json": 3}', '{"a": [1, 2, "x"]}'])
def test_a_damaged_list_of_digests_is_made_again(folder: Path, content: str) -> None:
    first = open_checkpoint(QWEN, folder).digest
    (folder / KEPT).write_text(content)
    assert open_checkpoint(QWEN, folder).digest == first


def test_a_file_that_is_not_the_one_that_was_fetched_is_refused(folder: Path) -> None:
    files = {SECOND: FetchedFile(4, "0" * 64)}
    write_record(folder, Record("Qwen/x", "a" * 40, 4, True, files))
    assert refusal(QWEN, folder) == f"{SECOND} is not the file that was fetched"
