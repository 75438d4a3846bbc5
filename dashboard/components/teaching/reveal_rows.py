"""A committed read in rows and sentences, as the reveal shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.domain.teaching import AnsweredFinding, FindingScore, MarkScore, TrueFinding
from dashboard import language
from dashboard.components.teaching import blind_read_words
from dashboard.language import translate as _
from dashboard.services.teaching.reading import Revealed


@dataclass(frozen=True)
class Row:
    """One finding: what the trainee, the reference and the model say, and what that is worth.

    ``outcome`` is that of `FindingScore`, empty where nothing is scored; ``side_right`` is ``None``
    where no side is asked.
    """

    name: str
    label: str
    yours: str
    reference: str
    model: str
    outcome: str
    outcome_word: str
    brier: str
    side_right: bool | None


def rows(found: Revealed) -> tuple[Row, ...]:
    """Findings that reference, trainee or model name: first what is there, then what was said."""
    case, answer = found.case, found.attempt.answer
    truth = {item.name: item for item in case.findings}
    yours = {item.name: item for item in answer.findings}
    drafted = {str(item.get("name")): item for item in (case.draft.findings if case.draft else ())}
    called = [name for name, item in drafted.items() if item.get("certainty") != "absent"]
    scores = (
        {item.name: item for item in found.attempt.score.findings} if found.attempt.score else {}
    )
    present = [name for name, item in truth.items() if item.present]
    names = dict.fromkeys([*present, *yours, *called, *truth])
    return tuple(
        _row(name, yours.get(name), truth.get(name), drafted.get(name), scores.get(name))
        for name in names
    )


def _row(
    name: str,
    yours: AnsweredFinding | None,
    truth: TrueFinding | None,
    drafted: Mapping[str, Any] | None,
    score: FindingScore | None,
) -> Row:
    return Row(
        name=name,
        label=_(name),
        yours="" if yours is None else _with_side(
            blind_read_words.certainty(yours.certainty), yours.laterality
        ),
        reference="" if truth is None else _with_side(
            _("present") if truth.present else _("absent"), truth.laterality
        ),
        model="" if drafted is None else _of_model(drafted),
        outcome=score.outcome if score else "",
        outcome_word=blind_read_words.outcome(score.outcome) if score else "",
        brier="" if score is None or score.brier is None else f"{score.brier:.2f}",
        side_right=score.side_right if score else None,
    )  # fmt: skip


def _of_model(drafted: Mapping[str, Any]) -> str:
    words = {"present": _("present"), "uncertain": _("uncertain"), "absent": _("absent")}
    said = words.get(str(drafted.get("certainty")), "")
    value = drafted.get("value")
    if isinstance(value, int | float):
        kind = "" if drafted.get("probability") else _("score")
        said = " ".join(filter(None, (said, kind, f"{value:.2f}")))
    return _with_side(said, drafted.get("laterality"))


def _with_side(said: str, laterality: Any) -> str:
    side = blind_read_words.side(None if laterality is None else str(laterality))
    return f"{said}, {side}" if side else said


def feedback(found: Revealed) -> tuple[str, ...]:
    return tuple(language.filled(line.template, line.facts) for line in found.feedback)


def marks(found: Revealed) -> tuple[str, ...]:
    """How each mark fared, and how many of the regions were found; nothing where not scored."""
    score = found.attempt.score
    if score is None or not (score.marks or score.locatable):
        return ()
    lines = [_mark(number, item) for number, item in enumerate(score.marks, 1)]
    if score.locatable:
        found_of = _("Regions found: {located} of {locatable}; marks that hit none: {false}.")
        lines.append(
            found_of.format(
                located=score.located, locatable=score.locatable, false=score.false_marks
            )
        )
    return tuple(lines)


def _mark(number: int, item: MarkScore) -> str:
    named = {"number": number, "finding": _(item.mark.finding)}
    if item.hit:
        return _("{number} {finding}: on the region").format(**named)
    if item.distance is None:
        return _("{number} {finding}: the reference has no such region").format(**named)
    unit = _("mm") if item.in_mm else _("pixels")
    beside = _("{number} {finding}: {distance} {unit} beside the region")
    return beside.format(**named, distance=f"{item.distance:.0f}", unit=unit)


def wording(found: Revealed) -> tuple[str, ...]:
    """What the impression states of the reference, leaves out, or states wrongly."""
    score = found.attempt.score
    if score is None:
        return ()
    parts = (
        (_("stated: {findings}"), score.worded),
        (_("left out: {findings}"), score.unworded),
        (_("stated wrongly: {findings}"), score.misworded),
    )
    return tuple(
        template.format(findings=", ".join(map(_, names))) for template, names in parts if names
    )
