"""What a question asks for, told by the words of a language file. No model takes part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.reporting.assistant.glossary import Entry, Glossary, fold


class Intent(StrEnum):
    """The tables of ``[questions]`` in a language file; ``STATUS`` is what no cue tells."""

    OTHERS = "others"
    TREATMENT = "treatment"
    NOT_ASSESSED = "not_assessed"
    COMPARE = "compare"
    HOW_GOOD = "how_good"
    HOW_SURE = "how_sure"
    WHERE = "where"
    WHY = "why"
    DIFFERENTIAL = "differential"
    PITFALL = "pitfall"
    APPEARANCE = "appearance"
    MEANING = "meaning"
    NORMAL = "normal"
    REPORT = "report"
    WITHHELD = "withheld"
    SUMMARY = "summary"
    STATUS = "status"


# Of a term, or of a finding of this study: without either there is nothing to say.
OF_A_TERM = (
    Intent.DIFFERENTIAL,
    Intent.PITFALL,
    Intent.APPEARANCE,
    Intent.MEANING,
)
OF_A_FINDING = (Intent.WHERE, Intent.HOW_SURE, Intent.WHY)

# Asked of a finding, these terms say what is wanted.
_BY_TERM = {
    "score": Intent.HOW_SURE,
    "operating-point": Intent.HOW_SURE,
    "prevalence": Intent.HOW_SURE,
    "sensitivity": Intent.HOW_GOOD,
    "specificity": Intent.HOW_GOOD,
    "auroc": Intent.HOW_GOOD,
    "interval": Intent.HOW_GOOD,
    "attention-map": Intent.WHERE,
}


@dataclass(frozen=True)
class Question:
    """``entries`` are the terms that it names, or that the conversation spoke of before."""

    intent: Intent
    entries: tuple[Entry, ...]
    carried: bool = False

    @property
    def findings(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.finding)


def understand(glossary: Glossary, text: str, earlier: Sequence[str] = ()) -> Question:
    """Tell what is asked, and about what.

    Parameters
    ----------
    earlier : sequence of str
        The messages before this one, oldest first: "where is it?" goes on about what they named.
    """
    named = glossary.recognise(text)
    intents = _intents(glossary, text)
    findings = tuple(entry for entry in named if entry.finding)
    if Intent.OTHERS in intents:
        return Question(Intent.OTHERS, ())
    if findings:
        for entry in named:
            if entry.id in _BY_TERM:
                return Question(_BY_TERM[entry.id], findings)
        return Question(intents[0] if intents else Intent.STATUS, findings)
    if named:
        return Question(_of_terms(intents), named)
    return _unnamed(glossary, intents, earlier)


def _of_terms(intents: Sequence[Intent]) -> Intent:
    """A term that is no finding can be explained; what else is asked with it goes first."""
    apart = (*OF_A_TERM, Intent.TREATMENT, Intent.NOT_ASSESSED, Intent.COMPARE, Intent.WITHHELD)
    return next((intent for intent in intents if intent in apart), Intent.MEANING)


def _unnamed(glossary: Glossary, intents: Sequence[Intent], earlier: Sequence[str]) -> Question:
    about = _spoken_of(glossary, earlier)
    for intent in intents:
        if intent is Intent.MEANING and not about:
            continue
        carried = intent in OF_A_TERM or intent in OF_A_FINDING
        return Question(intent, about if carried else (), carried and bool(about))
    return Question(Intent.STATUS, ())


def _spoken_of(glossary: Glossary, earlier: Sequence[str]) -> tuple[Entry, ...]:
    """The last finding, else the last term, that the conversation named."""
    for message in reversed(earlier):
        named = glossary.recognise(message)
        findings = [entry for entry in named if entry.finding]
        if named:
            return ((findings or list(named))[0],)
    return ()


def _intents(glossary: Glossary, text: str) -> list[Intent]:
    """What the cues tell, the one with the longest cue first."""
    # With a pronoun for each term: "what does it look like" is one cue for all of them.
    replaced = glossary.replace_names(text, glossary.words["it"]).split()
    bare = " ".join(word for word in replaced if word not in glossary.ignored)
    folded = f" {fold(text)} | {bare} "
    found: list[tuple[int, int, Intent]] = []
    for order, (name, cues) in enumerate(glossary.cues.items()):
        longest = max((len(cue) for cue in cues if f" {cue}" in folded), default=0)
        if longest:
            found.append((-longest, order, Intent(name)))
    return [intent for _length, _order, intent in sorted(found)]
