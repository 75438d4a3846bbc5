"""Figures, findings and the drafts made of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core.domain.draft import DraftSentence, DraftWarning
from core.domain.finding import Certainty, Finding, Laterality
from core.domain.report import Sections
from core.domain.study import Patient, Projection, Source, Study, StudyStatus
from core.findings.vocabulary import TERMS
from core.models.base import FilmReading, FindingFigures, Interval
from core.reporting.drafting import compose, findings_from

WORDED = [term.name for term in TERMS if term.worded]
HIGH = Interval(0.97, 0.93, 0.99, 60)


def figures(name: str, **changes: Any) -> FindingFigures:
    measured = {
        "name": name,
        "positives": 60,
        "prevalence": 0.1,
        "operating_point": 0.5,
        "uncertain_point": 0.2,
        "calibrated": False,
        "auroc": HIGH,
    }
    return FindingFigures(**(measured | changes))


def study(age: str = "063Y", indication: str = "Cough.") -> Study:
    return Study(
        id=1,
        study_instance_uid="1.2.3",
        patient=Patient(age=age),
        accession_number="",
        description="",
        indication=indication,
        study_datetime=None,
        received_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        source=Source.UPLOAD,
        status=StudyStatus.WAITING,
    )


def read(
    scores: Mapping[str, float],
    *,
    projection: Projection = Projection.PA,
    age: int | None = 63,
    sides: Mapping[str, Laterality] | None = None,
    probabilities: Mapping[str, float] | None = None,
    **changes: Any,
) -> dict[str, Finding]:
    found = findings_from(
        FilmReading(scores, probabilities or {}, {}),
        {name: figures(name, **changes) for name in scores},
        projection=projection,
        age=age,
        sides=sides or {},
    )
    return {finding.name: finding for finding in found}


def finding(
    name: str,
    certainty: Certainty = Certainty.PRESENT,
    side: Laterality | None = None,
    *,
    drafted: bool = True,
) -> Finding:
    score = {Certainty.PRESENT: 0.9, Certainty.UNCERTAIN: 0.3, Certainty.ABSENT: 0.1}[certainty]
    drafted = drafted and certainty is not Certainty.ABSENT
    return Finding(name, score, 0.5, certainty, laterality=side, drafted=drafted, evidence=7)


def draft(
    findings: Sequence[Finding],
    *,
    films: Sequence[Projection] = (Projection.PA,),
    age: str = "063Y",
    **changes: Any,
) -> tuple[tuple[DraftSentence, ...], Sections, tuple[DraftWarning, ...]]:
    measured = {each.name: figures(each.name, **changes) for each in findings}
    return compose(findings, measured, study=study(age), films=films)


def codes(warnings: Iterable[DraftWarning]) -> list[str]:
    return [warning.code for warning in warnings]
