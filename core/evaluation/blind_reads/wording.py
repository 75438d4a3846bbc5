"""What an impression states of a case, as the labeller reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.domain.finding import Certainty, Mention
from core.domain.report import ENGLISH
from core.domain.teaching import TeachingCase, TrueFinding
from core.evaluation.blind_reads.truth import in_order, sides_apart, stated_names, truth_of
from core.findings.labeller import stated
from core.findings.vocabulary import NO_FINDING
from core.reporting.phrases.catalogue import languages
from core.reporting.reading import ReadText, read_text


@dataclass(frozen=True)
class Worded:
    """Findings that an impression states rightly, leaves out, and states wrongly."""

    worded: tuple[str, ...] = ()
    unworded: tuple[str, ...] = ()
    misworded: tuple[str, ...] = ()


def read_impression(impression: str) -> ReadText:
    """Read an impression in the language of which most can be read."""
    english = read_text(impression, ENGLISH)
    if not english.unread:
        return english
    others = [read_text(impression, code) for code in languages() if code != ENGLISH]
    return min((english, *others), key=lambda read: len(read.unread))


def compare_wording(case: TeachingCase, impression: str) -> Worded:
    """Put an impression beside the reference.

    A finding that is there is worded if it is stated as present or possible and no other side is
    named, misworded if it is denied or put on another side, else unworded. One that is not there is
    misworded if it is stated as present, worded if it is denied, and need not be mentioned. Of one
    that the reference leaves open nothing follows. That
    nothing is there is misworded where something is and nothing of it is worded. Of sentences that
    cannot be read nothing follows, nor from what may stand in them.
    """
    read = read_impression(impression)
    mentions, truth = stated(read.mentions), truth_of(case)
    fates = {name: _fate(truth, mentions, name) for name in {*stated_names(case), *mentions}}
    worded, unworded, misworded = (
        {name for name, fate in fates.items() if fate == kind}
        for kind in ("worded", "unworded", "misworded")
    )
    if not case.normal and worded & {each.name for each in case.findings if each.present}:
        misworded.discard(NO_FINDING)  # "no other abnormality"
    if read.unread:
        unworded = set()
    return Worded(in_order(worded), in_order(unworded), in_order(misworded))


def _fate(truth: Mapping[str, TrueFinding], mentions: Mapping[str, Mention], name: str) -> str:
    there, mention = truth.get(name), mentions.get(name)
    if there is None:
        return ""
    if mention is None:
        return "unworded" if there.present else ""
    if there.present:
        denied = mention.certainty is Certainty.ABSENT
        wrong = denied or sides_apart(mention.laterality, there.laterality)
        return "misworded" if wrong else "worded"
    if mention.certainty is Certainty.UNCERTAIN:
        return ""
    return "misworded" if mention.certainty is Certainty.PRESENT else "worded"
