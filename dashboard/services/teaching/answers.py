"""What an answer to a case may hold."""

from __future__ import annotations

import math
import unicodedata

from core.domain.errors import N_
from core.domain.report import SECTION_LIMIT
from core.domain.teaching import Answer, AnsweredFinding, CaseFilm, Mark
from core.domain.teaching_errors import AnswerRefusedError
from core.findings.vocabulary import BY_NAME, NO_FINDING

MARKS_LIMIT = 100
"""A page stops there, too."""

TOO_MANY_MARKS = N_("there are too many marks")


def require_sound(answer: Answer, film: CaseFilm) -> None:
    """Refuse an answer that no page of ours sends.

    Raises
    ------
    AnswerRefusedError
        If a finding is none of the vocabulary or stands twice, a certainty is no probability, a
        mark does not lie on the film, or there is too much of something.
    """
    names = [finding.name for finding in answer.findings]
    if len(set(names)) < len(names) or not all(map(_sound, answer.findings)):
        raise AnswerRefusedError(reason=N_("a finding of it cannot be used"))
    if len(answer.marks) > MARKS_LIMIT:
        raise AnswerRefusedError(reason=TOO_MANY_MARKS)
    if not all(_on(mark, film) for mark in answer.marks):
        raise AnswerRefusedError(reason=N_("a mark does not lie on the film"))
    if len(answer.impression) > SECTION_LIMIT:
        raise AnswerRefusedError(reason=N_("the impression is too long"))
    if any(char == "\x00" or unicodedata.category(char) == "Cs" for char in answer.impression):
        raise AnswerRefusedError(reason=N_("the impression holds a character that cannot be kept"))


def empty(answer: Answer) -> bool:
    """Whether nothing was picked, marked or written: then nobody says that he has read."""
    return not (answer.findings or answer.marks or answer.impression.strip())


def _sound(finding: AnsweredFinding) -> bool:
    if finding.name == NO_FINDING:
        sided = False
    elif finding.name in BY_NAME:
        sided = BY_NAME[finding.name].sided
    else:
        return False
    # A comparison with NaN is false.
    return 0 <= finding.certainty <= 1 and (sided or finding.laterality is None)


def _on(mark: Mark, film: CaseFilm) -> bool:
    sizes = (mark.x, mark.y, mark.width, mark.height)
    return (
        (mark.finding in BY_NAME)
        and all(math.isfinite(size) and size >= 0 for size in sizes)
        and mark.x + mark.width <= film.columns
        and mark.y + mark.height <= film.rows
    )
