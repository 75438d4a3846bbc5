"""What was measured of the model that drafted, in words; every number from its figures file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.domain.conversation import Ground
from core.domain.finding import Certainty, Finding
from core.models.measured import Measured
from core.reporting.assistant.glossary import Entry, Glossary
from core.reporting.assistant.said import Said, interval, listed, number
from core.reporting.drafting import CHANCE
from core.reporting.study_context import StudyContext

MENTIONED = 3
"""So many findings are named as the best and as the weakest."""


def how_good_at(said: Said, words: Glossary, context: StudyContext, entry: Entry) -> None:
    """Sensitivity, specificity and AUROC of one finding, with operating point and intervals."""
    measured = context.measured
    if measured is None:
        said.say("model_not_measured")
        return
    figures = measured.findings.get(entry.finding)
    if figures is None or figures.auroc is None:
        said.say("not_measured", finding=entry.term)
        return
    to = words.words["to"]
    counted = _entry_of(measured, entry.finding)
    said.say(
        "measured",
        positives=figures.positives,
        films=figures.positives + int(counted.get("negatives", 0)),
        auroc=interval(figures.auroc, to),
        point=number(figures.operating_point),
        sensitivity=interval(figures.sensitivity, to),
        specificity=interval(figures.specificity, to),
    )
    if figures.sensitivity_uncertain is not None:
        said.say(
            "measured_uncertain",
            low=number(figures.uncertain_point),
            sensitivity=interval(figures.sensitivity_uncertain, to),
            specificity=interval(figures.specificity_uncertain, to),
        )
    if figures.auroc.low <= CHANCE:
        said.say("below_chance")
    said.cite(Ground.FIGURES, entry.finding)


def how_often_right(said: Said, context: StudyContext, finding: Finding) -> None:
    """What this certainty turned out to mean on films of unseen patients."""
    if context.measured is None:
        return
    counted = _entry_of(context.measured, finding.name)
    one = counted.get("certainties", {}).get("val", {}).get(finding.certainty.value, {})
    if one.get("films"):
        said.say(f"certainty_{finding.certainty.value}", had=one["had"], films=one["films"])
        said.cite(Ground.FIGURES, finding.name)


def how_good(said: Said, words: Glossary, context: StudyContext) -> None:
    """The model as a whole: its mean, what it does best and worst."""
    measured = context.measured
    if measured is None or measured.mean_nih_auroc is None:
        said.say("model_not_measured")
        return
    to = words.words["to"]
    over = measured.document.get("mean_nih_auroc_over", ())
    said.say("mean", findings=len(over), auroc=interval(measured.mean_nih_auroc, to))
    ranked = sorted(
        (
            (figures.auroc.value, name)
            for name, figures in measured.findings.items()
            if figures.auroc is not None and name in over and name in words.by_finding
        ),
        reverse=True,
    )

    def lines(names: list[str]) -> str:
        return listed(
            f"{words.by_finding[name].term} {interval(measured.findings[name].auroc, to)}"
            for name in names
        )

    if len(ranked) >= 2 * MENTIONED:
        said.say("best", list=lines([name for _value, name in ranked[:MENTIONED]]))
        said.say("worst", list=lines([name for _value, name in ranked[-MENTIONED:]]))
    said.cite(Ground.FIGURES, "mean")


def against_its_points(said: Said, finding: Finding) -> None:
    """Why a number is called what it is called."""
    shown, point, low = finding.shown, finding.operating_point, finding.uncertain_point
    if shown is None or point is None:
        return
    if finding.certainty is Certainty.PRESENT:
        template = "above"
    elif finding.certainty is Certainty.ABSENT:
        template = "below"
    else:
        template = "held_back" if shown >= point else "between"
    said.say(
        template,
        value=number(shown, low if template == "below" else point),
        point=number(point, shown),
        low=number(low, shown),
    )


def _entry_of(measured: Measured, name: str) -> Mapping[str, Any]:
    found = measured.document["findings"].get(name, {})
    assert isinstance(found, Mapping)
    return found
