"""Training of models that caption: what a batch is for BLIP and for an encoder with a decoder.

They take no question, so that every sample teaches its caption, whatever its kind asks for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
import transformers as transformers_library
from PIL import Image
from torch import Tensor

from core.models.language.checkpoint import Checkpoint
from core.training.augmentation import augment

transformers: Any = transformers_library  # annotated in part

IGNORED = -100
"""Label of a token that does not count in the loss."""
ROOM = 1.25
"""A film is changed on a square so much larger than the model's, so that turning loses little."""


@dataclass(frozen=True)
class Captioner:
    """A captioning model in 32 bits, ready to train, with what is saved beside it."""

    model: Any
    images: Any
    tokenizer: Any
    kind: str

    def collator(self, longest: int, changes: int | None = None) -> CaptionCollator:
        """Return what makes batches.

        Parameters
        ----------
        longest : int
            Most tokens of a caption; a longer one is cut and loses its end mark.
        changes : int or None
            Seed of the poses and exposures that films are given while they are learned from;
            ``None`` leaves them as they are.
        """
        start = self.model.config.text_config.bos_token_id if self.kind == "blip" else None
        return CaptionCollator(self.images, self.tokenizer, longest, start, changes)

    def save(self, folder: Any) -> None:
        for part in (self.model, self.tokenizer, self.images):
            part.save_pretrained(folder)


def load_captioner(checkpoint: Checkpoint) -> Captioner:
    """Load a captioning checkpoint that was looked through, for training on this machine."""
    local = {"local_files_only": True, "trust_remote_code": False}
    folder = checkpoint.folder
    model = transformers.AutoModelForImageTextToText.from_pretrained(
        folder, use_safetensors=True, dtype=torch.float32, **local
    )
    images = transformers.AutoImageProcessor.from_pretrained(folder, **local)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **local)
    return Captioner(model.train(), images, tokenizer, checkpoint.source.kind)


class CaptionCollator:
    """Rows of a corpus to a batch.

    An encoder-decoder shifts labels itself and starts each caption with its own mark: labels are
    the caption and its end. BLIP is given the caption as input as well; its start stands in the
    place of the first token, as when it writes.

    Parameters
    ----------
    images, tokenizer
        Of transformers.
    longest : int
    start : int or None
        Token that BLIP starts with; ``None`` for an encoder-decoder.
    changes : int or None
        See `Captioner.collator`.
    """

    def __init__(
        self,
        images: Any,
        tokenizer: Any,
        longest: int,
        start: int | None = None,
        changes: int | None = None,
    ) -> None:
        self._images = images
        self._tokenizer = tokenizer
        self._longest = longest
        self._start = start
        self._changes = changes

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Tensor]:
        """Make a batch of rows with ``identifier``, ``image`` (decoded) and ``caption``.

        Returns
        -------
        dict
            ``pixel_values`` (rows, 3, height, width), float32; ``labels`` (rows, tokens), int64,
            padding ignored; for BLIP ``input_ids`` and ``attention_mask`` of the same shape.
        """
        pixels = self._images(self._pictures(rows), return_tensors="pt")["pixel_values"]
        captions = [str(row["caption"]) for row in rows]
        if self._start is None:
            return {"pixel_values": pixels, "labels": self._ended(captions)}
        return {"pixel_values": pixels, **self._written(captions, self._start)}

    def _ended(self, captions: Sequence[str]) -> Tensor:
        tokenizer = self._tokenizer
        end = tokenizer.eos_token_id if tokenizer.sep_token_id is None else tokenizer.sep_token_id
        lines = [
            torch.tensor([*self._tokens(caption), end][: self._longest]) for caption in captions
        ]
        return torch.nn.utils.rnn.pad_sequence(lines, batch_first=True, padding_value=IGNORED)

    def _tokens(self, caption: str) -> list[int]:
        return list(self._tokenizer(caption, add_special_tokens=False)["input_ids"])

    def _written(self, captions: Sequence[str], start: int) -> dict[str, Tensor]:
        found = self._tokenizer(
            list(captions),
            padding=True,
            truncation=True,
            max_length=self._longest,
            return_tensors="pt",
        )
        ids, mask = found["input_ids"], found["attention_mask"]
        ids[:, 0] = start
        return {
            "input_ids": ids,
            "attention_mask": mask,
            "labels": ids.masked_fill(mask == 0, IGNORED),
        }

    # --- pictures -------------------------------------------------------------------------------

    def _pictures(self, rows: Sequence[Mapping[str, Any]]) -> list[Image.Image]:
        pictures: list[Image.Image] = [row["image"].convert("RGB") for row in rows]
        if self._changes is None:
            return pictures
        # The same film in another company is changed in another way: an epoch differs from the one
        # before it, and a run that was interrupted goes on as if it had not been.
        company = f"{self._changes}:" + ":".join(str(row["identifier"]) for row in rows)
        digest = hashlib.sha256(company.encode()).digest()
        rng = np.random.default_rng(int.from_bytes(digest[:8], "big"))
        return [self._changed(picture, rng) for picture in pictures]

    def _changed(self, picture: Image.Image, rng: np.random.Generator) -> Image.Image:
        height, width = self._square
        room = round(max(height, width) * ROOM)
        grey = cv2.resize(
            np.asarray(picture.convert("L")), (room, room), interpolation=cv2.INTER_AREA
        )
        film, _ = augment(np.asarray(grey, np.uint8), max(height, width), rng)
        return Image.fromarray(np.rint(film * 255).astype(np.uint8)).convert("RGB")

    @property
    def _square(self) -> tuple[int, int]:
        size = self._images.size
        side = size.get("shortest_edge") or 0
        return int(size.get("height") or side), int(size.get("width") or side)
