"""The assistant's answer to a patient's question: the signed report and plain words, nothing else.

No number and no finding of the model is told: what counts for the patient is what was signed.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.domain.conversation import Ground
from core.reporting.assistant.glossary import Entry, Glossary, glossary
from core.reporting.assistant.of_the_study import ADDENDUM, mentions_of, unread
from core.reporting.assistant.plain_words import plain_sentence
from core.reporting.assistant.question import Intent, understand
from core.reporting.assistant.retrieval import closest
from core.reporting.assistant.said import Answer, Said
from core.reporting.study_context import StudyContext

_NUMBERS = (Intent.HOW_SURE, Intent.HOW_GOOD, Intent.WHY)


def answer_patient(
    context: StudyContext, text: str, *, language: str, earlier: Sequence[str] = ()
) -> Answer:
    """Answer a patient's question about the signed report.

    Raises
    ------
    UnknownLanguageError
    """
    words = glossary(language)
    question = understand(words, text, earlier)
    said = Said(words.patient)
    said.say("head")
    said.paragraph()
    if question.intent is Intent.TREATMENT:
        said.say("advice")
        return said.answer()
    if question.intent in _NUMBERS:
        said.say("numbers")
        return said.answer()
    guess = closest(words, text) if not question.entries else None
    entries = question.entries[:1] or ((guess,) if guess else ())
    if not entries or question.intent is Intent.OTHERS:
        said.say("unknown")
        return said.answer(known=False)
    _explain(said, words, context, entries[0])
    said.paragraph()
    said.say("tail")
    return said.answer()


def _explain(said: Said, words: Glossary, context: StudyContext, entry: Entry) -> None:
    said.say("meaning", term=entry.term, plain=entry.plain, text=entry.plain_more)
    said.cite(Ground.GLOSSARY, entry.id)
    if not entry.finding:
        return
    said.paragraph()
    _report(said, words, context, entry)
    if unread(context):
        said.paragraph()
        said.say("unread", term=entry.term)


def _report(said: Said, words: Glossary, context: StudyContext, entry: Entry) -> None:
    """What the report says of a finding, and after it what was added later."""
    found = list(mentions_of(context, entry.finding))
    if found:
        said.say("sections", term=entry.term)
    elif not unread(context):
        said.say("silent", term=entry.term)
    once: set[str] = set()
    for section, original in found:
        sentence = plain_sentence(
            words, original, written=context.report_language, about=entry.finding
        )
        if section == ADDENDUM:
            # Told even where an older sentence says the same: another may lie between the two.
            said.paragraph()
            said.say(ADDENDUM)
        elif sentence.plain in once and not sentence.left_out:
            continue
        once.add(sentence.plain)
        said.quote(sentence.plain)
        if sentence.left_out:
            said.say("as_written", sentence=original)
        said.cite(Ground.SECTION, section)
