"""A whole draft by the embedded model against a caption of 512 tokens by BLIP-base, one CPU.

Run: python -m benchmarks.draft
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import cv2
import torch

from benchmarks.blip import Captioner
from benchmarks.films import READER, another_draft, as_dicom, eight_bits, new_place, phantom, silent
from benchmarks.record import Ratio, Result, Spread, Table, arguments, measure, publish
from core.domain.draft import ModelIdentity
from core.models import registry
from core.models.base import FilmReading, FindingClassifier, FindingFigures, Grey
from core.models.film_standing import FilmGate
from dashboard.services.draft_study import draft_study
from dashboard.services.receive_study import receive_file
from dashboard.workspace import Workspace

AIM = 10.0


@dataclass(frozen=True)
class Plan:
    side: int
    drafts: int
    captions: int
    tokens: int
    tiny: bool


FULL = Plan(side=2048, drafts=20, captions=3, tokens=512, tiny=False)
SMALL = Plan(side=256, drafts=2, captions=1, tokens=4, tiny=True)


class EveryMap:
    """The classifier, asked for the map of every finding and not of the likely ones alone."""

    def __init__(self, classifier: FindingClassifier) -> None:
        self._classifier = classifier

    @property
    def identity(self) -> ModelIdentity:
        return self._classifier.identity

    @property
    def figures(self) -> dict[str, FindingFigures]:
        return dict(self._classifier.figures)

    @property
    def versions(self) -> Mapping[str, str]:
        return self._classifier.versions

    def read(self, grey: Grey, maps_for: tuple[str, ...] | None = None) -> FilmReading:
        return self._classifier.read(grey, tuple(self.figures) if maps_for is None else maps_for)


_keys = count(1)


def draft(place: Workspace, study_id: int, classifier: FindingClassifier, gate: FilmGate) -> None:
    """What the worker does for a job: film from the store to draft in the database."""
    draft_study(place, another_draft(place, study_id, str(next(_keys))), classifier, silent, gate)


def result(plan: Plan, *, small: bool) -> Result:
    classifier, gate = registry.load(registry.EMBEDDED), registry.load_film_check(registry.EMBEDDED)
    every = EveryMap(classifier)
    film = phantom(side=plan.side)
    picture = eight_bits(film.pixels)
    captioner = Captioner(plan.tokens, tiny=plan.tiny)
    rows, ratios = [], []
    with tempfile.TemporaryDirectory() as folder:
        place = new_place(Path(folder), registry.EMBEDDED)
        study_id = receive_file(place, "film.dcm", as_dicom(film), reader=READER).study_id
        for threads in (1, 2):
            torch.set_num_threads(threads)
            cv2.setNumThreads(threads)
            ours = Spread.of(measure(lambda: draft(place, study_id, every, gate), n=plan.drafts))
            usual = Spread.of(
                measure(lambda: draft(place, study_id, classifier, gate), n=plan.drafts)
            )
            peer = Spread.of(measure(lambda: captioner.caption(picture), n=plan.captions, warm=0))
            rows += [
                ("draft, every finding mapped", threads, *_ms(ours)),
                ("draft as the worker makes it", threads, *_ms(usual)),
                (f"BLIP, {plan.tokens} tokens", threads, *_ms(peer)),
            ]
            what = f"BLIP over a draft with every finding mapped, p50, {threads} thread(s)"
            ratios.append(Ratio(what, peer.p50 / ours.p50, AIM, higher_is_better=True))
        place.engine.dispose()
    return Result(
        name="draft",
        title="A draft of one film",
        method=(
            f"A draft takes a film of {plan.side} x {plan.side} pixels from the store, asks the "
            f"film check, reads it with {registry.EMBEDDED}, draws the maps of all "
            f"{len(every.figures)} findings as PNG (the worker draws those at or above their "
            "uncertain point), writes the sentences and stores all of it.",
            f"The peer is BlipForConditionalGeneration with {captioner.parameters / 1e6:.0f} "
            "million random weights, made from the configuration of BLIP-base, from picture to "
            f"{plan.tokens} greedy tokens of text, no maps; both models are loaded already.",
            "Two drafts are warm-up, and no caption: one takes so long that its first call does "
            "not matter.",
        ),
        tables=(Table("Milliseconds", ("what", "threads", "p50", "p95", "n"), tuple(rows)),),
        ratios=tuple(ratios),
        small=small,
    )


def _ms(spread: Spread) -> tuple[float, float, int]:
    return spread.p50 * 1000, spread.p95 * 1000, spread.n


def main() -> None:
    chosen = arguments(__doc__)
    publish(result(SMALL if chosen.small else FULL, small=chosen.small), chosen.results)


if __name__ == "__main__":
    main()
