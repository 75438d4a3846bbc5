"""What is tried on a finished adapter finds an adapter file of which nothing is taken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.models.language.checkpoint import ADAPTER_WEIGHTS
from core.models.torchvision_guard import ensure_torchvision
from core.training.finetuning.recipe import RECIPES
from tests import tiny_models
from tests.small_corpus import small_corpus

ensure_torchvision()

SMALL = RECIPES["small"]


@pytest.fixture(scope="module")
def trained(
    tiny_checkpoint: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Any:
    """A base, the folder of an adapter that changes something, and what it gave in memory."""
    from core.training.corpus.folder import TRAIN
    from core.training.finetuning.backends.peft import with_adapter
    from core.training.finetuning.base import load_base
    from core.training.finetuning.checks import look
    from core.training.finetuning.collator import ChatCollator

    base = tiny_models.checkpoint("qwen2_vl", tiny_checkpoint("qwen2_vl"))
    place = tmp_path_factory.mktemp("checks")
    loaded, processor = load_base(base, SMALL)
    model = with_adapter(loaded, SMALL)
    with torch.no_grad():
        for name, value in model.named_parameters():
            if "lora_B" in name:
                value.normal_(0, 0.05)
    row = small_corpus(place / "corpus", 2).split(TRAIN)[0]
    batch = ChatCollator(processor, SMALL.max_length, SMALL.picture_side)([row])
    model.save_pretrained(str(place / "adapter"), save_embedding_layers=False)
    return base, place / "adapter", look(model, batch)


def tried(trained: Any, exact: bool) -> dict[str, dict[str, Any]]:
    from core.training.finetuning.checks import check

    base, adapter, reference = trained
    return check(base, adapter, SMALL, reference, exact)


@pytest.mark.parametrize("exact", [True, False])
def test_what_was_saved_whole_passes(trained: Any, exact: bool) -> None:
    found = tried(trained, exact)
    assert all(entry["passed"] for entry in found.values()), found
    assert found["reload_exact"]["difference"] == 0.0 and found["reload_exact"]["same_numbers"]
    assert (found["reload_exact"]["tolerance"] == 0.0) is exact


def test_within_rounding_is_nearer_to_the_trained_adapter_than_to_none() -> None:
    from core.training.finetuning.checks import Reference, _rounding

    plain = torch.full((1, 1, 2), 100.0)
    reference = Reference({}, plain + 0.5, plain, {})
    assert _rounding(torch.bfloat16, plain, reference) == 0.25
    assert _rounding(torch.float32, plain, reference) == pytest.approx(0.01)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("exact", [True, False])
def test_a_file_whose_names_match_nothing_fails(trained: Any, exact: bool, tmp_path: Path) -> None:
    base, adapter, reference = trained
    renamed = tmp_path / "adapter"
    renamed.mkdir()
    for path in adapter.iterdir():
        (renamed / path.name).write_bytes(path.read_bytes())
    numbers = load_file(adapter / ADAPTER_WEIGHTS)
    wrong = {name.replace(".layers.", ".blocks."): value for name, value in numbers.items()}
    save_file(wrong, renamed / ADAPTER_WEIGHTS)
    found = tried((base, renamed, reference), exact)
    assert not found["changes_output"]["passed"] and found["changes_output"]["difference"] == 0.0
    assert not found["reload_exact"]["passed"] and not found["reload_exact"]["same_numbers"]


def test_one_bit_of_the_file_is_seen(trained: Any, tmp_path: Path) -> None:
    from core.training.finetuning.checks import same_numbers

    numbers = load_file(trained[1] / ADAPTER_WEIGHTS)
    assert same_numbers(numbers, trained[2].held)
    name = next(iter(numbers))
    numbers[name] = torch.nextafter(numbers[name], torch.tensor(1.0))
    assert not same_numbers(numbers, trained[2].held)
