"""A small corpus of drawn films with captions, in the layout of a real one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np

from core.evaluation.drafts.texts import Asked, Text
from core.findings.labeller import label, stated
from core.training.corpus.folder import TRAIN, VALIDATION, Corpus
from core.training.corpus.sample import Kind, Message, Sample
from core.training.corpus.writing import Origin, write_corpus

NORMAL = "No pleural effusion or pneumothorax. The heart size is normal."
CAPTIONS = (
    "Small left pleural effusion.",
    NORMAL,
    "Right lower lobe consolidation with air bronchograms.",
    "The heart is enlarged.",
    "Large right pneumothorax.",
    "No acute abnormality of the chest.",
)
QUESTION = "What does this film show?"


def film(number: int) -> bytes:
    """An encoded film; the same number gives the same one."""
    draw = np.random.default_rng(number)
    coarse = draw.random((8, 7)).astype(np.float32)
    grey = cv2.resize(coarse, (84, 96), interpolation=cv2.INTER_CUBIC)
    levels = np.clip(grey * 255, 0, 255).astype(np.uint8)
    encoded, png = cv2.imencode(".png", levels)
    assert encoded
    return bytes(png.tobytes())


def sample(number: int, caption: str, kind: Kind = Kind.DESCRIBE) -> Sample:
    turns: list[Message] = [
        {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": QUESTION}]},
        {"role": "assistant", "content": [{"type": "text", "text": caption}]},
    ]
    return Sample(
        source="made",
        identifier=f"film-{number:03d}",
        group=f"patient-{number // 2:03d}",
        image=film(number),
        width=84,
        height=96,
        caption=caption,
        original=caption,
        kind=kind,
        messages=turns,
        findings=tuple(stated(label(caption)).values()),
    )


def corpus(folder: Path, captions: Sequence[str] = CAPTIONS) -> Corpus:
    """Write a corpus whose two splits have the same captions about other films."""

    def samples(first: int) -> Iterable[Sample]:
        return (sample(first + place, caption) for place, caption in enumerate(captions))

    origin = Origin("made", "made", 1, "made for a test", 2 * len(captions))
    return write_corpus(folder, origin, {TRAIN: samples(0), VALIDATION: samples(100)})


def asked(*captions: str, kind: Kind = Kind.DESCRIBE) -> list[Asked]:
    """Samples that are asked, each its own group."""
    return [
        Asked(f"s{place:03d}", f"g{place:03d}", kind.value, QUESTION, caption, caption)
        for place, caption in enumerate(captions)
    ]


def texts(system: str, *written: str) -> list[Text]:
    return [
        Text(system, f"s{place:03d}", text, seconds=0.1 * (place + 1))
        for place, text in enumerate(written)
    ]
