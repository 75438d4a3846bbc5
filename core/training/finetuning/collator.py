"""Batches for models that converse: chat template, processor, and which tokens count in the loss.

The prompt is filled by the very call that a draft makes, so that what is learned is what will be
asked. The answer's tokens are put behind it as generation would: what a processor gives beside each
token of the prompt is continued for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from core.domain.errors import N_
from core.models.language.chat import control_tokens, plain
from core.training.finetuning.recipe import refuse

IGNORED = -100
"""Label of a token that does not count in the loss."""
_MARKS = ("image_token", "boi_token", "eoi_token", "video_token", "audio_token")


@dataclass(frozen=True)
class Turns:
    """A sample in words: what the reader asks, as chat turns with the film, and the answer."""

    asked: list[dict[str, Any]]
    answer: str


class ChatCollator:
    """Rows of a corpus to a batch; see `core.training.corpus.folder` for their columns.

    Parameters
    ----------
    processor
        Of transformers, with a tokenizer and a chat template.
    max_length : int
        Longest sequence in tokens; an answer beyond it is cut, a prompt beyond it is refused.
    picture_side : int
        Long side, in pixels, of the picture that the processor gets.
    whole_text : bool
        Whether the prompt's words count in the loss too.
    """

    def __init__(
        self, processor: Any, max_length: int, picture_side: int, whole_text: bool = False
    ) -> None:
        self._processor = processor
        self._tokenizer = processor.tokenizer
        self._control = control_tokens(processor)
        self._max_length = max_length
        self._side = picture_side
        self._whole_text = whole_text
        self._marks = mark_tokens(processor)

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Tensor]:
        """Return ``input_ids``, ``attention_mask``, ``labels`` and what belongs to the films.

        Raises
        ------
        RecipeError
            If film and question alone are as long as ``max_length``.
        """
        turns = [self.turns(row) for row in rows]
        prompts = self._filled([each.asked for each in turns])
        lengths = [int(count) for count in prompts["attention_mask"].sum(dim=1)]
        if max(lengths) >= self._max_length:
            refuse(
                N_("film and question take {tokens} tokens, and max_length is {length}"),
                tokens=str(max(lengths)),
                length=str(self._max_length),
            )
        answers = [
            self.answer_tokens(each)[: self._max_length - length]
            for each, length in zip(turns, lengths, strict=True)
        ]
        batch = _continued(prompts, lengths, answers, int(self._tokenizer.pad_token_id or 0))
        batch["labels"] = self._labels(batch, lengths)
        return batch

    def lengths(self, row: Mapping[str, Any]) -> tuple[int, int]:
        """Return the tokens of a row's film and question, and of these with its whole answer."""
        turns = self.turns(row)
        asked = int(self._filled([turns.asked])["attention_mask"].sum())
        return asked, asked + len(self.answer_tokens(turns))

    def turns(self, row: Mapping[str, Any]) -> Turns:
        """Take the last turn of a row as the answer, and put the film where the first asks."""
        *asked, answer = row["messages"]
        picture = shrunk(row["image"], self._side)
        words = [self._turn(turn, picture) for turn in asked]
        return Turns(words, plain(_text(answer), self._control))

    def answer_tokens(self, turns: Turns) -> list[int]:
        """Return the tokens of an answer with the mark that ends its turn."""
        asked = self._template(turns.asked, True)
        whole = self._template([*turns.asked, _assistant(turns.answer)], False)
        # What a template writes behind the mark is never generated.
        said = whole[len(asked) :].rstrip() if whole.startswith(asked) else turns.answer
        tokens = list(self._tokenizer(said, add_special_tokens=False)["input_ids"])
        special = set(self._tokenizer.all_special_ids)
        if not tokens or tokens[-1] not in special:
            tokens.append(int(self._tokenizer.eos_token_id))
        return tokens

    def _turn(self, turn: Mapping[str, Any], picture: Image.Image) -> dict[str, Any]:
        content: list[dict[str, Any]] = []
        for part in turn["content"]:
            if part["type"] == "image":
                content.append({"type": "image", "image": picture})
            else:
                content.append({"type": "text", "text": plain(str(part["text"]), self._control)})
        return {"role": turn["role"], "content": content}

    def _template(self, messages: list[dict[str, Any]], ask: bool) -> str:
        return str(
            self._processor.apply_chat_template(messages, tokenize=False, add_generation_prompt=ask)
        )

    def _filled(self, asked: list[list[dict[str, Any]]]) -> dict[str, Tensor]:
        return dict(
            self._processor.apply_chat_template(
                asked,
                add_generation_prompt=True,
                tokenize=True,
                return_dict=True,
                return_tensors="pt",
                processor_kwargs={"padding": True, "padding_side": "right"},
            )
        )

    def _labels(self, batch: Mapping[str, Tensor], lengths: Sequence[int]) -> Tensor:
        """Return the tokens that count; padding and tokens of the film never do."""
        labels = batch["input_ids"].clone()
        labels[batch["attention_mask"] == 0] = IGNORED
        if self._whole_text:
            for mark in self._marks:
                labels[batch["input_ids"] == mark] = IGNORED
            return labels
        for row, length in enumerate(lengths):
            labels[row, :length] = IGNORED
        return labels


def _continued(
    prompts: Mapping[str, Tensor],
    lengths: Sequence[int],
    answers: Sequence[Sequence[int]],
    padding: int,
) -> dict[str, Tensor]:
    """Put answers behind prompts that are padded on their right.

    Tensors that have one entry a token are told by their first two sides: the attention to the film
    goes on as at the prompt's last token, kinds of tokens as words.
    """
    rows, wide = prompts["input_ids"].shape
    long = max(length + len(answer) for length, answer in zip(lengths, answers, strict=True))
    batch = dict(prompts)
    for name, value in prompts.items():
        if value.shape[:2] != (rows, wide) or name.startswith(("pixel", "image", "aspect")):
            continue
        grown = value.new_full(
            (rows, long, *value.shape[2:]), padding if name == "input_ids" else 0
        )
        for row, (length, answer) in enumerate(zip(lengths, answers, strict=True)):
            end = length + len(answer)
            grown[row, :length] = value[row, :length]
            if name == "input_ids":
                grown[row, length:end] = torch.tensor(answer, dtype=value.dtype)
            elif name == "attention_mask":
                grown[row, length:end] = 1
            elif name == "cross_attention_mask":
                grown[row, length:end] = value[row, length - 1]
        batch[name] = grown
    return batch


def mark_tokens(processor: Any) -> frozenset[int]:
    """Return the tokens that stand for a picture, or for its begin and end."""
    tokenizer = processor.tokenizer
    names = {getattr(holder, mark, None) for holder in (processor, tokenizer) for mark in _MARKS}
    ids = {tokenizer.convert_tokens_to_ids(str(name)) for name in names if name}
    ids |= {getattr(processor, f"{mark}_id", None) for mark in _MARKS}
    return frozenset(int(each) for each in ids if each is not None)


def shrunk(picture: Image.Image, side: int) -> Image.Image:
    """Return a picture in three channels whose long side is at most ``side`` pixels."""
    share = side / max(picture.size)
    if picture.mode.startswith("I") or picture.mode == "F":
        picture = _eight_bits(picture)
    picture = picture.convert("RGB")
    if share >= 1:
        return picture
    wide, tall = (max(1, round(length * share)) for length in picture.size)
    return picture.resize((wide, tall), Image.Resampling.BOX)


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Pillow cuts grey levels of 16 bits off at 255 instead of scaling them."""
    levels = np.asarray(picture, np.float32)
    low, high = float(levels.min()), float(levels.max())
    scaled = (levels - low) * (255 / (high - low) if high > low else 0.0)
    return Image.fromarray(np.rint(scaled).astype(np.uint8))


def _assistant(answer: str) -> dict[str, Any]:
    return {"role": "assistant", "content": [{"type": "text", "text": answer}]}


def _text(turn: Mapping[str, Any]) -> str:
    return "".join(str(part["text"]) for part in turn["content"] if part["type"] == "text")
