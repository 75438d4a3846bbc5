"""Two systems that write nothing of their own, always beside the others.

*Nearest neighbour*: the caption of the most alike film of the train split, of another group. Films
are told by the means of the last feature map of one member of the embedded network, each feature
less its mean over the train films and in units of their standard deviation; the most alike film has
the largest cosine, the first by identifier of several.

*Most frequent normal report*: the same text for every film: of the train split, the caption without
a present or uncertain finding that occurs most often; captions that differ in letter case, white
space or punctuation alone are one. Of several as frequent, the shortest, then the first by
alphabet. Where none occurs twice, the one whose words are most like those of all (the largest
cosine of word counts with their mean). Where no caption is normal, all captions are looked through
instead; ``versions`` says which rule it was.

Neither understands a question: both answer as their caption would have been answered in the corpus
(`core.training.corpus.expected.answer_of`), and with the caption itself where it holds no answer.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.domain.errors import N_
from core.domain.finding import Certainty
from core.domain.training_errors import EvaluationError
from core.evaluation.drafts.candidates import Answer, Answers, Candidate
from core.evaluation.drafts.measured import Role
from core.evaluation.drafts.samples import without_pixels
from core.evaluation.drafts.texts import Asked, Writer
from core.evaluation.drafts.words import words
from core.models.base import Grey
from core.models.measured import read_measured
from core.models.registry import EMBEDDED_FOLDER
from core.training.corpus.expected import answer_of, read_caption
from core.training.corpus.folder import TRAIN, Corpus
from core.training.corpus.sample import Kind

NEAREST, NORMAL = "nearest-neighbour", "most-frequent-normal"
MOST_FREQUENT = "most frequent"
MEDOID = "none twice: most like all"
NO_NORMAL = "no caption is normal"

_STATED = (Certainty.PRESENT.value, Certainty.UNCERTAIN.value)
Floats = npt.NDArray[np.float32]


def baselines(corpus: Corpus, cache: Path) -> tuple[Candidate, ...]:
    """Return both baselines of a corpus.

    Parameters
    ----------
    cache : Path
        Folder where the features of the train films are kept between evaluations.

    Raises
    ------
    CorpusError, ModelUnavailableError
    EvaluationError
        If the train split is empty.
    """
    table = without_pixels(corpus.split(TRAIN))
    if not len(table):
        raise EvaluationError(reason=N_("the train split has no samples for the baselines"))
    return nearest(corpus, table, cache), normal(corpus, table)


def _answered(asked: Asked, caption: str) -> str:
    kind = Kind(asked.kind)
    if kind is Kind.DESCRIBE:
        return caption
    return answer_of(kind, read_caption(caption)) or caption


# --- nearest neighbour --------------------------------------------------------------------------


def nearest(corpus: Corpus, table: Any, cache: Path) -> Candidate:
    """Return the nearest neighbour over the rows of the train split."""
    weights = read_measured(EMBEDDED_FOLDER).weights_sha256
    digest = hashlib.sha256(f"{corpus.manifest.digest} {weights} member 0".encode()).hexdigest()
    writer = Writer(
        NEAREST,
        N_("nearest neighbour by image features"),
        Role.BASELINE,
        digest,
        {"features": weights[:12], "films": str(len(table))},
    )

    def load() -> Answers:
        from core.evaluation.drafts.features import FilmFeatures

        features = FilmFeatures()
        known = features.of_rows(table, cache / digest[:16])
        return _nearest_answers(known, features.of_film, table)

    return Candidate(writer, load)


def _nearest_answers(known: Floats, of_film: Callable[[Grey], Floats], table: Any) -> Answers:
    light = table.select_columns(["identifier", "group", "caption"])
    groups, captions = np.array(light["group"]), light["caption"]
    order = np.argsort(np.array(light["identifier"]), kind="stable")
    mean, spread = known.mean(axis=0), known.std(axis=0) + np.float32(1e-6)
    units = _units((known - mean) / spread)

    def answer(film: Grey, asked: Asked) -> Answer:
        alike = units @ _units(((of_film(film) - mean) / spread)[None])[0]
        alike = np.where(groups == asked.group, -np.inf, alike)
        return Answer(_answered(asked, str(captions[int(order[np.argmax(alike[order])])])))

    return answer


def _units(rows: Floats) -> Floats:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9))


# --- most frequent normal report ----------------------------------------------------------------


def normal(corpus: Corpus, table: Any) -> Candidate:
    """Return the most frequent normal report of the train split."""
    light = table.select_columns(["caption", "findings"])
    text, rule = most_frequent_normal(light["caption"], light["findings"])
    writer = Writer(
        NORMAL,
        N_("most frequent normal report"),
        Role.BASELINE,
        hashlib.sha256(f"{corpus.manifest.digest} {text}".encode()).hexdigest(),
        {"rule": rule},
    )
    return Candidate(writer, lambda: lambda _film, asked: Answer(_answered(asked, text)))


def most_frequent_normal(
    captions: Sequence[str], findings: Sequence[Sequence[Mapping[str, Any]]]
) -> tuple[str, str]:
    """Return a caption and the rule that it was chosen by; see the module."""
    pairs = zip(captions, findings, strict=True)
    without = [
        caption
        for caption, found in pairs
        if words(caption) and not any(each["certainty"] in _STATED for each in found)
    ]
    said = NO_NORMAL + ": " if not without else ""
    chosen = without or [each for each in captions if words(each)]
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for caption in chosen:
        alike[words(caption)].append(caption)
    if not alike:
        return "", NO_NORMAL
    most = max(len(each) for each in alike.values())
    if most > 1:
        texts = [min(each) for each in alike.values() if len(each) == most]
        return min(texts, key=lambda each: (len(each), each)), said + MOST_FREQUENT
    return _medoid(sorted(chosen)), said + MEDOID


def _medoid(captions: Sequence[str]) -> str:
    units = [_unit(Counter(words(each))) for each in captions]
    together: Counter[str] = Counter()
    for unit in units:
        together.update(unit)
    alike = [sum(share * together[word] for word, share in unit.items()) for unit in units]
    return captions[int(np.argmax(alike))]


def _unit(counts: Mapping[str, int]) -> dict[str, float]:
    length = math.sqrt(sum(n * n for n in counts.values())) or 1.0
    return {word: n / length for word, n in counts.items()}
