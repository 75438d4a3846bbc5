"""The peer of the draft: BLIP-base, as the project that this one replaces called it.

Weights are random, made from the configuration: they change no cost, and nothing is downloaded. The
tokenizer is made here too, with as many entries as BLIP's own.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from core.models.torchvision_guard import ensure_torchvision

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
TINY = {
    "text_config": {
        "hidden_size": 32,
        "encoder_hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
    },
    "vision_config": {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "image_size": 384,
        "patch_size": 96,
    },
}


class Captioner:
    """Image in, ``tokens`` new tokens out; never fewer, since the end token is not let in."""

    def __init__(self, tokens: int, *, tiny: bool = False) -> None:
        ensure_torchvision()
        import transformers as library

        transformers: Any = library
        torch.manual_seed(0)
        config = transformers.BlipConfig(**(TINY if tiny else {}))
        self._tokens = tokens
        self._model = transformers.BlipForConditionalGeneration(config).eval()
        self._processor = transformers.BlipProcessor(
            transformers.BlipImageProcessor(), _tokenizer(config.text_config.vocab_size)
        )

    @property
    def parameters(self) -> int:
        return sum(parameter.numel() for parameter in self._model.parameters())

    def caption(self, grey: npt.NDArray[np.uint8]) -> str:
        """Text for a film, (rows, columns), as an RGB picture of the whole film."""
        inputs = self._processor(images=Image.fromarray(grey).convert("RGB"), return_tensors="pt")
        with torch.inference_mode():
            made = self._model.generate(
                pixel_values=inputs["pixel_values"],
                min_new_tokens=self._tokens,
                max_new_tokens=self._tokens,
                do_sample=False,
                num_beams=1,
            )
        new = made.shape[1] - 1
        if new < self._tokens - 1:
            raise SystemExit(f"BLIP stopped after {new} of {self._tokens} tokens")
        return str(self._processor.decode(made[0], skip_special_tokens=True))


def _tokenizer(size: int) -> Any:
    """A WordPiece vocabulary of numbered words."""
    import transformers as library

    transformers: Any = library
    words = [*SPECIAL, *(f"word{number}" for number in range(size - len(SPECIAL)))]
    with tempfile.TemporaryDirectory() as folder:
        vocabulary = Path(folder) / "vocab.txt"
        vocabulary.write_text("\n".join(words), encoding="utf-8")
        return transformers.BertTokenizerFast(vocab=str(vocabulary))
