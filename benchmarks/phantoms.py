"""What the embedded model says of phantoms it never saw: present, by what was drawn.

Run: python -m benchmarks.phantoms [--films 12]

No clinical figure: a phantom is no patient. The figures file says how often a drawn lesion is
called by its own name; this table shows what else is called present beside it, and where nothing
was drawn.
"""

from __future__ import annotations

import argparse

import numpy as np

from core.evaluation.drawn_films import FIRST_SEED
from core.imaging.phantom.film import make_film
from core.imaging.phantom.lesions import Lesion
from core.imaging.phantom.random_lesions import KINDS, draw_lesions
from core.models import registry
from core.models.base import FindingClassifier
from core.training.phantoms import phantom_grey

NOTHING = "nothing"


def lesions_of(kind: str, seed: int) -> tuple[Lesion, ...]:
    """Lesions of one of `KINDS`, plain enough for a reader to see, or none."""
    if kind == NOTHING:
        return ()
    return draw_lesions(np.random.default_rng(seed), kind, plain=True)


def called_present(
    classifier: FindingClassifier, seed: int, lesions: tuple[Lesion, ...]
) -> set[str]:
    """Names at or above their operating point on one PA film."""
    film = make_film(seed, "PA", lesions, 512)
    reading = classifier.read(phantom_grey(film.pixels), maps_for=())
    shown = {**reading.scores, **reading.probabilities}
    return {
        name for name, figures in classifier.figures.items()
        if shown[name] >= figures.operating_point
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=12, help="films of each kind")
    films = parser.parse_args().films
    classifier = registry.load(registry.EMBEDDED)
    print(f"| drawn | films | {' | '.join(classifier.figures)} |")
    print("| --- " * (2 + len(classifier.figures)) + "|")
    for kind in (NOTHING, *KINDS):
        seeds = range(FIRST_SEED, FIRST_SEED + films)
        calls = [called_present(classifier, seed, lesions_of(kind, seed)) for seed in seeds]
        counts = " | ".join(str(sum(name in call for call in calls)) for name in classifier.figures)
        print(f"| {kind} | {films} | {counts} |")


if __name__ == "__main__":
    main()
