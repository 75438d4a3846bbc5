"""What is true of a case: as its reference states, and what follows from that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from core.domain.finding import Laterality
from core.domain.teaching import TeachingCase, TrueFinding
from core.findings.vocabulary import NAMES, NO_FINDING, narrower

_RANK = {name: rank for rank, name in enumerate((*NAMES, NO_FINDING))}
_NARROWER = {name: narrower(name) for name in NAMES}


def truth_of(case: TeachingCase) -> Mapping[str, TrueFinding]:
    """Findings of which a case's reference says whether they are there.

    A finding that is present states its broader ones with it, as the vocabulary has them (a
    consolidation is a lung opacity), unless the reference says otherwise; and that nothing is
    there is true where no finding is present: then everything else is absent, too. What is not in
    the answer is left open by the reference, and nothing to judge by.
    """
    stated = {finding.name: finding for finding in case.findings}
    present = [finding for finding in case.findings if finding.present]
    broader = {
        name: TrueFinding(name, True, _joined(present, names))
        for name, names in _NARROWER.items()
        if any(finding.name in names for finding in present)
    }
    closed = {name: TrueFinding(name, False) for name in NAMES} if case.normal else {}
    return {NO_FINDING: TrueFinding(NO_FINDING, case.normal), **closed, **broader, **stated}


def stated_names(case: TeachingCase) -> frozenset[str]:
    """Names of the findings that the reference itself states."""
    return frozenset(finding.name for finding in case.findings)


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Names, each once, in the order of the vocabulary."""
    return tuple(sorted(set(names), key=lambda name: (_RANK.get(name, len(_RANK)), name)))


def sides_apart(side: Laterality | None, other: Laterality | None) -> bool:
    """Whether two sides contradict each other; one that is not named contradicts nothing."""
    return side is not None and other is not None and side is not other


def _joined(present: Iterable[TrueFinding], names: frozenset[str]) -> Laterality | None:
    sides = {finding.laterality for finding in present if finding.name in names}
    if None in sides:
        return None
    return sides.pop() if len(sides) == 1 else Laterality.BILATERAL
