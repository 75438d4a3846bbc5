"""Likeness of meaning by a sentence encoder of this machine, where a person names one.

References
----------
Reimers 2019 (sentences as the mean of their token embeddings, compared by the cosine).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError

from core.domain.errors import N_
from core.domain.training_errors import EvaluationError
from core.models.torchvision_guard import ensure_torchvision

CONFIG, WEIGHTS = "config.json", "model.safetensors"
MOST_CONFIG = 1_000_000
MOST_WEIGHTS = 4_000_000_000
BATCH = 32
MOST_TOKENS = 256

Floats = npt.NDArray[np.float64]


class Encoder:
    """A transformers encoder in a folder, its weights one file of safetensors.

    Raises
    ------
    EvaluationError
        If the folder holds none, or asks for code of its own.
    """

    def __init__(self, folder: Path) -> None:
        _check(folder)
        ensure_torchvision()
        from transformers import AutoModel, AutoTokenizer

        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(
                str(folder), local_files_only=True, trust_remote_code=False
            )
            model: Any
            model, found = AutoModel.from_pretrained(
                str(folder),
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                output_loading_info=True,
            )
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
            raise EvaluationError(reason=N_("the sentence encoder cannot be loaded")) from error
        # What pools a text for classifiers is not asked for the mean.
        if [key for key in found["missing_keys"] if not key.startswith("pooler.")]:
            raise EvaluationError(reason=N_("weights of the sentence encoder are missing"))
        self._model = model.eval()
        self.name = folder.resolve().name
        self.digest = _digest(folder / WEIGHTS)

    def __str__(self) -> str:
        return f"{self.name} {self.digest[:12]}"

    def __call__(self, texts: Sequence[str], references: Sequence[str]) -> Floats:
        """Return the cosine of every text and its reference; 0 where one of the two is empty."""
        unlike = sorted({each for each in (*texts, *references) if each.strip()})
        places = {each: place for place, each in enumerate(unlike)}
        if not unlike:
            return np.zeros(len(texts))
        embedded = np.concatenate(
            [self._embed(unlike[at : at + BATCH]) for at in range(0, len(unlike), BATCH)]
        )
        return np.array(
            [
                float(embedded[places[text]] @ embedded[places[reference]])
                if text in places and reference in places
                else 0.0
                for text, reference in zip(texts, references, strict=True)
            ]
        )

    def _embed(self, texts: Sequence[str]) -> Floats:
        import torch

        longest = min(MOST_TOKENS, int(getattr(self._model.config, "max_position_embeddings", 0)))
        inputs = self._tokenizer(
            list(texts),
            return_tensors="pt",
            padding=True,
            truncation=True,
            max_length=longest or MOST_TOKENS,
        )
        with torch.inference_mode():
            tokens = self._model(**inputs).last_hidden_state
        held = inputs["attention_mask"][..., None].to(tokens.dtype)
        means = (tokens * held).sum(dim=1) / held.sum(dim=1).clamp(min=1)
        units = torch.nn.functional.normalize(means, dim=1)
        return np.asarray(units.float().numpy(), np.float64)


def _check(folder: Path) -> None:
    config, weights = folder / CONFIG, folder / WEIGHTS
    if not config.is_file() or not weights.is_file():
        reason = N_("the folder of the sentence encoder lacks config.json or model.safetensors")
        raise EvaluationError(reason=reason)
    if config.stat().st_size > MOST_CONFIG or weights.stat().st_size > MOST_WEIGHTS:
        raise EvaluationError(reason=N_("the sentence encoder is too large"))
    try:
        document = json.loads(config.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        reason = N_("the configuration of the sentence encoder cannot be read")
        raise EvaluationError(reason=reason) from error
    if not isinstance(document, dict) or "auto_map" in document:
        raise EvaluationError(reason=N_("the sentence encoder asks for code of its own"))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
