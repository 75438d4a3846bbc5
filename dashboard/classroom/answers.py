"""An answer as a browser sends it, checked before it goes further."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from core.domain.errors import N_
from core.domain.finding import Laterality
from core.domain.teaching import Answer, AnsweredFinding, Mark
from core.domain.teaching_errors import AnswerRefusedError
from dashboard.services.teaching.answers import MARKS_LIMIT, TOO_MANY_MARKS

MOST_FINDINGS = 40
LONGEST_IMPRESSION = 4000


def read_answer(said: object) -> Answer:
    """An `Answer` from JSON values.

    Raises
    ------
    AnswerRefusedError
        If it has another form, or is longer than anybody types.
    """
    try:
        values = _object(said)
        impression = values.get("impression", "")
        if not isinstance(impression, str) or len(impression) > LONGEST_IMPRESSION:
            raise ValueError("impression")
        marks = values.get("marks", [])
        if isinstance(marks, list) and len(marks) > MARKS_LIMIT:
            raise AnswerRefusedError(reason=TOO_MANY_MARKS)
        return Answer(
            tuple(map(_finding, _list(values, "findings", MOST_FINDINGS))),
            tuple(map(_mark, _list(values, "marks", MARKS_LIMIT))),
            impression,
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        raise AnswerRefusedError(reason=N_("it cannot be read")) from None


def answer_values(answer: Answer) -> dict[str, Any]:
    """The same as JSON values, for the browser."""
    return {
        "findings": [
            {"name": item.name, "certainty": item.certainty, "laterality": item.laterality}
            for item in answer.findings
        ],
        "marks": [mark_values(mark) for mark in answer.marks],
        "impression": answer.impression,
    }


def mark_values(mark: Mark) -> dict[str, Any]:
    return {
        "finding": mark.finding,
        "x": mark.x,
        "y": mark.y,
        "width": mark.width,
        "height": mark.height,
    }


def _finding(said: object) -> AnsweredFinding:
    values = _object(said)
    side = values.get("laterality")
    return AnsweredFinding(
        _word(values["name"]), _number(values["certainty"]), Laterality(side) if side else None
    )


def _mark(said: object) -> Mark:
    values = _object(said)
    place = (_number(values.get(name, 0.0)) for name in ("x", "y", "width", "height"))
    return Mark(_word(values["finding"]), *place)


def _object(said: object) -> Mapping[str, Any]:
    if not isinstance(said, Mapping):
        raise ValueError("object")
    return said


def _list(values: Mapping[str, Any], name: str, most: int) -> list[object]:
    found = values.get(name, [])
    if not isinstance(found, list) or len(found) > most:
        raise ValueError(name)
    return found


def _word(said: object) -> str:
    if not isinstance(said, str) or len(said) > 64:
        raise ValueError("word")
    return said


def _number(said: object) -> float:
    if isinstance(said, bool) or not isinstance(said, int | float) or not math.isfinite(said):
        raise ValueError("number")
    return float(said)
