"""Where the time of a draft goes, beside the least that its arithmetic can take on this machine.

Run: python -m benchmarks.stages
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.draft import draft
from benchmarks.films import READER, another_draft, as_dicom, new_place, phantom
from benchmarks.record import Ratio, Result, Spread, Table, arguments, measure, publish
from core.domain.draft import Draft, EvidenceMap
from core.domain.job import JobState
from core.domain.study import Instance, Study
from core.evaluation.reading import FilmPass
from core.explain.map_png import map_png
from core.imaging.radiograph import decode_pixels
from core.imaging.windowing import apply_window
from core.models import registry
from core.models.embedded import EmbeddedClassifier, load_network
from core.models.film_standing import FilmGate, film_map, upright
from core.models.measured import WEIGHTS
from core.models.network import Network, for_reading
from core.models.preprocessing import to_square
from core.reporting import drafting
from dashboard.services.receive_study import receive_file
from dashboard.workspace import Workspace

PRODUCT = 2048
"""Side of the matrices of the floor: large enough that a product is arithmetic and nothing else."""
AIMS_MS = {1: 400.0, 2: 300.0}
"""Milliseconds, by threads, within which a film has its gate, its scores and all its maps."""


FORWARD = "forward, member "
FUSING = "fused maps of all members"
READING = "gate, scores and every map"


@dataclass(frozen=True)
class Plan:
    side: int
    n: int
    products: int
    product_side: int


FULL = Plan(side=2048, n=30, products=10, product_side=PRODUCT)
SMALL = Plan(side=256, n=2, products=2, product_side=256)


class Stages:
    """One film taken through the draft; each stage keeps what the next one needs."""

    def __init__(
        self, place: Workspace, classifier: EmbeddedClassifier, gate: FilmGate, study_id: int
    ) -> None:
        self._place, self._classifier, self._gate = place, classifier, gate
        with place.look() as look:
            self._study: Study = look.studies.get(study_id)
        self._film: Instance = self._study.frontals[0]
        self.network: Network = for_reading(
            load_network(registry.EMBEDDED_FOLDER / WEIGHTS, registry.EMBEDDED)
        )
        for trunk in self.network.trunks:
            trunk.get_submodule("from_coarse").register_forward_pre_hook(self._fusing)
        self._method = classifier.measured.map_method
        self._number = 0

    @property
    def names(self) -> tuple[str, ...]:
        return self.network.shape.findings

    def decode(self) -> None:
        content = self._place.blobs.get(self._film.pixel_blob_digest)
        self._pixels = decode_pixels(content, self._film.rows, self._film.columns)

    def window(self) -> None:
        self._grey = apply_window(
            self._pixels, self._film.window, monochrome1=self._film.monochrome1
        )

    def gate(self) -> None:
        self._standing = self._gate.check(self._grey)
        self._upright = upright(self._grey, self._standing)

    def preprocess(self) -> None:
        square, self._geometry = to_square(self._upright, self.network.shape.size)
        self._centred = (torch.from_numpy(square)[None, None] - 0.5) * 4.0
        self._members: dict[int, torch.Tensor] = {}
        self.fusing = 0.0

    def member(self, number: int) -> None:
        """A member up to its fused map; ``fusing`` gathers how much of it was the fusing."""
        with torch.no_grad():
            self._members[number] = self.network.trunks[number](self._centred)
        self.fusing += time.perf_counter() - self._fusing_began

    def _fusing(self, _module: object, _inputs: object) -> None:
        """The stages of the trunk are done, and their maps are laid over each other."""
        self._fusing_began = time.perf_counter()

    def head(self) -> None:
        self._features = torch.cat([self._members[n] for n in sorted(self._members)], dim=1)
        with torch.no_grad():
            self._logits = self.network.head(self._features)[0].numpy()

    def maps(self) -> None:
        film = FilmPass(self.network, self._features, self._logits, self._geometry)
        drawn = film.maps(range(len(self.names)), self._method)
        self._maps = {
            name: film_map(one, self._standing) for name, one in zip(self.names, drawn, strict=True)
        }

    def words(self) -> None:
        film, study, figures = self._film, self._study, self._classifier.figures
        self._findings = drafting.findings_from(
            self._reading, figures, projection=film.projection, age=study.age
        )
        self._text = drafting.compose(
            self._findings, figures, study=study, films=study.chest_projections, prior=""
        )

    def png(self) -> None:
        rows, columns = self._film.rows, self._film.columns
        self._png = {name: map_png(grey, rows, columns) for name, grey in self._maps.items()}

    def prepare_store(self) -> None:
        """A job of its own for each draft, which is not part of the draft."""
        self._number += 1
        self._job = another_draft(self._place, self._study.id, f"1{self._number}")

    def store(self) -> None:
        sentences, sections, warnings = self._text
        named = {finding.name for finding in self._findings}
        maps = tuple(
            EvidenceMap(name, self._film.id, png, False)
            for name, png in self._png.items()
            if name in named
        )
        draft = Draft(
            self._classifier.identity, 0.0, self._findings, sentences, sections, warnings, maps
        )
        digests = {item.finding: self._place.blobs.put(item.png) for item in maps}
        with self._place.work() as work:
            work.reports.get(self._study.id, lock=True)
            stored = work.drafts.add(self._study.id, self._job.id, draft, digests)
            work.reports.fill(self._study.id, stored.sections, stored.id)
            work.jobs.finish(self._job.id, JobState.DONE)

    def whole_reading(self) -> None:
        """Gate, scores and every map as one, by what drafts; the words are made of it."""
        standing = self._gate.check(self._grey)
        self._reading = self._classifier.read(upright(self._grey, standing), self.names)

    def in_order(self) -> dict[str, Callable[[], None]]:
        members = {
            f"{FORWARD}{number + 1}": lambda number=number: self.member(number)
            for number in range(self.network.shape.members)
        }
        return {
            "film from the store, unpacked": self.decode,
            "window": self.window,
            "gate": self.gate,
            "preprocessing to the square": self.preprocess,
            **members,
            "head and vote": self.head,
            f"maps of {len(self.names)} findings, {self._method}": self.maps,
            "words": self.words,
            "maps as PNG": self.png,
            "store": self.store,
        }


def timed(stages: Stages, n: int) -> tuple[dict[str, list[float]], list[float]]:
    """Seconds of each stage and of the whole reading over ``n`` drafts, after two warm-ups."""
    taken: dict[str, list[float]] = {}
    whole: list[float] = []
    for _ in range(n + 2):
        for name, act in stages.in_order().items():
            if act == stages.words:
                whole += measure(stages.whole_reading, n=1, warm=0)
            if act == stages.store:
                stages.prepare_store()
            if act == stages.head:
                taken.setdefault(FUSING, []).append(stages.fusing)
            fused = stages.fusing if name.startswith(FORWARD) else 0.0
            started = time.perf_counter()
            act()
            seconds = time.perf_counter() - started
            if name.startswith(FORWARD):
                seconds -= stages.fusing - fused
            taken.setdefault(name, []).append(seconds)
    return {name: seconds[2:] for name, seconds in taken.items()}, whole[2:]


def peak_gflops(plan: Plan) -> float:
    """The best of several float32 products of two large matrices, in 10^9 operations a second."""
    side = plan.product_side
    one, other = torch.rand(side, side), torch.rand(side, side)
    best = min(measure(lambda: torch.mm(one, other), n=plan.products))
    return 2 * side**3 / best / 1e9


def operations(stages: Stages) -> float:
    """Multiplications and additions of gate, forward pass and all maps, as torch counts them."""
    with FlopCounterMode(display=False) as counter:
        stages.whole_reading()
    return float(counter.get_total_flops())


def table_of(stages: Stages, plan: Plan, threads: int) -> tuple[Table, list[Ratio]]:
    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)
    taken, readings = timed(stages, plan.n)
    spreads = {name: Spread.of(times, 1000) for name, times in taken.items()}
    peak, flops = peak_gflops(plan), operations(stages)
    floor_ms = flops / peak / 1e6
    whole = sum(spread.p50 for spread in spreads.values())
    forward = sum(
        item.p50 for name, item in spreads.items() if name.startswith(FORWARD) or name == FUSING
    )
    reading = Spread.of(readings, 1000)
    rows = [
        (name, *spread.cells, 100 * spread.p50 / whole, spread.p50 / floor_ms)
        for name, spread in spreads.items()
    ]
    rows.append(("all stages", whole, "", "", 100.0, whole / floor_ms))
    rows.append((READING, *reading.cells, 100 * reading.p50 / whole, reading.p50 / floor_ms))
    rows.append(("floor", floor_ms, "", "", 100 * floor_ms / whole, 1.0))
    title = (
        f"Milliseconds, {threads} thread(s): {flops / 1e9:.2f} GFLOP a film, "
        f"matrix products at {peak:.0f} GFLOP/s"
    )
    columns = ("stage", "p50", "p95", "n", "share %", "ratio to floor")
    aim, on = AIMS_MS[threads], f"{threads} thread(s)"
    return Table(title, columns, tuple(rows)), [
        Ratio(f"{READING}, p50, over the aim of {aim:g} ms, {on}", reading.p50 / aim, 1.0),
        Ratio(f"whole draft over the same aim, {on}", whole / aim, 1.0),
        Ratio(f"forward pass over the floor, {on}", forward / floor_ms),
        Ratio(f"{READING}, over the floor, {on}", reading.p50 / floor_ms),
        Ratio(f"whole draft over the floor, {on}", whole / floor_ms),
    ]


def result(plan: Plan, *, small: bool) -> Result:
    tables, ratios = [], []
    classifier = EmbeddedClassifier(registry.EMBEDDED_FOLDER)
    gate = registry.load_film_check(registry.EMBEDDED)
    with tempfile.TemporaryDirectory() as folder:
        place = new_place(Path(folder), registry.EMBEDDED)
        content = as_dicom(phantom(side=plan.side))
        study_id = receive_file(place, "film.dcm", content, reader=READER).study_id
        draft(place, study_id, classifier, gate)
        stages = Stages(place, classifier, gate, study_id)
        for threads in (1, 2):
            table, some = table_of(stages, plan, threads)
            tables.append(table)
            ratios += some
        place.engine.dispose()
    return Result(
        name="stages",
        title="Where the time of a draft goes",
        method=(
            f"A film of {plan.side} x {plan.side} pixels goes through the stages of the draft one "
            "by one, with the map of every finding by the method that readers see; two drafts are "
            "warm-up. What fuses the maps of a member is taken out of its forward pass and shown "
            "for all members together.",
            f"The {READING} are also measured in one go: from the grey levels of the film, by the "
            "calls that the worker makes, everything loaded.",
            "The floor is the number of operations of gate, forward pass and all maps, counted by "
            "torch.utils.flop_counter, over the best rate of a float32 product of two matrices "
            f"of {plan.product_side} x {plan.product_side} on the same threads.",
        ),
        tables=tuple(tables),
        ratios=tuple(ratios),
        small=small,
    )


def main() -> None:
    chosen = arguments(__doc__)
    publish(result(SMALL if chosen.small else FULL, small=chosen.small), chosen.results)


if __name__ == "__main__":
    main()
