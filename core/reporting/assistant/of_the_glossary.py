"""Answers from the glossary: what a term means, how it looks, what looks alike."""

from __future__ import annotations

from core.domain.conversation import Ground
from core.reporting.assistant.glossary import Entry, Glossary
from core.reporting.assistant.of_the_study import called, not_assessed
from core.reporting.assistant.said import Said, listed
from core.reporting.study_context import StudyContext

# What a reader asks of one of these is to be told that the model does not look for it.
UNSEEN = ("lines-and-tubes", "free-air", "fracture", "apex")


def meaning(said: Said, words: Glossary, entry: Entry) -> None:
    """Definition and appearance."""
    said.say("definition", term=entry.term, text=entry.definition)
    if entry.appearance:
        said.say("appearance", text=entry.appearance)
    _cite(said, entry)
    if entry.id in UNSEEN:
        said.paragraph()
        not_assessed(said, words)


def appearance(said: Said, entry: Entry) -> None:
    if entry.appearance:
        said.say("definition", term=entry.term, text=entry.appearance)
    else:
        said.say("no_appearance", term=entry.term)
        said.say("definition", term=entry.term, text=entry.definition)
    _cite(said, entry)


def differential(said: Said, words: Glossary, context: StudyContext, entry: Entry) -> None:
    """Causes and look-alikes, and what the model calls the look-alikes on this study."""
    alike = [words.entries[key] for key in entry.looks_like]
    if not alike and not entry.causes:
        said.say("no_causes", term=entry.term)
        return
    said.say("about", term=entry.term)
    if entry.causes:
        said.say("causes", text=entry.causes)
    if alike:
        said.say("looks_like", list=listed(item.term for item in alike))
    _cite(said, entry)
    shown = {finding.name: finding for finding in context.shown}
    for item in alike:
        if item.finding in shown:
            said.paragraph()
            called(said, words, shown[item.finding])


def pitfalls(said: Said, entry: Entry) -> None:
    said.say("about", term=entry.term)
    if entry.pitfalls:
        said.say("pitfalls", text=entry.pitfalls)
    else:
        said.say("no_pitfalls", term=entry.term)
    _cite(said, entry)


def _cite(said: Said, entry: Entry) -> None:
    said.cite(Ground.GLOSSARY, entry.id)
