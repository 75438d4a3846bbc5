"""What a text both states and denies."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.domain.finding import Certainty, Laterality, Mention
from core.findings.labeller import label
from core.findings.sentences import sentences

# Denies a size, a kind or a change of the finding, or what is beyond it, not the finding itself.
_DENIED_IN_PART = re.compile(
    r"\b(?:no|not|without)\b(?: (?:evidence|sign|signs|of|an?|any|the|obvious|convincing)){0,3} "
    r"(?:large|sizeable|sizable|significant|new|other|"
    r"additional|further|overt|frank|acute|definite|suspicious|focal|tension)\b|\botherwise\b",
    re.IGNORECASE,
)


def disputed(text: str) -> tuple[str, ...]:
    """The findings that a text both states and denies, of one side or as a whole.

    "No large effusion" denies a size, not the finding, and disputes nothing; nor does a denial
    beside a mere possibility.

    Parameters
    ----------
    text : str
        One section, or findings and impression together.

    Returns
    -------
    tuple of str
        Names of the vocabulary, each once, in the order of the text.
    """
    spoken = sentences(text)
    mentions = label(text)
    denied = [
        each
        for each in mentions
        if each.certainty is Certainty.ABSENT and not _DENIED_IN_PART.search(spoken[each.sentence])
    ]
    return _both(mentions, denied)


def disputed_among(mentions: Sequence[Mention]) -> tuple[str, ...]:
    """The same of mentions alone: each denial among them is one of the finding itself."""
    return _both(mentions, [each for each in mentions if each.certainty is Certainty.ABSENT])


def _both(mentions: Sequence[Mention], denied: Sequence[Mention]) -> tuple[str, ...]:
    found = [each for each in mentions if each.certainty is Certainty.PRESENT]
    names = (each.name for each in found if any(_opposed(each, other) for other in denied))
    return tuple(dict.fromkeys(names))


def _opposed(found: Mention, denied: Mention) -> bool:
    sides = {found.laterality, denied.laterality}
    apart = sides == {Laterality.LEFT, Laterality.RIGHT}
    # A denial as a whole takes in either side; a denial of one side says nothing of the other.
    unsure = found.laterality is None and denied.laterality in (Laterality.LEFT, Laterality.RIGHT)
    return found.name == denied.name and not apart and not unsure
