"""The assistant's answer to a reader: no language model, nothing that is not written down.

It answers from the draft of this study, its maps, its report, the figures measured with the model,
and the glossary. What it cannot answer from these, it says it does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from core.reporting.assistant import figures, of_the_glossary, of_the_study
from core.reporting.assistant.glossary import Entry, Glossary, glossary
from core.reporting.assistant.question import OF_A_FINDING, OF_A_TERM, Intent, Question, understand
from core.reporting.assistant.retrieval import closest
from core.reporting.assistant.said import Answer, Said
from core.reporting.study_context import StudyContext

ABOUT = 3
"""So many findings are spoken of at once."""


def answer_reader(
    context: StudyContext,
    text: str,
    *,
    language: str,
    earlier: Sequence[str] = (),
    translate: Callable[[str], str] = str,
) -> Answer:
    """Answer a question about one study.

    Parameters
    ----------
    earlier : sequence of str
        The messages of this conversation so far, oldest first.
    translate : callable
        Translates the sentences of the draft's warnings.

    Raises
    ------
    UnknownLanguageError
    """
    words = glossary(language)
    question = understand(words, text, earlier)
    said = Said(words.answers)
    if _of_the_whole(said, words, context, question, text, translate):
        return said.answer()
    entries = question.entries[:ABOUT]
    guessed = question.intent in OF_A_TERM and not entries and closest(words, text)
    if question.intent in (*OF_A_FINDING, *OF_A_TERM) and not entries and not guessed:
        # "Where?" alone is about what is read first; so is "what else could it be?"
        leading = _leading(words, context)
        entries = leading if question.intent in OF_A_FINDING else leading[:1]
        if not entries:
            of_the_study.summary(said, words, context, translate)
            return said.answer()
    if not entries:
        return _retrieved(said, words, context, question.intent, text)
    for entry in entries:
        said.paragraph()
        _of_one(said, words, context, question.intent, entry)
    return said.answer()


def _of_the_whole(
    said: Said,
    words: Glossary,
    context: StudyContext,
    question: Question,
    text: str,
    translate: Callable[[str], str],
) -> bool:
    """Answer what is asked of the study or the model as a whole; false if it is not."""
    intent = question.intent
    if intent in (Intent.OTHERS, Intent.TREATMENT):
        said.say(intent.value)
    elif intent is Intent.NOT_ASSESSED:
        of_the_study.not_assessed(said, words)
    elif intent is Intent.COMPARE:
        of_the_study.compare(said, context)
    elif intent is Intent.NORMAL and not question.findings:
        said.say("normal")
        said.paragraph()
        of_the_study.summary(said, words, context, translate)
        said.paragraph()
        of_the_study.not_assessed(said, words)
    elif intent is Intent.REPORT and not question.findings:
        of_the_study.sections(said, words, context, text)
    elif intent is Intent.WITHHELD and not question.findings:
        of_the_study.withheld(said, context, translate)
    elif intent is Intent.SUMMARY and not question.entries:
        of_the_study.summary(said, words, context, translate)
    elif intent is Intent.HOW_GOOD and not question.findings:
        figures.how_good(said, words, context)
    else:
        return False
    return True


def _of_one(
    said: Said, words: Glossary, context: StudyContext, intent: Intent, entry: Entry
) -> None:
    """Answer about one term."""
    if intent is Intent.DIFFERENTIAL:
        of_the_glossary.differential(said, words, context, entry)
    elif intent is Intent.PITFALL:
        of_the_glossary.pitfalls(said, entry)
    elif intent is Intent.APPEARANCE:
        of_the_glossary.appearance(said, entry)
    elif intent is Intent.MEANING or not entry.finding:
        of_the_glossary.meaning(said, words, entry)
    elif intent is Intent.HOW_GOOD:
        said.say("about", term=entry.term)
        figures.how_good_at(said, words, context, entry)
    elif intent in OF_A_FINDING and (finding := context.finding(entry.finding)):
        act = {
            Intent.WHERE: of_the_study.where,
            Intent.HOW_SURE: of_the_study.how_sure,
            Intent.WHY: of_the_study.why,
        }[intent]
        act(said, words, context, finding)
    else:
        of_the_study.status(said, words, context, entry)


def _leading(words: Glossary, context: StudyContext) -> tuple[Entry, ...]:
    """What "where?" alone is about: the findings that are read first."""
    known = [finding.name for finding in context.shown if finding.name in words.by_finding]
    return tuple(words.by_finding[name] for name in known[:ABOUT])


def _retrieved(
    said: Said, words: Glossary, context: StudyContext, intent: Intent, text: str
) -> Answer:
    """The closest entry of the glossary, named as a guess; or that nothing is known."""
    entry = closest(words, text)
    if entry is None:
        said.say("unknown")
        return said.answer(known=False)
    said.say("closest")
    said.paragraph()
    asked = Intent.MEANING if intent is Intent.STATUS else intent
    _of_one(said, words, context, asked, entry)
    return said.answer()
