"""What was decided of the adapters that write: for a menu to say, and for a draft."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.domain.training_errors import EvaluationError
from core.evaluation.promotion.decision import filed, of_writer
from core.models import writers_in_force
from dashboard.services.fetch_model import shelf
from dashboard.workspace import Workspace


class Judgement(StrEnum):
    """What the newest decision on an adapter says; ``UNREAD`` where its files were not read yet."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    NONE = "none"
    UNREAD = "unread"


@dataclass(frozen=True)
class Mark:
    """What stands beside a name: the version that writes under it, or what was decided of it."""

    version: str = ""
    judged: Judgement = Judgement.ACCEPTED


def judgement(place: Workspace, digest: str) -> Judgement:
    """Return what the newest decision on these weights says; a damaged one says nothing.

    Parameters
    ----------
    digest : str
        Of adapter and model together, as drafts name it; empty where they were not read yet.
    """
    if not digest:
        return Judgement.UNREAD
    try:
        newest = filed(of_writer(place.settings.models, digest))
    except EvaluationError:
        return Judgement.NONE
    if newest is None:
        return Judgement.NONE
    return Judgement.ACCEPTED if newest.decision.accepts else Judgement.REFUSED


def marks(place: Workspace) -> dict[str, Mark]:
    """Return what to say beside the names of models that write, where there is anything.

    What was not read yet is not read: a page does not wait for gigabytes.
    """
    models, found = shelf(place), dict[str, Mark]()
    for source in models.sources:
        if not source.local:
            continue
        if source.adapter_of:
            version = writers_in_force.adapter(models, source)
            if not version.reason:
                found[source.name] = Mark(judged=judgement(place, version.digest))
        else:
            now = writers_in_force.writing(place.settings.models, models, source.name)
            found[source.name] = Mark(version=writers_in_force.name_of(now.version))
    return {name: mark for name, mark in found.items() if mark != Mark()}
