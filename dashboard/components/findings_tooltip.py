"""What a number in the findings panel means, and on what it was measured."""

from __future__ import annotations

from core.domain.finding import Certainty, Finding, digits_apart
from core.models.measured import Measured
from dashboard.components.models.figures import (
    Document,
    decimal,
    few_positives,
    figure,
    films_known,
    part,
    span,
)
from dashboard.language import translate as _


def tooltip(finding: Finding, measured: Measured | None) -> str:
    """Return the sentences behind one number, from the figures of the model that drafted.

    Parameters
    ----------
    finding : Finding
        As it stands in the draft, with its number and operating point.
    measured : Measured or None
        The figures file of that model; ``None`` for a model that was never measured.
    """
    if finding.numbers is None:
        return _("Stated by the text alone: no model scored it.")
    entry = part(measured.document if measured else {}, "findings", finding.name)
    number = _number(finding, *finding.numbers)
    parts = [number, _measured(entry), _called(entry, finding.certainty)]
    return " ".join(words for words in parts if words)


def _number(finding: Finding, shown: float, present: float) -> str:
    digits = digits_apart(shown, finding.uncertain_point, present)
    value, points = f"{shown:.{digits}f}", _points(finding.uncertain_point, present, digits)
    if finding.probability is None:
        words = _("Score {value}, not calibrated; {points}.")
        return words.format(value=value, points=points)
    words = _("Probability {value} at a prevalence of {prevalence}; {points}.")
    return words.format(value=value, prevalence=f"{finding.prevalence or 0:.2f}", points=points)


def _points(uncertain: float, present: float, digits: int) -> str:
    """Where the words begin; a finding without room between its points is never uncertain."""
    if not 0 < uncertain < present:
        return _("present from {present}").format(present=f"{present:.{digits}f}")
    words = _("uncertain from {uncertain}, present from {present}")
    return words.format(uncertain=f"{uncertain:.{digits}f}", present=f"{present:.{digits}f}")


def _measured(entry: Document) -> str:
    films = films_known(entry)
    if not films:
        return _("Not measured.")
    words = _("Measured on {films} films of unseen NIH patients, {positives} of them positive.")
    if few_positives(entry):
        words = _(
            "Measured on {films} films of unseen NIH patients, {positives} of them positive: too "
            "few to say how well."
        )
    parts = [words.format(positives=entry.get("positives", 0), films=films)]
    area = figure(entry, "auroc")
    if area is not None and not few_positives(entry):
        words = _("AUROC {value} (95 % interval {ends}).")
        parts.append(words.format(value=decimal(area["value"]), ends=span(area)))
    return " ".join(parts)


def _called(entry: Document, certainty: Certainty) -> str:
    """What present turned out to mean, and what this film's own certainty did."""
    sentences = {
        Certainty.PRESENT: _("Of the films called present, {had} in {films} had it."),
        Certainty.UNCERTAIN: _("Of the films called uncertain, {had} in {films} had it."),
        Certainty.ABSENT: _("Of the films called absent, {had} in {films} had it."),
    }
    none = {
        Certainty.PRESENT: _("None of these films was called present."),
        Certainty.UNCERTAIN: _("None of these films was called uncertain."),
        Certainty.ABSENT: _("None of these films was called absent."),
    }
    said = part(entry, "certainties", "val")
    parts = []
    for called in dict.fromkeys((certainty, Certainty.PRESENT)):
        one = part(said, called.value)
        if one.get("films"):
            parts.append(sentences[called].format(had=one["had"], films=one["films"]))
        elif one and called is certainty:
            parts.append(none[called])
    return " ".join(parts)
