"""Which film a language model is shown beside a reader's question, if any."""

from __future__ import annotations

from core.domain.conversation_errors import FilmNotForModelError
from core.domain.draft import Refusal
from core.domain.errors import N_
from core.domain.study import Instance
from core.reporting import drafting
from dashboard.services.edit_report import Review

_REASONS = {
    Refusal.UNDER_16: N_("the patient is under 16 years old"),
    Refusal.NO_FRONTAL: N_("the study has no frontal chest film"),
}


def answer_film(review: Review) -> Instance:
    """Return the film that the newest draft read, where its maps tell, else the first frontal.

    Raises
    ------
    FilmNotForModelError
        If headers or age keep a model from drafting this study: it answers about it no better.
    """
    refusal = drafting.refusal_by_headers(review.study)
    if refusal:
        raise FilmNotForModelError(reason=_REASONS[refusal])
    draft, frontals = review.draft, review.study.frontals
    read: set[int] = set()
    if draft:
        read.update(item.instance_id for item in draft.maps)
        read.update(item.instance_id for item in draft.attention)
    return next((film for film in frontals if film.id in read), frontals[0])
