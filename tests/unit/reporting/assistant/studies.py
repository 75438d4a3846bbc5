"""Studies to ask about: findings made by hand, figures of the embedded model's own file."""

from __future__ import annotations

from core.domain.draft import Draft, DraftSentence, DraftWarning, EvidenceMap, ModelIdentity
from core.domain.finding import Certainty, Finding, Laterality
from core.domain.report import Sections
from core.models import registry
from core.models.measured import Measured
from core.reporting.study_context import StudyContext

CALLED = {
    "pleural effusion": Certainty.PRESENT,
    "lung opacity": Certainty.UNCERTAIN,
    "cardiomegaly": Certainty.UNCERTAIN,
    "pneumothorax": Certainty.ABSENT,
}
REPORT = Sections(
    indication="Cough.",
    findings="There is a small left pleural effusion. No pneumothorax.",
    impression="Left pleural effusion.",
)


def measured() -> Measured:
    found = registry.entry(registry.EMBEDDED).measured
    assert found is not None
    return found


def finding(name: str, certainty: Certainty, side: Laterality | None = None) -> Finding:
    """A finding with a probability that the embedded model's points call so."""
    figures = measured().findings[name]
    low, point = figures.uncertain_point, figures.operating_point
    value = {
        Certainty.PRESENT: (point + 1) / 2,
        Certainty.UNCERTAIN: (low + point) / 2,
        Certainty.ABSENT: low / 2,
    }[certainty]
    return Finding(
        name=name,
        score=value,
        probability=value,
        prevalence=figures.prevalence,
        operating_point=point,
        uncertain_point=low,
        certainty=certainty,
        laterality=side,
        drafted=certainty is not Certainty.ABSENT,
    )


def draft(*findings: Finding, warnings: tuple[DraftWarning, ...] = ()) -> Draft:
    """A draft of these findings; each that is not absent has a map, numbered from 1."""
    shown = [item for item in findings if item.certainty is not Certainty.ABSENT]
    entry = registry.entry(registry.EMBEDDED)
    return Draft(
        model=ModelIdentity(entry.name, entry.digest),
        seconds=1.0,
        findings=tuple(findings),
        sentences=(
            DraftSentence("There is a [side] pleural effusion.", "findings", ("pleural effusion",)),
        ),
        sections=Sections(),
        warnings=warnings,
        maps=tuple(
            EvidenceMap(item.name, 1, b"", item.name == "lung opacity", number)
            for number, item in enumerate(shown, start=1)
        ),
    )


def study(**others: object) -> StudyContext:
    """A study with a draft and a report that nobody has signed."""
    held = {
        "sections": REPORT,
        "draft": draft(*(finding(name, called) for name, called in CALLED.items())),
        "measured": measured(),
        **others,
    }
    return StudyContext(**held)  # type: ignore[arg-type]
