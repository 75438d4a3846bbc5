"""Which unsigned studies teach a model most: asked for in this order, each with its reasons."""

from __future__ import annotations

from dataclasses import dataclass

from core.training.active.reasons import Ask
from dashboard.workspace import Workspace


@dataclass(frozen=True)
class QueuedReason:
    """One ground: its kind, one sentence in the reader's language, and the number behind it."""

    kind: Ask
    words: str
    value: float


@dataclass(frozen=True)
class Queued:
    """An unsigned study worth reading next. ``rank`` counts from 1; strongest reasons first."""

    study_id: int
    rank: int
    patient: str
    projections: str
    reasons: tuple[QueuedReason, ...]


def learning_queue(place: Workspace, count: int) -> tuple[Queued, ...]:
    """Return at most ``count`` unsigned studies with a draft, in the order of asking."""
    raise NotImplementedError
