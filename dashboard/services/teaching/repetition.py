"""When a case should be seen again: spaced repetition of what was missed, by FSRS.

A case comes into a trainee's repetitions with the first scored read that missed something of it,
and stays. Intervals are whole days, since a film is not learned by looking again in a minute.

References
----------
Ye 2022, A Stochastic Shortest Path Algorithm for Optimizing Spaced Repetition Scheduling (FSRS).
"""

from __future__ import annotations

import datetime as dt
from typing import cast

from fsrs import Card, Rating, Scheduler
from fsrs.card import CardDict

from core.domain.teaching import ReadScore
from storage.repositories.teaching_repetitions import Repetition

# Without fuzz, so that the same reads have the same dates.
SCHEDULER = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)


def rating_of(score: ReadScore) -> Rating:
    """``Again`` if a finding was missed or falsely called; ``Hard`` if all were right, but a side,
    or a place: a region without a mark, or a mark beside it; else ``Good``.

    Wording moves no date, since a program reads it; ``Easy`` is never given, since nobody asks.
    """
    if any(finding.outcome in ("missed", "false") for finding in score.findings):
        return Rating.Again
    sides_wrong = any(finding.side_right is False for finding in score.findings)
    if sides_wrong or score.located < score.locatable or score.false_marks:
        return Rating.Hard
    return Rating.Good


def seen(
    before: Repetition | None, case_id: int, score: ReadScore, *, at: dt.datetime
) -> Repetition | None:
    """The repetition of a case after a read, ``None`` if it needs none."""
    rating = rating_of(score)
    if before is None and rating is Rating.Good:
        return None
    # A number of our own, since the library waits for the clock to make one.
    if before is None:
        card = Card(card_id=case_id, due=at)
    else:
        card = Card.from_dict(cast(CardDict, dict(before.card)))
    card, _ = SCHEDULER.review_card(card, rating, at)
    return Repetition(case_id, dict(card.to_dict()), card.due)
