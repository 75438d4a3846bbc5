"""A corpus of a few made films with their sentences, written as any other corpus."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from core.training.corpus.folder import TRAIN, VALIDATION, Corpus
from core.training.corpus.sample import Kind, Sample
from core.training.corpus.writing import Origin, write_corpus

SENTENCES = (
    "The lungs are clear. No pleural effusion or pneumothorax is seen.",
    "There is a small left pleural effusion with adjacent atelectasis. The heart is enlarged.",
    "There is a right lower lobe consolidation.",
    "No acute cardiopulmonary abnormality.",
)
QUESTION = "Describe the chest radiograph."


def small_corpus(folder: Path, samples: int = 8, side: int = 0) -> Corpus:
    """Write a corpus of ``samples`` for training and two for validation.

    Films are squares of ``side`` pixels, or small ones of several shapes where none is given.
    """
    origin = Origin("small", "made", 7, "corpus import", samples + 2, {}, {})
    train = (_sample(number, side) for number in range(samples))
    held_out = [_sample(number, side) for number in (samples, samples + 1)]
    return write_corpus(folder, origin, {TRAIN: train, VALIDATION: held_out}, 1_000_000)


def _sample(number: int, side: int) -> Sample:
    draw = np.random.default_rng(number)
    wide, tall = (side, side) if side else (70 + 10 * (number % 3), 60 + 20 * (number % 2))
    encoded = io.BytesIO()
    Image.fromarray(draw.integers(0, 255, (tall, wide), np.uint8)).save(encoded, "PNG")
    words = SENTENCES[number % len(SENTENCES)]
    return Sample(
        source="made",
        identifier=f"film-{number}",
        group=f"patient-{number}",
        image=encoded.getvalue(),
        width=wide,
        height=tall,
        caption=words,
        original=words,
        kind=Kind.DESCRIBE,
        messages=[
            {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": QUESTION}]},
            {"role": "assistant", "content": [{"type": "text", "text": words}]},
        ],
        findings=(),
    )
