"""Recipes of the embedded model side by side on one GPU, and the best of them trained whole.

Each trial trains its first two members and lets each score the fold of patients that it never saw;
plain nodules in phantoms of no other use say how many drawn ones are noticed and pointed at. Val
patients are not touched. The best is the one that finds most nodules among those whose mean AUROC
is within `NEAR` of the highest; it is trained to its end from the members that it has.

Run: python -m benchmarks.embedded_trials --data FOLDER --out FOLDER [--whole]
"""

from __future__ import annotations

import argparse
import json
import logging
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.record import Table, markdown
from core.evaluation.document import Films
from core.evaluation.drawn import drawn_figures
from core.evaluation.drawn_films import read_drawn
from core.evaluation.operating import decide_all
from core.evaluation.ranking import mean_auroc
from core.evaluation.reading import pass_film, read_films
from core.imaging.phantom.film import make_film
from core.imaging.phantom.random_lesions import draw_lesions
from core.models.embedded import TRAINED, load_network
from core.models.measured import WEIGHTS
from core.models.network import NetworkShape, for_reading
from core.models.preprocessing import Grey
from core.training.embedded import join, planned_shape
from core.training.films import patient_folds
from core.training.loop import learning_device
from core.training.members import drawn_films, train_rows
from core.training.phantoms import ROWS, phantom_grey
from core.training.recipe import Recipe
from core.training.run import train_embedded

FIRST_SEED = 7000
"""Phantoms that neither training nor the published figures use."""
PHANTOMS = 30
MEMBERS = 2
NEAR = 0.012
NODULE_ARRAYS = ("free", "grey", "mask")
COLUMNS = ("trial", "mean AUROC", "films", "noticed", "without", "pointed", "of")


@dataclass(frozen=True)
class Trial:
    """What a trial changes of the recipe and of the network."""

    name: str
    recipe: dict[str, Any] = field(default_factory=dict)
    shape: dict[str, Any] = field(default_factory=dict)


MORE_DRAWN = {"drawn_count": 0.6, "phantom_share": 0.15, "composite_share": 0.3}
TRIALS = (
    Trial("as shipped"),
    Trial("drawn films more", MORE_DRAWN),
    Trial("a deeper coarse stage", {}, {"blocks": (2, 2, 3)}),
    Trial("longer", {"epochs": 36}),
)


SMALL_RECIPE = {
    "epochs": 1, "pretraining": 1, "draws": 16, "batch": 8, "phantoms": 4, "composites": 4,
    "folds": 3, "members": 3,
}  # fmt: skip
SMALL_SHAPE = {"size": 32, "widths": (8, 16, 16), "blocks": (1, 1, 1), "fused": 8}


@dataclass(frozen=True)
class Job:
    """One trial; ``small`` is a few films and steps, for a test."""

    trial: Trial
    data: Path
    out: Path
    loaders: int
    small: bool

    @property
    def folder(self) -> Path:
        return self.out / self.trial.name.replace(" ", "-")

    def recipe(self, **changed: int) -> Recipe:
        small = SMALL_RECIPE if self.small else {}
        return Recipe(**{**self.trial.recipe, "loaders": self.loaders, **small, **changed})

    @property
    def two(self) -> Recipe:
        """The first members alone."""
        return self.recipe(members=MEMBERS, bare=0, threads=MEMBERS)

    @property
    def all_members(self) -> Recipe:
        recipe = self.recipe()
        return replace(recipe, threads=recipe.members + recipe.bare)

    @property
    def shape(self) -> NetworkShape:
        size = {"size": self.recipe().size}
        return NetworkShape((), **size | self.trial.shape | (SMALL_SHAPE if self.small else {}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--whole", action="store_true", help="train the best one to its end")
    parser.add_argument("--loaders", type=int, default=2, help="processes beside each member")
    parser.add_argument("--small", action="store_true", help="a few films and steps; for a test")
    names = [trial.name for trial in TRIALS]
    parser.add_argument("--trials", nargs="+", choices=names, default=names)
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    chosen.out.mkdir(parents=True, exist_ok=True)
    fixed = (chosen.data, chosen.out, chosen.loaders, chosen.small)
    jobs = {trial.name: Job(trial, *fixed) for trial in TRIALS}
    kept = chosen.out / "embedded_trials.json"
    rows = json.loads(kept.read_text(encoding="utf-8"))["trials"] if kept.exists() else []
    there = {row["trial"] for row in rows}
    asked = [job for name, job in jobs.items() if name in chosen.trials and name not in there]
    # A single one needs no comparison before it is trained to its end.
    at_once = chosen.whole and not rows and len(asked) == 1
    rows += _try(asked, whole=at_once)
    best = rows[_best(rows)]
    if chosen.whole and not best["whole"]:
        _keep(kept, rows, best)
        job = jobs[best["trial"]]
        train_embedded(job.data, job.folder, job.all_members, job.shape, fit_only=True)
        best["whole"] = True
    _keep(kept, rows, best)


def _try(jobs: list[Job], *, whole: bool) -> list[dict[str, Any]]:
    if not jobs:
        return []
    _draw(jobs)
    with ProcessPoolExecutor(len(jobs), mp_context=get_context("spawn")) as pool:
        return list(pool.map(_tried, jobs, [len(jobs)] * len(jobs), [whole] * len(jobs)))


def _keep(kept: Path, rows: list[dict[str, Any]], best: dict[str, Any]) -> None:
    document = {
        "command": "python -m benchmarks.embedded_trials --data FOLDER --out FOLDER",
        "torch": torch.__version__,
        "device": _device(),
        "trials": [{**row, "chosen": row is best} for row in rows],
    }
    kept.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(markdown(table(document)), flush=True)


def table(document: dict[str, Any]) -> Table:
    """Return the trials of the file as they are printed."""
    rows = tuple(
        (
            f"{row['trial']}{' (chosen)' if row['chosen'] else ''}",
            f"{row['auroc']:.3f}",
            row["films"],
            row["nodules"]["noticed"]["hits"],
            row["nodules"]["noticed_without"]["hits"],
            row["nodules"]["pointing_tolerant"]["hits"],
            row["nodules"]["noticed"]["films"],
        )
        for row in document["trials"]
    )
    return Table(f"Recipes on {document['device']}", COLUMNS, rows)


def _draw(jobs: list[Job]) -> None:
    """Draw everything once, and lay it where each trial looks for its own."""
    job, cores = jobs[0], os.cpu_count() or 1
    shape = planned_shape(job.data, job.shape, job.two)
    drawn = job.out / "drawn"
    drawn.mkdir(exist_ok=True)
    one = replace(job.two, threads=1, loaders=cores - 1)
    drawn_films(train_rows(job.data), shape, one, drawn)
    for each in jobs:
        checkpoints = each.folder / "checkpoints"
        checkpoints.mkdir(parents=True, exist_ok=True)
        for kept in drawn.glob("*.npz"):
            (checkpoints / kept.name).unlink(missing_ok=True)
            (checkpoints / kept.name).hardlink_to(kept)
    seeds = range(FIRST_SEED, FIRST_SEED + (2 if job.small else PHANTOMS))
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as pool:
        films = list(pool.map(_nodule, seeds))
    for place, name in enumerate(NODULE_ARRAYS):
        np.save(drawn / f"nodules-{name}.npy", np.stack([film[place] for film in films]))


def _tried(job: Job, beside: int, whole: bool) -> dict[str, Any]:
    logging.basicConfig(level=logging.INFO, format=f"%(asctime)s {job.trial.name}: %(message)s")
    recipe = job.all_members if whole else job.two
    train_embedded(job.data, job.folder, recipe, job.shape, fit_only=True)
    torch.set_num_threads(max(1, (os.cpu_count() or 2) // beside))
    return {"trial": job.trial.name, "whole": whole, **_figures(job)}


def _figures(job: Job) -> dict[str, Any]:
    trained = load_network(job.folder / WEIGHTS, "trial")
    # The same two members of every trial, also of one that has more.
    network = for_reading(join([trained.member(place) for place in range(MEMBERS)], trained.shape))
    recipe, rows = job.two, train_rows(job.data)
    films = Films.of(rows, patient_folds(rows, recipe.folds, recipe.seed), network)
    head = films.at(films.headline & (films.folds < MEMBERS))
    scored = head.scored(read_films(network, head.rows).own(head.folds))
    mean = mean_auroc(scored, resamples=1)[0]
    arrays = [np.load(job.out / "drawn" / f"nodules-{name}.npy") for name in NODULE_ARRAYS]
    readings = [
        read_drawn(network, grey, mask, pass_film(network, free), "nodule", str(place), TRAINED)
        for place, (free, grey, mask) in enumerate(zip(*arrays, strict=True))
    ]
    return {
        "auroc": mean.value if mean else float("nan"),
        "films": len(head.rows),
        "nodules": drawn_figures(readings, decide_all(scored)["nodule"]),
    }


def _nodule(seed: int) -> tuple[Grey, Grey, np.ndarray[Any, np.dtype[np.bool_]]]:
    """Return a phantom without and with plain nodules, and where they lie."""
    lesions = draw_lesions(np.random.default_rng(seed), "nodule", plain=True)
    free, film = make_film(seed, "PA", (), ROWS), make_film(seed, "PA", lesions, ROWS)
    return phantom_grey(free.pixels), phantom_grey(film.pixels), film.masks["nodule"]


def _best(rows: list[dict[str, Any]]) -> int:
    highest = max(row["auroc"] for row in rows)

    def worth(place: int) -> tuple[bool, int, float]:
        row = rows[place]
        found = min(row["nodules"][what]["hits"] for what in ("noticed", "pointing_tolerant"))
        return row["auroc"] >= highest - NEAR, found, row["auroc"]

    return max(range(len(rows)), key=worth)


def _device() -> str:
    return torch.cuda.get_device_name() if learning_device().type == "cuda" else "CPU"


if __name__ == "__main__":
    main()
