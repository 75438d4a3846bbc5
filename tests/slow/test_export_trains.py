"""What is exported is trained on by trl itself, for a step or two on a tiny model."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.domain.reader import Reader
from core.domain.report import Sections
from core.models.torchvision_guard import ensure_torchvision
from core.training.corpus.sources.ledger import IMAGES
from dashboard.services import export_signed as exports
from dashboard.services.consent import give_consent
from dashboard.services.export_signed import export_signed
from dashboard.workspace import Workspace
from tests.factories import film_pixels
from tests.integration.conftest import draft_next, take_in
from tests.integration.test_report_life_cycle import write_and_sign

ensure_torchvision()
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

STEPS = 2
CORRECTED = Sections(
    findings="There is a small left pleural effusion.", impression="Small left pleural effusion."
)


@pytest.fixture
def export(place: Workspace, reader: Reader, tmp_path: Path) -> Path:
    """Three studies whose drafts were corrected."""
    for seed in range(3):
        pixels = film_pixels(220, 200 + 10 * seed, seed)
        study = take_in(place, reader, pixels=pixels, PatientID=f"P{seed}").study_id
        draft_next(place)
        write_and_sign(place, study, reader, CORRECTED)
        give_consent(place, [study], reader=reader)
    assert export_signed(place, tmp_path / "signed").preferences == 3
    return tmp_path / "signed"


def rows(folder: Path, name: str, *columns: str) -> Any:
    """The lines as `datasets` reads them, of their columns those that trl names, with films."""
    from datasets import Image, List, load_dataset

    read = load_dataset(
        "json", data_files=str(folder / name), split="train", cache_dir=str(folder / "cache")
    ).select_columns(["images", *columns])
    assert all(each.startswith(f"{IMAGES}/") for line in read["images"] for each in line)
    here = read.map(lambda row: {"images": [str(folder / each) for each in row["images"]]})
    return here.cast_column("images", List(Image()))


def adapted(checkpoint: Path) -> tuple[Any, Any]:
    """A tiny model that converses, with an adapter that changes nothing yet, and its processor."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForImageTextToText, AutoProcessor

    model = AutoModelForImageTextToText.from_pretrained(checkpoint, local_files_only=True)
    lora = LoraConfig(r=4, lora_alpha=8, target_modules=r".*language_model.*(q|v|down)_proj")
    return get_peft_model(model, lora), AutoProcessor.from_pretrained(checkpoint)


def arguments(folder: Path) -> dict[str, Any]:
    return {
        "output_dir": str(folder / "trained"),
        "max_steps": STEPS,
        "per_device_train_batch_size": 2,
        "learning_rate": 0.01,
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": [],
        "use_cpu": True,
        "max_length": None,
        "gradient_checkpointing": False,
        "bf16": False,
    }


def trained(trainer: Any) -> list[float]:
    """The losses, once it is sure that the adapter has moved."""
    before = {
        name: parameter.detach().clone()
        for name, parameter in trainer.model.named_parameters()
        if parameter.requires_grad
    }
    trainer.train()
    now = dict(trainer.model.named_parameters())
    assert before and any(not each.equal(now[name]) for name, each in before.items())
    return [line["loss"] for line in trainer.state.log_history if "loss" in line]


def test_chats_are_trained_on(
    export: Path, tiny_checkpoint: Callable[[str], Path], tmp_path: Path
) -> None:
    from trl import SFTConfig, SFTTrainer

    model, processor = adapted(tiny_checkpoint("qwen2_vl"))
    trainer = SFTTrainer(
        model,
        SFTConfig(**arguments(tmp_path)),
        train_dataset=rows(export, exports.CHAT, "messages"),
        processing_class=processor,
    )
    losses = trained(trainer)
    assert len(losses) == STEPS and all(map(math.isfinite, losses))


def test_preferences_are_trained_on(
    export: Path, tiny_checkpoint: Callable[[str], Path], tmp_path: Path
) -> None:
    from trl import DPOConfig, DPOTrainer

    model, processor = adapted(tiny_checkpoint("qwen2_vl"))
    trainer = DPOTrainer(
        model,
        args=DPOConfig(**arguments(tmp_path)),
        train_dataset=rows(export, exports.PREFERENCES, "prompt", "chosen", "rejected"),
        processing_class=processor,
    )
    losses = trained(trainer)
    assert len(losses) == STEPS
    # An adapter that changes nothing yet prefers neither: the loss is that of a coin.
    assert losses[0] == pytest.approx(math.log(2), abs=1e-3)
