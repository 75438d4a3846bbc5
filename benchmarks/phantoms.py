"""What the embedded model says of phantoms it never saw: present, by what was drawn.

Run: python -m benchmarks.phantoms [--films 12]

No clinical figure: a phantom is no patient. It shows whether a drawn lesion is found at all, and
what is called present where nothing was drawn.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from core.imaging.phantom.film import make_film
from core.imaging.phantom.lesions import Cardiomegaly, Consolidation, Lesion, PleuralEffusion
from core.models import registry
from core.models.base import FindingClassifier
from core.training.phantoms import phantom_grey

FIRST_SEED = 5_000
DRAWN: dict[str, Callable[[int], tuple[Lesion, ...]]] = {
    "nothing": lambda _seed: (),
    "pleural effusion": lambda seed: (PleuralEffusion("left" if seed % 2 else "right", 600),),
    "consolidation": lambda seed: (Consolidation("left" if seed % 2 else "right", "lower"),),
    "cardiomegaly": lambda _seed: (Cardiomegaly(1.3),),
}


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
    for kind, lesions in DRAWN.items():
        calls = [
            called_present(classifier, FIRST_SEED + seed, lesions(seed)) for seed in range(films)
        ]
        counts = " | ".join(str(sum(name in call for call in calls)) for name in classifier.figures)
        print(f"| {kind} | {films} | {counts} |")


if __name__ == "__main__":
    main()
