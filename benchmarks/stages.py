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
import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.draft import draft
from benchmarks.films import READER, another_draft, as_dicom, new_place, phantom
from benchmarks.record import Ratio, Result, Spread, Table, arguments, measure, publish
from core.domain.draft import Draft, EvidenceMap
from core.domain.job import JobState
from core.domain.study import Instance, Study
from core.explain.gradcam import split_gradcam
from core.imaging.radiograph import decode_pixels
from core.imaging.windowing import apply_window
from core.models import registry
from core.models.base import FindingClassifier
from core.models.embedded import load_network
from core.models.measured import WEIGHTS
from core.models.network import Network
from core.models.preprocessing import to_square
from core.reporting import drafting
from dashboard.services.draft_study import map_png
from dashboard.services.receive_study import receive_file
from dashboard.workspace import Workspace

PRODUCT = 2048
"""Side of the matrices of the floor: large enough that a product is arithmetic and nothing else."""


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

    def __init__(self, place: Workspace, classifier: FindingClassifier, study_id: int) -> None:
        self._place, self._classifier = place, classifier
        with place.look() as look:
            self._study: Study = look.studies.get(study_id)
        self._film: Instance = self._study.frontals[0]
        self.network: Network = load_network(registry.EMBEDDED_FOLDER / WEIGHTS, registry.EMBEDDED)
        self._number = 0

    def decode(self) -> None:
        content = self._place.blobs.get(self._film.pixel_blob_digest)
        self._pixels = decode_pixels(content, self._film.rows, self._film.columns)

    def window(self) -> None:
        self._grey = apply_window(
            self._pixels, self._film.window, monochrome1=self._film.monochrome1
        )

    def preprocess(self) -> None:
        square, self._geometry = to_square(self._grey, self.network.shape.size)
        self._centred = (torch.from_numpy(square)[None, None] - 0.5) * 4.0
        self._members: dict[int, torch.Tensor] = {}

    def member(self, number: int) -> None:
        with torch.no_grad():
            self._members[number] = self.network.trunks[number](self._centred)

    def head(self) -> None:
        self._features = torch.cat([self._members[n] for n in sorted(self._members)], dim=1)
        with torch.no_grad():
            self.network.head(self._features)

    def maps(self) -> None:
        names = self.network.shape.findings
        cams = split_gradcam(self._features, self.network.head, range(len(names)))
        self._maps = {
            name: self._geometry.map_to_film(cam) for name, cam in zip(names, cams, strict=True)
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

    def read_once(self) -> None:
        """The reading that the words are made of: by the classifier itself, not timed."""
        self._reading = self._classifier.read(self._grey, maps_for=())

    def in_order(self) -> dict[str, Callable[[], None]]:
        members = {
            f"forward, member {number + 1}": lambda number=number: self.member(number)
            for number in range(self.network.shape.members)
        }
        return {
            "film from the store, unpacked": self.decode,
            "window": self.window,
            "preprocessing to the square": self.preprocess,
            **members,
            "head and vote": self.head,
            f"maps of {len(self.network.shape.findings)} findings": self.maps,
            "words": self.words,
            "maps as PNG": self.png,
            "store": self.store,
        }


def timed(stages: Stages, n: int) -> dict[str, list[float]]:
    """Seconds of each stage over ``n`` drafts, after two that do not count."""
    taken: dict[str, list[float]] = {name: [] for name in stages.in_order()}
    for _ in range(n + 2):
        for name, act in stages.in_order().items():
            if act == stages.words:
                stages.read_once()
            if act == stages.store:
                stages.prepare_store()
            started = time.perf_counter()
            act()
            taken[name].append(time.perf_counter() - started)
    return {name: seconds[2:] for name, seconds in taken.items()}


def peak_gflops(plan: Plan) -> float:
    """The best of several float32 products of two large matrices, in 10^9 operations a second."""
    side = plan.product_side
    one, other = torch.rand(side, side), torch.rand(side, side)
    best = min(measure(lambda: torch.mm(one, other), n=plan.products))
    return 2 * side**3 / best / 1e9


def operations(network: Network) -> float:
    """Multiplications and additions of one forward pass of all members, as torch counts them."""
    size = network.shape.size
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.from_numpy(np.zeros((1, 1, size, size), np.float32)))
    return float(counter.get_total_flops())


def table_of(stages: Stages, plan: Plan, threads: int) -> tuple[Table, list[Ratio]]:
    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)
    peak, flops = peak_gflops(plan), operations(stages.network)
    floor_ms = flops / peak / 1e6
    spreads = {name: Spread.of(times, 1000) for name, times in timed(stages, plan.n).items()}
    whole = sum(spread.p50 for spread in spreads.values())
    forward = sum(item.p50 for name, item in spreads.items() if name.startswith("forward"))
    rows = [
        (name, *spread.cells, 100 * spread.p50 / whole, spread.p50 / floor_ms)
        for name, spread in spreads.items()
    ]
    rows.append(("all stages", whole, "", "", 100.0, whole / floor_ms))
    rows.append(("floor of the forward pass", floor_ms, "", "", 100 * floor_ms / whole, 1.0))
    title = (
        f"Milliseconds, {threads} thread(s): {flops / 1e9:.2f} GFLOP a pass, "
        f"matrix products at {peak:.0f} GFLOP/s"
    )
    columns = ("stage", "p50", "p95", "n", "share %", "ratio to floor")
    return Table(title, columns, tuple(rows)), [
        Ratio(f"forward pass over its floor, {threads} thread(s)", forward / floor_ms),
        Ratio(f"whole draft over the floor, {threads} thread(s)", whole / floor_ms),
    ]


def result(plan: Plan, *, small: bool) -> Result:
    tables, ratios = [], []
    classifier = registry.load(registry.EMBEDDED)
    with tempfile.TemporaryDirectory() as folder:
        place = new_place(Path(folder), registry.EMBEDDED)
        content = as_dicom(phantom(side=plan.side))
        study_id = receive_file(place, "film.dcm", content, reader=READER).study_id
        draft(place, study_id, classifier)
        stages = Stages(place, classifier, study_id)
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
            "by one, with the map of every finding; two drafts are warm-up.",
            "The floor is the number of operations of the forward pass, counted by "
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
