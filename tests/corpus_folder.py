"""A small corpus, written as an import writes it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.domain.finding import Certainty, Laterality, Mention
from core.training.corpus.folder import TRAIN, VALIDATION, Corpus
from core.training.corpus.sample import Kind, Sample
from core.training.corpus.writing import Origin, write_corpus
from tests.made_pictures import film, jpeg

DROPS = {"not_a_chest_radiograph": 9, "duplicate": 2, "image_too_small": 1}
CLEANING = {"white_space": 6, "figure_references": 2, "asides": 0}
QUESTION = "Describe accurately what you see in this image."
PRESENT, UNCERTAIN, ABSENT = Certainty


@dataclass(frozen=True)
class Words:
    """An original caption, what is left of it after cleaning, and what a labeller reads."""

    original: str
    caption: str
    findings: tuple[Mention, ...] = ()


CAPTIONS = (
    Words(
        "Chest radiograph (Fig. 2)  showing a left pleural effusion.",
        "Chest radiograph showing a left pleural effusion.",
        (Mention("pleural effusion", PRESENT, Laterality.LEFT),),
    ),
    Words(
        "Cardiomegaly with  bilateral effusions, no pneumothorax.",
        "Cardiomegaly with bilateral effusions, no pneumothorax.",
        (
            Mention("cardiomegaly", PRESENT),
            Mention("pleural effusion", PRESENT, Laterality.BILATERAL),
            Mention("pneumothorax", ABSENT),
        ),
    ),
    Words(
        "Possible consolidation in the right lower zone.",
        "Possible consolidation in the right lower zone.",
        (Mention("consolidation", UNCERTAIN, Laterality.RIGHT),),
    ),
    Words(
        "Normal chest radiograph.", "Normal chest radiograph.", (Mention("no finding", PRESENT),)
    ),
)


def write_small_corpus(
    folder: Path,
    *,
    captions: tuple[Words, ...] = CAPTIONS,
    samples: int = 20,
    licences: tuple[str, ...] = ("CC BY 4.0", "CC BY-NC 4.0"),
    image: bytes = b"",
    refused: Mapping[str, int] | None = None,
) -> Corpus:
    """Write a corpus of made films, four fifths of it for training.

    Parameters
    ----------
    image : bytes
        In place of every film.
    """
    every = list(_samples(captions, samples, licences, image))
    taught = 4 * samples // 5
    origin = Origin(
        name=folder.name,
        source="rocov2",
        seed=3407,
        command="corpus import rocov2",
        records=samples + sum(DROPS.values()),
        drops=DROPS,
        cleaning=CLEANING,
        refused=refused or {},
    )
    return write_corpus(folder, origin, {TRAIN: every[:taught], VALIDATION: every[taught:]})


def _samples(
    captions: tuple[Words, ...], count: int, licences: tuple[str, ...], image: bytes
) -> Iterator[Sample]:
    kinds = list(Kind)
    for number in range(count):
        words = captions[number % len(captions)]
        pixels = film(number)
        yield Sample(
            source="rocov2",
            identifier=f"ROCOv2_{hashlib.sha256(str(number).encode()).hexdigest()[:8]}",
            group=f"figure {number // 2}",
            image=image or jpeg(pixels),
            width=pixels.shape[1],
            height=pixels.shape[0],
            caption=words.caption,
            original=words.original,
            kind=kinds[(number + number // 4) % len(kinds)],
            messages=[
                {
                    "role": "user",
                    "content": [{"type": "image"}, {"type": "text", "text": QUESTION}],
                },
                {"role": "assistant", "content": [{"type": "text", "text": words.caption}]},
            ],
            findings=words.findings,
            concepts=("C1306645", "C0032227"),
            licence=licences[number % len(licences)],
        )
