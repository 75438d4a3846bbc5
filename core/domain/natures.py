"""Which kinds of correction lie between what a draft states and what was signed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from core.domain.correction import Correction, compare_findings
from core.domain.finding import Mention
from core.domain.reading import Nature

Read = Callable[[str], Mapping[str, Mention] | None]
"""What one sentence states, finding by finding; ``None`` where nobody can read it."""

_OF_THE_WHOLE = frozenset({Nature.MISSED, Nature.FALSE})


def with_natures(
    sentences: Iterable[Correction], findings: Iterable[Correction], read: Read
) -> tuple[Correction, ...]:
    """The corrections of sentences with what they set right of the findings.

    A changed sentence is held against its former self; that a finding was missed or false is a
    matter of the whole text, since another sentence may have named it. An added or removed sentence
    sets right what the whole text corrects of its findings. A changed sentence that corrects
    nothing is style; so is an added or removed one that repeats what stands elsewhere. One that
    states nothing of the vocabulary has no nature: what it says is not known here.

    Parameters
    ----------
    sentences : iterable of Correction
        As `core.domain.correction.align_sentences` gives them.
    findings : iterable of Correction
        Those of both whole texts, as `compare_findings` gives them.
    read : callable
        Reads one sentence.
    """
    whole = {each.finding or "": each.natures for each in findings}
    return tuple(replace(each, natures=_natures(each, whole, read)) for each in sentences)


def _natures(
    sentence: Correction, whole: Mapping[str, tuple[Nature, ...]], read: Read
) -> tuple[Nature, ...]:
    if sentence.change == "kept":
        return ()
    before, after = read(sentence.before), read(sentence.after)
    if before is None or after is None:
        return ()
    if sentence.change == "changed":
        compared = compare_findings(before, after)
        found = {nature for each in compared for nature in _borne_out(each, whole)}
    else:
        named = {**before, **after}
        if not named:
            return ()
        found = {nature for name in named for nature in whole.get(name, ())}
    found.discard(Nature.STYLE)
    return tuple(nature for nature in Nature if nature in found) or (Nature.STYLE,)


def _borne_out(compared: Correction, whole: Mapping[str, tuple[Nature, ...]]) -> frozenset[Nature]:
    of_the_whole = whole.get(compared.finding or "", ())
    return frozenset(
        nature
        for nature in compared.natures
        if nature not in _OF_THE_WHOLE or nature in of_the_whole
    )
