"""Questions and answers as the API gives them, with what each answer rests on."""

from __future__ import annotations

from typing import Any

from core.domain.conversation import Evidence, Exchange, Ground
from core.domain.errors import N_
from core.reporting.assistant.glossary import Glossary, glossary
from dashboard import addresses
from dashboard.api.errors import body_of
from dashboard.language import translate as _
from dashboard.workspace import Workspace

_LABELS = {
    Ground.FINDING: N_("Finding: {name}"),
    Ground.MAP: N_("Map: {name}"),
    Ground.FIGURES: N_("Measured: {name}"),
    Ground.SECTION: N_("Report: {name}"),
    Ground.WARNING: N_("Note of the draft"),
    Ground.GLOSSARY: N_("Glossary: {name}"),
    Ground.ATTENTION: N_("Model attention while answering"),
}


def maps_at_hand(place: Workspace, study_id: int) -> frozenset[int]:
    """The maps that the viewer shows: those of the newest draft."""
    with place.look() as look:
        draft = look.drafts.latest(study_id)
    return frozenset(item.id for item in draft.maps if item.id) if draft else frozenset()


def exchange_out(found: Exchange, maps: frozenset[int]) -> dict[str, Any]:
    """A question with its answer; ``text`` is what there is of it so far."""
    question, answer = found.question, found.answer
    words = glossary(question.language)
    model = answer.model if answer else None
    return {
        "question_id": question.id,
        "message_id": answer.id if answer else None,
        "asked_at": question.created_at.isoformat(),
        "reader": question.reader,
        "message": question.text,
        "whole_report": question.whole_report,
        "audience": question.audience.value,
        "language": question.language,
        "level": question.level.value,
        "state": found.state.value,
        "text": found.so_far,
        "model": {"name": model.name, "digest": model.digest} if model else None,
        "seconds": answer.seconds if answer else None,
        "prompt_digest": answer.prompt_digest if answer else "",
        "evidence": [_evidence(item, words, maps) for item in (answer.evidence if answer else ())],
        "error": body_of(found.error)["error"] if found.error else None,
    }


def _evidence(item: Evidence, words: Glossary, maps: frozenset[int]) -> dict[str, Any]:
    """``choose`` is what lights the map in the viewer, where it is still shown there."""
    entry = words.entries.get(item.reference)
    address, choose = None, None
    if item.ground is Ground.MAP and item.map_id is not None:
        address = addresses.evidence(item.map_id)
        choose = item.reference if item.map_id in maps else None
    elif item.ground is Ground.ATTENTION and item.map_id is not None:
        address, choose = addresses.answer_map(item.map_id), answer_key(item.map_id)
    elif item.ground is Ground.FINDING:
        choose = item.reference
    return {
        "ground": item.ground.value,
        "reference": item.reference,
        "label": _(_LABELS[item.ground]).format(name=_name(item, words)),
        "source": words.cited(entry) if entry and item.ground is Ground.GLOSSARY else "",
        "map": address,
        "choose": choose,
    }


def answer_key(map_id: int) -> str:
    """The name by which the viewer knows an answer's map."""
    return f"answer:{map_id}"


def _name(item: Evidence, words: Glossary) -> str:
    if item.ground is Ground.SECTION:
        return words.words.get(item.reference, _(item.reference))
    if item.ground is Ground.GLOSSARY:
        entry = words.entries.get(item.reference)
    else:
        entry = words.by_finding.get(item.reference)
    return entry.term if entry else _(item.reference)
