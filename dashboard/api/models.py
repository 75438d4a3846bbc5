"""The registry: what is ready here, what others need, and what was measured."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from core.models import registry
from core.models.language.memory import memory_at_hand
from core.models.language.precision import Precision, needs
from core.models.language.standing import Standing
from core.models.registry import Entry
from dashboard.services.fetch_model import server_of, shelf
from dashboard.workspace import workspace

router = APIRouter()


@router.get("/models")
def models() -> dict[str, Any]:
    """The registry, with what each model's own figures file says; models that write last."""
    place = workspace()
    settings = place.settings
    readers = registry.entries()
    writers = registry.writers(
        shelf(place), memory_at_hand(), settings.precision, server_of(settings)
    )
    return {"items": [model_out(entry) for entry in (*readers, *writers)]}


def model_out(entry: Entry) -> dict[str, Any]:
    """A model of the registry; no path of this machine."""
    measured = entry.measured
    told: dict[str, Any] = {
        "name": entry.name,
        "kind": entry.kind,
        "licence": entry.licence,
        "labels": list(entry.labels),
        "digest": entry.digest,
        "state": entry.state,
        "reason": entry.reason,
        "measured": dict(measured.document) if measured else None,
    }
    return told | (_writer_out(entry.standing) if entry.standing is not None else {})


def _writer_out(standing: Standing) -> dict[str, Any]:
    """What is known of a model that writes; ``null`` where a fact is not known."""
    source, choice = standing.source, standing.choice
    runs = choice is not None and not choice.obstacle and choice.needs > 0
    return {
        "title": source.title,
        "repository": source.repository or None,
        "revision": standing.revision or None,
        "here": standing.here,
        "parameters": source.parameters or None,
        "size_bytes": source.size_bytes or None,
        "memory_bytes": {each.value: needs(source, each) or None for each in Precision},
        "precision": choice.precision.value if choice is not None and runs else None,
        "device": choice.device.value if choice is not None and runs else None,
    }
