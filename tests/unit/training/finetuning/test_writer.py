"""A small writer is a checkpoint like any other, and sees what the embedded network sees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.domain.training_errors import RecipeError
from core.models.torchvision_guard import ensure_torchvision

ensure_torchvision()
import torch
from transformers import AutoConfig, AutoImageProcessor

from core.explain.patches import ENCODERS, PatchGrid, encoder_keys
from core.models import registry
from core.models.drafter import Prompt, Sampling, Speaker, Turn
from core.models.embedded import load_network
from core.models.language.catalogue import LanguageSource
from core.models.language.checkpoint import examine
from core.models.language.loading import load_drafter
from core.models.language.precision import Precision
from core.models.measured import WEIGHTS
from core.training.finetuning.writer import (
    WriterShape,
    make_model,
    make_tokenizer,
    save_writer,
)
from core.training.finetuning.writer_start import start_trunk

CAPTIONS = ("There is a left mass. No pneumothorax.", "தமிழ் 7 mm, 3 × 4")
SMALL = WriterShape(size=64, widths=(16, 16, 16), blocks=(1, 1, 1), hidden=32, decoder_layers=1)
SOURCE = LanguageSource(name="writer", title="Writer", kind="encoder_decoder")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_writer(tmp_path_factory.mktemp("writer"), CAPTIONS, SMALL, 1, taught=False)


def test_the_folder_opens_and_writes_as_any_checkpoint(folder: Path) -> None:
    checkpoint = replace(examine(SOURCE, folder), digest="0" * 64)
    drafter = load_drafter(checkpoint, Precision.FP32)
    film = np.random.default_rng(0).random((90, 70), np.float32)
    prompt = Prompt((Turn(Speaker.READER, ""),))
    pieces: list[str] = []
    written = drafter.write(
        film, prompt, Sampling(max_new_tokens=6), pieces.append, lambda: False
    )  # fmt: skip
    assert not drafter.converses
    assert "".join(pieces) == written.text


def test_its_tokens_are_places_of_the_film(folder: Path) -> None:
    config = AutoConfig.from_pretrained(folder).encoder
    keys = encoder_keys(config, AutoImageProcessor.from_pretrained(folder), (90, 70))
    assert config.model_type in ENCODERS
    assert keys is not None and keys.cross
    assert (keys.grid, len(keys.places)) == (PatchGrid(4, 4), 16)


@pytest.mark.parametrize("text", [*CAPTIONS, "Ωμέγα \n\t end", "There is bilateral fibrosis."])
def test_every_text_comes_back_from_its_tokens(text: str) -> None:
    tokenizer = make_tokenizer(CAPTIONS, WriterShape())
    tokens = tokenizer(text, add_special_tokens=False)["input_ids"]
    assert tokenizer.decode(tokens, clean_up_tokenization_spaces=False) == text
    assert tokenizer.unk_token_id is None


def test_the_same_seed_makes_the_same_weights(tmp_path: Path, folder: Path) -> None:
    again = save_writer(tmp_path, CAPTIONS, SMALL, 1, taught=False)
    other = save_writer(tmp_path / "other", CAPTIONS, SMALL, 2, taught=False)
    weights = "model.safetensors"
    assert (again / weights).read_bytes() == (folder / weights).read_bytes()
    assert (other / weights).read_bytes() != (folder / weights).read_bytes()


def test_the_whole_writer_stays_within_thirty_megabytes() -> None:
    shape = WriterShape()
    model = make_model(make_tokenizer(CAPTIONS, shape), shape)
    # Tied weights are counted once, as they are saved once.
    numbers = {each.data_ptr(): each.numel() for each in model.parameters()}
    assert 4 * sum(numbers.values()) < 30e6


@pytest.mark.parametrize("wrong", [{"size": 100}, {"size": 16}, {"hidden": 30}])
def test_sizes_that_do_not_fit_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(RecipeError):
        WriterShape(**wrong)


# --- a start from the embedded network ----------------------------------------------------------


@pytest.fixture(scope="module")
def taught() -> Callable[[], Any]:
    shape = WriterShape(decoder_layers=1, encoder_layers=1)
    model = make_model(make_tokenizer(CAPTIONS, shape), shape).eval()
    backbone = model.encoder.embeddings.backbone
    start_trunk(backbone, shape.widths, shape.blocks)
    return lambda: backbone


def test_the_stages_see_what_the_embedded_network_sees(taught: Callable[[], Any]) -> None:
    trunk: Any = load_network(registry.EMBEDDED_FOLDER / WEIGHTS, "embedded").eval().trunks[0]
    seen = torch.rand(1, 48, 24, 24, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = trunk.coarse(trunk.middle(trunk.fine(seen)))
        for stage in taught().encoder.stages:
            seen = stage(seen)
    torch.testing.assert_close(seen, expected)


def test_the_stem_gathers_what_it_took_apart(taught: Callable[[], Any]) -> None:
    trunk: Any = load_network(registry.EMBEDDED_FOLDER / WEIGHTS, "embedded").eval().trunks[0]
    film = torch.rand(1, 1, 64, 64, generator=torch.Generator().manual_seed(0)) * 4 - 2
    with torch.no_grad():
        expected = trunk.stem[:3](film)
        seen = taught().embedder.embedder[:2](film.expand(-1, 3, -1, -1))
    inner = slice(2, -2)  # what lies beyond the film is black here and nothing there
    torch.testing.assert_close(
        seen[:, :, inner, inner], expected[:, :, inner, inner], atol=1e-4, rtol=1e-4
    )


def test_another_trunk_cannot_start_from_it(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="another shape"):
        save_writer(tmp_path, CAPTIONS, SMALL, 1, taught=True)
