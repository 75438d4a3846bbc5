"""A case and answers, without a database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from core.domain.finding import Laterality
from core.domain.report import Sections
from core.domain.study import Window
from core.domain.teaching import (
    Answer,
    AnsweredFinding,
    CaseFilm,
    Level,
    Reference,
    Region,
    TeachingCase,
    TrueFinding,
)

EFFUSION = "pleural effusion"
SQUARE = ((10.0, 10.0), (30.0, 10.0), (30.0, 30.0), (10.0, 30.0))
PRESENT = TrueFinding(EFFUSION, True, Laterality.RIGHT)


def case_of(
    *findings: TrueFinding,
    regions: Sequence[Region] = (),
    reference: Reference = Reference.CT,
    spacing_mm: tuple[float, float] | None = (2.0, 0.5),
) -> TeachingCase:
    return TeachingCase(
        id=1,
        title="",
        level=Level.BASIC,
        reference=reference,
        reference_note="",
        findings=findings,
        regions=tuple(regions),
        film=CaseFilm("key", 100, 100, Window(50, 100), False, spacing_mm, "PA", "0" * 64),
        history="",
        learning_points="",
        report=Sections(),
        draft=None,
        made_by="Dr. Test",
        made_at=dt.datetime(2026, 11, 2, tzinfo=dt.UTC),
    )


def picked(name: str, certainty: float = 1.0, side: Laterality | None = None) -> Answer:
    return Answer((AnsweredFinding(name, certainty, side),))
