"""The film of a case as the viewer takes it, with marks to set, or marks and regions to compare."""

from __future__ import annotations

from collections.abc import Mapping

from core.domain.teaching import CaseFilm, Mark
from dashboard import addresses
from dashboard.components import viewer
from dashboard.language import translate as _
from dashboard.services.report_document import evidence_title
from dashboard.services.teaching.reading import Revealed

HEIGHT = "min(calc(100vh - 96px), 130vw)"
"""Below the bar and the head of the case; in a narrow window it leaves room for the answer."""

_ONLY = 0  # number of the one film, for the viewer's maps


def to_read(film: CaseFilm, offered: Mapping[str, bool], *, phantom: bool, key: str) -> None:
    """The bare film, on which marks can be set."""
    marks = viewer.MarksToSet(tuple((name, _(name)) for name in offered))
    _show(film, (), marks, phantom=phantom, key=key)


def revealed(found: Revealed, *, key: str) -> None:
    """The film with marks, regions, and the maps of the model's draft."""
    case, attempt = found.case, found.attempt
    maps = tuple(
        viewer.MapView(
            finding=item.finding,
            instance_id=_ONLY,
            url=addresses.case_map(item.key),
            title=f"{_(item.finding)}: {evidence_title(item.validated)}",
            validated=item.validated,
            label=_(item.finding),
        )
        for item in (case.draft.maps if case.draft else ())
    )
    hits = [item.hit for item in attempt.score.marks] if attempt.score else []
    judged = hits if len(hits) == len(attempt.answer.marks) else [None] * len(attempt.answer.marks)
    marks = viewer.MarksShown(
        tuple(_mark(mark, hit) for mark, hit in zip(attempt.answer.marks, judged, strict=True)),
        tuple(viewer.RegionShown(one.finding, _(one.finding), one.outline) for one in case.regions),
    )
    _show(case.film, maps, marks, phantom=case.phantom, key=key)


def _mark(mark: Mark, hit: bool | None) -> viewer.MarkShown:
    return viewer.MarkShown(
        mark.finding, _(mark.finding), mark.x, mark.y, mark.width, mark.height, hit
    )


def _show(
    film: CaseFilm,
    maps: tuple[viewer.MapView, ...],
    marks: viewer.MarksToSet | viewer.MarksShown,
    *,
    phantom: bool,
    key: str,
) -> None:
    view = viewer.FilmView(
        instance_id=_ONLY,
        url=addresses.case_film(film.key),
        rows=film.rows,
        columns=film.columns,
        window_center=film.window.center,
        window_width=film.window.width,
        window_function=film.window.function,
        monochrome1=film.monochrome1,
        spacing_mm=film.spacing_mm,
        label=film.projection or _("film"),
        phantom=phantom,
    )
    viewer.show([view], maps, height_css=HEIGHT, key=key, marks=marks)
