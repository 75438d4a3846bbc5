"""Models that caption: BLIP, and any image encoder with a text decoder. They take no questions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from PIL import Image
from torch import nn

from core.domain.draft import ModelIdentity
from core.domain.errors import N_, DraftFailedError
from core.explain.attention import cross_layers
from core.explain.patches import ENCODERS, ImageKeys, encoder_keys
from core.models.drafter import Prompt
from core.models.language.chat import end_tokens
from core.models.language.generation import Loaded, LocalDrafter, Prepared


class CaptionDrafter(LocalDrafter):
    """A film to its caption; the last turn of a prompt is how the caption begins.

    Those words are not given out: they are the asker's, not the model's.

    Parameters
    ----------
    identity : ModelIdentity
    loaded : Loaded
    images, tokenizer
        Of transformers.
    """

    converses = False

    def __init__(
        self, identity: ModelIdentity, loaded: Loaded, images: Any, tokenizer: Any
    ) -> None:
        super().__init__(identity, loaded)
        self._images = images
        self._tokenizer = tokenizer
        self._layers = cross_layers(self._decoder)

    @property
    def _decoder(self) -> Any:
        return self._loaded.model.decoder

    @property
    def _vision(self) -> Any:
        return self._loaded.model.config.encoder

    def prepare(self, picture: Image.Image | None, prompt: Prompt) -> Prepared:
        """Turn a picture, and the words that the caption begins with, into the model's input."""
        if picture is None:
            raise DraftFailedError(reason=N_("a model that captions needs a film"))
        inputs = {"pixel_values": self._images(picture, return_tensors="pt")["pixel_values"]}
        words = self._beginning(prompt)
        inputs |= words
        tokens = max((int(value.shape[1]) for value in words.values()), default=1)
        return Prepared(inputs, tokens, self._keys(picture))

    def decode(self, tokens: Sequence[int]) -> str:
        return str(
            self._tokenizer.decode(
                tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False
            )
        )

    def layers(self) -> tuple[nn.Module, ...]:
        return self._layers

    def ends(self) -> frozenset[int]:
        model = self._loaded.model
        return end_tokens(model.generation_config.eos_token_id or model.config.eos_token_id)

    def _beginning(self, prompt: Prompt) -> dict[str, torch.Tensor]:
        model = self._loaded.model
        start = model.generation_config.decoder_start_token_id
        start = model.config.decoder_start_token_id if start is None else start
        words = self._tokenizer(prompt.turns[-1].text, add_special_tokens=False)["input_ids"]
        return {"decoder_input_ids": torch.tensor([[start, *words]])}

    def _keys(self, picture: Image.Image) -> ImageKeys | None:
        if self._vision.model_type not in ENCODERS:
            return None
        return encoder_keys(self._vision, self._images, (picture.height, picture.width))


class BlipDrafter(CaptionDrafter):
    """BLIP, whose decoder has its own start and end; see `CaptionDrafter`."""

    @property
    def _decoder(self) -> Any:
        return self._loaded.model.text_decoder

    @property
    def _vision(self) -> Any:
        return self._loaded.model.config.vision_config

    def ends(self) -> frozenset[int]:
        return end_tokens(self._loaded.model.config.text_config.sep_token_id)

    def _beginning(self, prompt: Prompt) -> dict[str, torch.Tensor]:
        """BLIP puts its start in the place of the first token and leaves the last one out."""
        words = self._tokenizer(prompt.turns[-1].text, return_tensors="pt")
        return {"input_ids": words["input_ids"], "attention_mask": words["attention_mask"]}

    def _keys(self, picture: Image.Image) -> ImageKeys | None:
        return encoder_keys(self._vision, self._images, (picture.height, picture.width))
