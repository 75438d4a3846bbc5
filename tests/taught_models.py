"""Tiny models that were taught one report in seconds, so that a streamed draft reads as one.

They say the same of every film and know nothing about any.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests import tiny_models

REPORT = (
    "FINDINGS: The lungs are clear. There is a small left pleural effusion with adjacent "
    "atelectasis. The heart is enlarged. IMPRESSION: No acute cardiopulmonary abnormality."
)
ANSWER = "The effusion blunts the left costophrenic angle."
TAUGHT = ("qwen2_vl", "blip", "vit_gpt2", "vit_bert")
BEGINNING = "a chest x-ray"
STEPS = {"qwen2_vl": 280}
FEWER = 160


def save(kind: str, folder: Path) -> Path:
    """Save one of `TAUGHT`: it writes `REPORT`, and where it converses, `ANSWER` to questions."""
    model, beside = tiny_models.build(kind)
    lesson = _conversations if kind in tiny_models.CHAT else _captions
    teach(model, lesson(model, beside), STEPS.get(kind, FEWER))
    return tiny_models.write(model.eval(), beside, folder)


@pytest.fixture(scope="session")
def taught_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a taught model by kind, made once a session; tests must not change it."""
    made: dict[str, Path] = {}

    def folder(kind: str) -> Path:
        if kind not in made:
            made[kind] = save(kind, tmp_path_factory.mktemp(f"taught_{kind}"))
        return made[kind]

    return folder


def teach(model: Any, lesson: Callable[[random.Random], dict[str, Any]], steps: int) -> None:
    import torch

    chance = random.Random(0)
    model.train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, total_steps=steps)
    for _ in range(steps):
        loss = model(**lesson(chance)).loss
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()


def _film(chance: random.Random) -> Any:
    from PIL import Image

    draw = np.random.default_rng(chance.randrange(2**32))
    rows, columns = draw.integers(60, 140, 2)
    slope = np.linspace(0, 1, rows)[:, None] * draw.random() + np.linspace(0, 1, columns)[None]
    film = slope * 90 + draw.random() * 60 + draw.random((rows, columns)) * 20
    return Image.fromarray(np.clip(film, 0, 255).astype(np.uint8)).convert("RGB")


def _conversations(model: Any, beside: tuple[Any, ...]) -> Callable[[random.Random], Any]:
    import torch

    (processor,) = beside
    tokenizer = processor.tokenizer
    letters = "abcdefghijklmnopqrstuvwxyz     "

    def asked(chance: random.Random) -> tuple[str, str]:
        words = "".join(chance.choices(letters, k=chance.randrange(5, 40))).strip()
        question = chance.random() < 0.5
        return (f"{words}?", ANSWER) if question else (f"{words}.", REPORT)

    def lesson(chance: random.Random) -> dict[str, Any]:
        turns = [asked(chance) for _ in range(chance.choice((1, 1, 2)))]
        messages: list[dict[str, Any]] = []
        if chance.random() < 0.3:
            system = {"type": "text", "text": asked(chance)[0]}
            messages.append({"role": "system", "content": [system]})
        for words, answer in turns:
            messages.append({"role": "user", "content": [{"type": "text", "text": words}]})
            messages.append({"role": "assistant", "content": [{"type": "text", "text": answer}]})
        first = next(message for message in messages if message["role"] == "user")
        first["content"].insert(0, {"type": "image", "image": _film(chance)})
        inputs = processor.apply_chat_template(
            messages[:-1],
            add_generation_prompt=True,
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
        )
        answer = tokenizer(turns[-1][1], add_special_tokens=False)["input_ids"]
        answer = torch.tensor([[*answer, tokenizer.eos_token_id]])
        prompt = inputs["input_ids"]
        inputs["labels"] = torch.cat([torch.full_like(prompt, -100), answer], 1)
        inputs["input_ids"] = torch.cat([prompt, answer], 1)
        inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
        if "mm_token_type_ids" in inputs:
            kinds = inputs["mm_token_type_ids"]
            inputs["mm_token_type_ids"] = torch.cat([kinds, torch.zeros_like(answer)], 1)
        return dict(inputs)

    return lesson


def _captions(model: Any, beside: tuple[Any, ...]) -> Callable[[random.Random], Any]:
    import torch

    if len(beside) == 1:  # BLIP
        images, tokenizer = beside[0].image_processor, beside[0].tokenizer
        start, end = model.config.text_config.bos_token_id, tokenizer.sep_token_id
    else:
        images, tokenizer = beside
        start, end = model.config.decoder_start_token_id, model.config.eos_token_id

    def lesson(chance: random.Random) -> dict[str, Any]:
        pixels = images(_film(chance), return_tensors="pt")["pixel_values"]
        begun = chance.choice(("", BEGINNING))
        before = tokenizer(begun, add_special_tokens=False)["input_ids"]
        words = tokenizer(REPORT, add_special_tokens=False)["input_ids"]
        ids = torch.tensor([[start, *before, *words, end]])
        labels = ids.clone()
        labels[:, : 1 + len(before)] = -100
        if len(beside) == 1:
            return {"pixel_values": pixels, "input_ids": ids, "labels": labels}
        return {"pixel_values": pixels, "decoder_input_ids": ids[:, :-1], "labels": labels[:, 1:]}

    return lesson
