"""Answers from the draft, the maps and the report of one study."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from core.domain.conversation import Ground
from core.domain.finding import Finding
from core.findings.sentences import sentences
from core.findings.vocabulary import NOT_ASSESSED
from core.reporting.assistant.figures import against_its_points, how_often_right
from core.reporting.assistant.glossary import Entry, Glossary
from core.reporting.assistant.said import Said, listed, number
from core.reporting.assistant.sentence_language import language_of
from core.reporting.reading import read_text
from core.reporting.study_context import StudyContext

Translate = Callable[[str], str]

MOST = 8
"""So many findings are listed, as many as the findings panel shows unfolded."""
ADDENDUM = "addendum"
"""Stands for the name of a section where something was added to a signed report."""


def summary(said: Said, words: Glossary, context: StudyContext, translate: Translate) -> None:
    """What the model calls present or uncertain, each with its number."""
    if not _has_findings(said, context, translate):
        return
    total = len(context.findings)
    if not context.shown:
        said.say("summary_none", all=total)
        return
    said.say("summary_head", count=len(context.shown), all=total)
    for finding in context.shown[:MOST]:
        said.paragraph()
        called(said, words, finding)
        _cite_map(said, context, finding)


def status(said: Said, words: Glossary, context: StudyContext, entry: Entry) -> None:
    """What draft and report say of one finding."""
    finding = context.finding(entry.finding)
    if finding is not None:
        called(said, words, finding)
        side(said, words, finding)
        _cite_map(said, context, finding)
    else:
        said.say("not_read", finding=entry.term)
    in_report(said, context, entry)


def called(said: Said, words: Glossary, finding: Finding) -> None:
    """A finding with certainty, number and operating point."""
    shown, point = finding.shown, finding.operating_point
    facts = {
        "finding": _term(words, finding),
        "certainty": words.words[finding.certainty.value],
    }
    if shown is None or point is None:
        said.say("in_text_only", **facts)
    else:
        if finding.probability is None:
            template = "scored"
        elif finding.prevalence is None:
            template = "calibrated_somewhere"
        else:
            template, facts["prevalence"] = "calibrated", number(finding.prevalence)
        said.say(
            template,
            value=number(shown, point),
            point=number(point, shown),
            low=number(finding.uncertain_point),
            **facts,
        )
    said.cite(Ground.FINDING, finding.name)


def side(said: Said, words: Glossary, finding: Finding) -> None:
    if finding.laterality is not None:
        said.say("side", side=words.words[finding.laterality.value])


def where(said: Said, words: Glossary, context: StudyContext, finding: Finding) -> None:
    """Side and map, and what the map may be taken for."""
    called(said, words, finding)
    if finding.laterality is not None:
        side(said, words, finding)
    else:
        said.say("no_side")
    drawn = context.maps.get(finding.name)
    if drawn is None:
        said.say("no_map")
        return
    said.say("map_place" if drawn.validated else "map_attention")
    _cite_map(said, context, finding)


def how_sure(said: Said, words: Glossary, context: StudyContext, finding: Finding) -> None:
    """The number against its points, and what such calls turned out to mean."""
    called(said, words, finding)
    against_its_points(said, finding)
    how_often_right(said, context, finding)
    if context.measured is None:
        said.say("model_not_measured")


def why(said: Said, words: Glossary, context: StudyContext, finding: Finding) -> None:
    """What can be shown of the reasons: number, map, drafted sentence."""
    called(said, words, finding)
    against_its_points(said, finding)
    said.say("why")
    drawn = context.maps.get(finding.name)
    if drawn is not None:
        said.say("map_place" if drawn.validated else "map_attention")
        _cite_map(said, context, finding)
    drafted = context.draft.sentences if context.draft else ()
    sentence = next((item for item in drafted if finding.name in item.findings), None)
    if sentence is not None:
        said.say("why_sentence", sentence=sentence.text)
        said.cite(Ground.SECTION, sentence.section)


def in_report(said: Said, context: StudyContext, entry: Entry) -> None:
    """The sentences of the report that speak of a finding, and each that was added later."""
    found = list(mentions_of(context, entry.finding))
    added = [item for item in found if item[0] == ADDENDUM]
    written = [item for item in found if item[0] != ADDENDUM]
    # An addendum may take back what the report says, so none of them is left out.
    for section, sentence in (*written[:2], *added):
        said.say("added" if section == ADDENDUM else "report_mentions", sentence=sentence)
        said.cite(Ground.SECTION, section)
    if unread(context):
        said.say("report_unread")
    elif not found:
        said.say("report_silent")


def unread(context: StudyContext) -> bool:
    """Whether the report holds words that nothing here reads: they may speak of anything."""
    return any(read_text(text, context.report_language).unread for _part, text in _parts(context))


def _parts(context: StudyContext) -> Iterable[tuple[str, str]]:
    """Name and text of what a report states, the oldest first."""
    yield "findings", context.sections.findings
    yield "impression", context.sections.impression
    yield from ((ADDENDUM, text) for text in context.addenda)


def mentions_of(context: StudyContext, finding: str) -> Iterable[tuple[str, str]]:
    """Section and sentence wherever the report speaks of a finding; its addenda come last."""
    for section, text in _parts(context):
        for sentence in sentences(text):
            written = language_of(sentence, context.report_language)
            if any(item.name == finding for item in read_text(sentence, written).mentions):
                yield section, sentence


def sections(said: Said, words: Glossary, context: StudyContext, text: str) -> None:
    """The section that a question names, word for word; else findings and impression.

    What was added later stands below either.
    """
    folded = text.casefold()
    named = [name for name in context.sections.names() if words.words[name].casefold() in folded]
    for name in named or ["findings", "impression"]:
        held = getattr(context.sections, name).strip()
        said.paragraph()
        template = "section" if held else "section_empty"
        said.say(template, section=words.words[name], text=held)
        said.cite(Ground.SECTION, name)
    for added in context.addenda:
        said.paragraph()
        said.say("added", sentence=added)
        said.cite(Ground.SECTION, ADDENDUM)
    said.paragraph()
    said.say("signed" if context.signed else "unsigned")


def not_assessed(said: Said, words: Glossary) -> None:
    said.say("not_assessed", list=listed(words.words[item] for item in NOT_ASSESSED))
    said.say("not_assessed_more")


def compare(said: Said, context: StudyContext) -> None:
    said.say("compare")
    said.say("prior" if context.has_prior else "no_prior")


def withheld(said: Said, context: StudyContext, translate: Translate) -> None:
    """Why the draft says nothing, or what it warns of."""
    if context.draft is None:
        said.say("no_draft")
        return
    warnings = context.draft.warnings
    if not context.draft.findings:
        said.say("withheld", reason=" ".join(translate(item.message) for item in warnings))
    else:
        for item in warnings:
            said.quote(translate(item.message))
    for item in warnings:
        said.cite(Ground.WARNING, item.code)


def _has_findings(said: Said, context: StudyContext, translate: Translate) -> bool:
    if context.draft is None or not context.draft.findings:
        withheld(said, context, translate)
        return False
    return True


def _cite_map(said: Said, context: StudyContext, finding: Finding) -> None:
    drawn = context.maps.get(finding.name)
    if drawn is not None:
        said.cite(Ground.MAP, finding.name, drawn.id)


def _term(words: Glossary, finding: Finding) -> str:
    entry = words.by_finding.get(finding.name)
    return entry.term if entry else finding.name
