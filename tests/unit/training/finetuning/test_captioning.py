from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.models.torchvision_guard import ensure_torchvision
from tests.tiny_models import checkpoint

ensure_torchvision()
import torch

from core.training.finetuning.captioning import IGNORED, Captioner, load_captioner

KINDS = ("blip", "vit_gpt2", "vit_bert")
CAPTIONS = (
    "The lungs are clear.",
    "There is a small left pleural effusion with adjacent atelectasis.",
)


def rows(captions: tuple[str, ...] = CAPTIONS) -> list[dict[str, Any]]:
    rng = np.random.default_rng(0)
    return [
        {
            "identifier": f"film {place}",
            "caption": caption,
            "image": Image.fromarray(rng.integers(0, 255, (50, 40), np.uint8)),
        }
        for place, caption in enumerate(captions)
    ]


@pytest.fixture(scope="module")
def captioners(tiny_checkpoint: Callable[[str], Path]) -> dict[str, Captioner]:
    return {kind: load_captioner(checkpoint(kind, tiny_checkpoint(kind))) for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_labels_are_exactly_the_captions_and_their_ends(
    captioners: dict[str, Captioner], kind: str
) -> None:
    captioner = captioners[kind]
    batch = captioner.collator(64)(rows())
    tokenizer = captioner.tokenizer
    for caption, labels in zip(CAPTIONS, batch["labels"].tolist(), strict=True):
        counted = [token for token in labels if token != IGNORED]
        expected = tokenizer(caption, add_special_tokens=False)["input_ids"]
        middle = counted[1:-1] if kind == "blip" else counted[:-1]
        assert middle == expected
        assert tokenizer.decode(counted[-1:]) in ("[SEP]", "<|endoftext|>")
    assert batch["pixel_values"].shape[:2] == (2, 3)


@pytest.mark.parametrize("kind", KINDS)
def test_a_few_steps_on_one_batch_lower_the_loss(
    captioners: dict[str, Captioner], kind: str
) -> None:
    captioner = captioners[kind]
    batch = captioner.collator(64)(rows())
    model = captioner.model
    before = {name: each.detach().clone() for name, each in model.state_dict().items()}
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    losses = []
    for _ in range(6):
        loss = model(**batch).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(float(loss.detach()))
    model.load_state_dict(before)
    assert losses[-1] < 0.8 * losses[0]


def test_padding_does_not_change_the_loss_of_a_caption(captioners: dict[str, Captioner]) -> None:
    captioner = captioners["vit_gpt2"]
    captioner.model.eval()
    collate = captioner.collator(64)
    both = rows()
    with torch.no_grad():
        logits = captioner.model(**collate(both)).logits[0]
        alone = captioner.model(**collate(both[:1])).logits[0]
    captioner.model.train()
    torch.testing.assert_close(logits[: len(alone)], alone, atol=1e-4, rtol=1e-4)


def test_a_caption_that_is_too_long_is_cut(captioners: dict[str, Captioner]) -> None:
    long = " ".join(CAPTIONS * 9)
    assert captioners["vit_gpt2"].collator(16)(rows((long,)))["labels"].shape == (1, 16)
    assert captioners["blip"].collator(16)(rows((long,)))["input_ids"].shape == (1, 16)


def test_changed_films_differ_with_their_company_and_come_back_the_same(
    captioners: dict[str, Captioner],
) -> None:
    collate = captioners["vit_gpt2"].collator(64, changes=7)
    both = rows()
    first, again = collate(both)["pixel_values"], collate(both)["pixel_values"]
    plain = captioners["vit_gpt2"].collator(64)(both)["pixel_values"]
    assert torch.equal(first, again)
    assert first.shape == plain.shape
    assert not torch.equal(first[0], collate(both[:1])["pixel_values"][0])
    assert not torch.equal(first, plain)


def test_what_was_trained_is_saved_as_a_checkpoint(
    captioners: dict[str, Captioner], tmp_path: Path
) -> None:
    captioners["vit_bert"].save(tmp_path)
    assert checkpoint("vit_bert", tmp_path).source.kind == "encoder_decoder"
