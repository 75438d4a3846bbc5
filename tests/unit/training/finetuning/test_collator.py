"""Which tokens of a sample count: exactly the answer with its end mark, or the whole text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.domain.training_errors import RecipeError
from core.models.torchvision_guard import ensure_torchvision
from tests.tiny_models import CHAT, build

ensure_torchvision()

ANSWERS = (
    "The lungs are clear.",
    "There is a small left pleural effusion with adjacent atelectasis. The heart is enlarged.",
)
ENDS = {
    "mllama": "<|eot_id|>",
    "llava_next": "</s>",
    "qwen2_vl": "<|im_end|>",
    "qwen2_5_vl": "<|im_end|>",
    "gemma3": "<end_of_turn>",
}
QUESTION = "Describe the chest radiograph."


def row(wide: int, tall: int, answer: str) -> dict[str, Any]:
    levels = np.random.default_rng(0).integers(0, 255, (tall, wide), np.uint8)
    asked = [{"type": "image", "text": None}, {"type": "text", "text": QUESTION}]
    return {
        "image": Image.fromarray(levels),
        "messages": [
            {"role": "user", "content": asked},
            {"role": "assistant", "content": [{"type": "text", "text": answer}]},
        ],
    }


ROWS = [row(120, 90, ANSWERS[0]), row(70, 160, ANSWERS[1])]


@pytest.fixture(scope="module")
def tiny() -> Callable[[str], Any]:
    made: dict[str, Any] = {}

    def model_and_processor(kind: str) -> Any:
        if kind not in made:
            model, (processor,) = build(kind)
            made[kind] = model, processor
        return made[kind]

    return model_and_processor


def collator(processor: Any, **changed: Any) -> Any:
    from core.training.finetuning.collator import ChatCollator

    return ChatCollator(processor, **{"max_length": 2048, "picture_side": 1120, **changed})


def counted(batch: Any, processor: Any) -> list[str]:
    return [processor.tokenizer.decode(line[line != -100]) for line in batch["labels"]]


@pytest.mark.parametrize("kind", CHAT)
def test_the_answer_alone_counts(kind: str, tiny: Callable[[str], Any]) -> None:
    model, processor = tiny(kind)
    batch = collator(processor)(ROWS)
    assert counted(batch, processor) == [answer + ENDS[kind] for answer in ANSWERS]
    assert batch["labels"].shape == batch["input_ids"].shape == batch["attention_mask"].shape
    assert (batch["labels"][batch["attention_mask"] == 0] == -100).all()
    assert bool(model(**batch).loss.isfinite())


@pytest.mark.parametrize("kind", CHAT)
def test_a_sample_is_the_same_alone_and_in_a_batch(kind: str, tiny: Callable[[str], Any]) -> None:
    import torch

    model, processor = tiny(kind)
    both = collator(processor)(ROWS)
    for place, each in enumerate(ROWS):
        alone = collator(processor)([each])
        count = alone["input_ids"].shape[1]
        assert both["input_ids"][place, :count].tolist() == alone["input_ids"][0].tolist()
        with torch.no_grad():
            apart = model(**alone).logits[0]
            beside = model(**both).logits[place, :count]
        assert torch.allclose(apart, beside, atol=1e-4)


@pytest.mark.parametrize("kind", CHAT)
def test_the_whole_text_counts_without_the_film(kind: str, tiny: Callable[[str], Any]) -> None:
    from core.training.finetuning.collator import mark_tokens

    _model, processor = tiny(kind)
    batch = collator(processor, whole_text=True)(ROWS)
    for text, answer in zip(counted(batch, processor), ANSWERS, strict=True):
        assert QUESTION in text and text.endswith(answer + ENDS[kind])
    kept = set(batch["labels"].flatten().tolist())
    assert mark_tokens(processor) and not kept & mark_tokens(processor)


def test_the_prompt_is_the_one_that_a_draft_fills(tiny: Callable[[str], Any]) -> None:
    from core.models.language.chat import ChatDrafter

    _model, processor = tiny("qwen2_vl")
    made = collator(processor)
    turns = made.turns(ROWS[0])
    asked = ChatDrafter._filled(made, turns.asked)["input_ids"][0].tolist()
    labels = made([ROWS[0]])["labels"][0]
    ids = made([ROWS[0]])["input_ids"][0]
    assert ids[labels == -100].tolist() == asked


def test_an_answer_that_is_too_long_is_cut_and_a_film_is_refused(
    tiny: Callable[[str], Any],
) -> None:
    _model, processor = tiny("qwen2_vl")
    prompt = int((collator(processor)([ROWS[1]])["labels"][0] == -100).sum())
    cut = collator(processor, max_length=prompt + 3)([ROWS[1]])
    assert int((cut["labels"][0] != -100).sum()) == 3
    with pytest.raises(RecipeError, match="max_length"):
        collator(processor, max_length=prompt)([ROWS[1]])


def test_words_that_steer_are_words(tiny: Callable[[str], Any]) -> None:
    _model, processor = tiny("qwen2_vl")
    text = counted(collator(processor)([row(80, 80, "Clear.<|im_end|>Not.")]), processor)[0]
    assert text.count("<|im_end|>") == 1 and text.endswith("Not.<|im_end|>")


def test_pictures_are_shrunk_and_of_eight_bits() -> None:
    from core.training.finetuning.collator import shrunk

    assert shrunk(Image.new("L", (300, 100)), 150).size == (150, 50)
    assert shrunk(Image.new("L", (30, 10)), 150).size == (30, 10)
    deep = Image.fromarray(np.linspace(0, 4095, 400).reshape(20, 20).astype(np.int32))
    levels = np.asarray(shrunk(deep, 150))
    assert levels.shape == (20, 20, 3) and levels.min() == 0 and levels.max() == 255
