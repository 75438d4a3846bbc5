"""The PDF of a signed study and of a draft, against an empty sheet with the same picture.

Run: python -m benchmarks.pdf
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from benchmarks.films import READER, drafted_study, eight_bits, new_place, phantom
from benchmarks.record import Ratio, Result, Spread, Table, arguments, measure, publish
from core.domain.report import Sections
from core.explain.overlay import jpeg, shrunk
from core.models import registry
from dashboard.services.edit_report import open_review, save_report
from dashboard.services.report_document import report_document
from dashboard.services.sign_report import Resolution, sign
from dashboard.workspace import Workspace

TEXT = Sections(
    indication="Cough and fever.",
    comparison="None.",
    technique="PA view.",
    findings="Small left pleural effusion. The heart is not enlarged. No pneumothorax.",
    impression="Small left pleural effusion.",
)


@dataclass(frozen=True)
class Plan:
    side: int
    n: int


FULL = Plan(side=2048, n=30)
SMALL = Plan(side=256, n=2)


def signed_study(place: Workspace, study_id: int) -> int:
    """Write and sign the report of a drafted study, each open check with a reason."""
    version = open_review(place, study_id).report.version
    saved = save_report(place, study_id, TEXT, version=version, reader=READER)
    review = open_review(place, study_id)
    sign(
        place,
        study_id,
        version=saved.version,
        reader=READER,
        resolutions=[Resolution(item.id, "override", "Benchmark.") for item in review.checks],
        films=[film.id for film in review.study.instances],
    )
    return study_id


def result(plan: Plan, *, small: bool) -> Result:
    film = phantom(side=plan.side)
    picture = eight_bits(film.pixels)

    def bare_sheet() -> bytes:
        target = BytesIO()
        canvas = Canvas(target, pagesize=A4)
        canvas.drawImage(ImageReader(BytesIO(jpeg(shrunk(picture)))), 50, 400, 226, 226)
        canvas.save()
        return target.getvalue()

    with tempfile.TemporaryDirectory() as folder:
        place = new_place(Path(folder), registry.EMBEDDED)
        classifier = registry.load(registry.EMBEDDED)
        draft = drafted_study(place, film, 1, classifier)
        signed = signed_study(place, drafted_study(place, film, 2, classifier))
        sheets: dict[str, Callable[[], bytes]] = {
            "signed report": lambda: report_document(place, signed),
            "draft with its map": lambda: report_document(place, draft),
            "empty sheet with the film": bare_sheet,
        }
        times = {name: Spread.of(measure(make, n=plan.n), 1000) for name, make in sheets.items()}
        sizes = {name: len(make()) / 1000 for name, make in sheets.items()}
        place.engine.dispose()
    rows = tuple((name, *spread.cells, sizes[name]) for name, spread in times.items())
    bare = "empty sheet with the film"
    return Result(
        name="pdf",
        title="The PDF of a report",
        method=(
            f"One film of {plan.side} x {plan.side} pixels, from the database and the store to "
            "the bytes of the PDF; two sheets are warm-up.",
            "The peer is a reportlab canvas of one page with the same film, shrunk and compressed "
            "in the same way, and nothing else.",
        ),
        tables=(Table("Milliseconds", ("sheet", "p50", "p95", "n", "KB"), rows),),
        ratios=tuple(
            Ratio(f"{name} over the {bare}, p50", times[name].p50 / times[bare].p50)
            for name in sheets
            if name != bare
        ),
        small=small,
    )


def main() -> None:
    chosen = arguments(__doc__)
    publish(result(SMALL if chosen.small else FULL, small=chosen.small), chosen.results)


if __name__ == "__main__":
    main()
