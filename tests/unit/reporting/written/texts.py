"""Studies with a film, and drafts of what a language model wrote about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from core.domain.finding import Certainty, Finding, Laterality
from core.domain.study import Instance, Projection, Study, Window
from core.reporting.text_draft import TextDraft, draft_of_text
from tests.unit.reporting.drafting.drafts import figures, study

PA = (Projection.PA,)


def film(projection: Projection = Projection.PA) -> Instance:
    return Instance(
        id=1,
        sop_instance_uid="1.2.4",
        series_instance_uid="1.2.5",
        modality="DX",
        projection=projection,
        body_part="CHEST",
        rows=100,
        columns=80,
        window=Window(0.5, 1.0),
        monochrome1=False,
        spacing_mm=None,
        blob_digest="",
        pixel_digest="",
    )


def filmed(
    projection: Projection = Projection.PA, age: str = "063Y", indication: str = "Cough."
) -> Study:
    return replace(study(age, indication), instances=(film(projection),))


def written(text: str, of: Study | None = None, **known: Any) -> TextDraft:
    given = of or filmed()
    return draft_of_text(text, study=given, **{"films": PA, **known})


def beside(text: str, findings: Sequence[Finding], **changes: Any) -> TextDraft:
    """A text with a classifier's findings beside it."""
    measured = {each.name: figures(each.name, **changes) for each in findings}
    return written(text, findings=findings, figures=measured)


def scored(
    name: str, certainty: Certainty, side: Laterality | None = None, *, drafted: bool | None = None
) -> Finding:
    score = {Certainty.PRESENT: 0.9, Certainty.UNCERTAIN: 0.3, Certainty.ABSENT: 0.1}[certainty]
    shown = certainty is not Certainty.ABSENT if drafted is None else drafted
    return Finding(name, score, 0.5, certainty, laterality=side, drafted=shown)


def about(draft: TextDraft) -> dict[str, tuple[tuple[str, ...], str]]:
    """What each warning is about, by code; every code once."""
    found = {each.code: (each.findings, each.words) for each in draft.warnings}
    assert len(found) == len(draft.warnings)
    return found
