"""What a blind read is worth: by finding, by place, by wording.

References
----------
Brier 1950 (squared error of a probability).
"""

from __future__ import annotations

from core.domain.teaching import Answer, ReadScore, TeachingCase


def score(case: TeachingCase, answer: Answer) -> ReadScore:
    """Score a read against the reference of its case.

    Raises
    ------
    ValueError
        If the case has no firm reference: it is not scored.
    """
    raise NotImplementedError


def feedback(case: TeachingCase, answer: Answer, scored: ReadScore | None) -> tuple[str, ...]:
    """Say in whole sentences what was seen, missed, wrongly seen, misplaced and left unsaid.

    Returns message templates filled in English; the interface translates by `FeedbackLine` where it
    shows them. For a case that is not scored: what differs from the signed report, without a
    judgement.
    """
    raise NotImplementedError
