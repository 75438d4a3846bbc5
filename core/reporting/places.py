"""Where models looked for one finding or sentence: the map of each draft that answers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.domain.draft import Draft
from core.findings.vocabulary import URGENCY


@dataclass(frozen=True)
class Topic:
    """What maps are looked at for: a finding, or one sentence of one model's draft."""

    finding: str = ""
    model: str = ""
    sentence: int = 0


@dataclass(frozen=True)
class Place:
    """A map over a film: of a finding, or the attention of a model to a sentence.

    ``validated`` is true only where localisation of the finding was measured.
    """

    evidence_id: int
    instance_id: int
    finding: str = ""
    sentence: int | None = None
    validated: bool = False


def topics(drafts: Mapping[str, Draft]) -> tuple[Topic, ...]:
    """All that a map can be looked at for: findings that most models have a map of first."""
    counts: dict[str, int] = {}
    for draft in drafts.values():
        seen = {each.finding for each in draft.maps}
        seen |= {name for item in draft.attention for name in _stated_by(draft, item.sentence)}
        for name in seen:
            counts[name] = counts.get(name, 0) + 1
    ranks = {name: rank for rank, name in enumerate(URGENCY)}
    names = sorted(counts, key=lambda name: (-counts[name], ranks.get(name, len(ranks)), name))
    sentences = [
        Topic(model=model, sentence=number)
        for model, draft in drafts.items()
        for number, sentence in enumerate(draft.sentences)
        if sentence.evidence is not None
    ]
    return (*(Topic(finding=name) for name in names), *sentences)


def place_of(draft: Draft, model: str, topic: Topic, chosen: Draft | None) -> Place | None:
    """The map of a draft for a topic; ``None`` where it has none.

    Parameters
    ----------
    chosen : Draft or None
        The draft that the topic's sentence stands in: other drafts show what it states.
    """
    if topic.finding:
        return _of_finding(draft, topic.finding)
    if topic.model == model:
        return _of_sentence(draft, topic.sentence)
    names = _stated_by(chosen, topic.sentence) if chosen is not None else ()
    return next((place for name in names if (place := _of_finding(draft, name))), None)


def _of_finding(draft: Draft, name: str) -> Place | None:
    # Its own attention says more of a model that writes than the map of the classifier beside it.
    for item in draft.attention:
        if name in _stated_by(draft, item.sentence) and item.id is not None:
            return Place(item.id, item.instance_id, sentence=item.sentence)
    for each in draft.maps:
        if each.finding == name and each.id is not None:
            return Place(each.id, each.instance_id, name, validated=each.validated)
    return None


def _of_sentence(draft: Draft, number: int) -> Place | None:
    for item in draft.attention:
        if item.sentence == number and item.id is not None:
            return Place(item.id, item.instance_id, sentence=number)
    if number >= len(draft.sentences):
        return None
    evidence = draft.sentences[number].evidence
    for each in draft.maps:
        if evidence is not None and each.id == evidence:
            return Place(evidence, each.instance_id, each.finding, validated=each.validated)
    return None


def _stated_by(draft: Draft, number: int) -> tuple[str, ...]:
    return draft.sentences[number].findings if number < len(draft.sentences) else ()
