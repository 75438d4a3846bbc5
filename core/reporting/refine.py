"""Of several drafts of one film, the one that agrees best with the others and with the classifier.

What one draft alone says was more likely dreamt up than seen: several are drawn, and each is held
against the rest.

References
----------
Kapadnis 2024 (SERPENT-VLM: a model's own texts, held against the image, mend each other). There the
agreement is learned from features of the image; here the image speaks through a classifier, and
nothing is learned. Irvin 2019 (findings of reports as labels); agreement is their F1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from core.domain.finding import Certainty, Finding, Mention
from core.findings.vocabulary import NO_FINDING

Statement = tuple[str, ...]
Labels = Mapping[str, Mention]


@dataclass(frozen=True)
class Agreement:
    """How far one candidate is borne out, each in [0, 1].

    ``others`` is the mean over the other candidates, ``None`` where there are none; ``classifier``
    is ``None`` without a classifier.
    """

    others: float | None
    classifier: float | None

    @property
    def overall(self) -> float:
        """The mean of what there is; 0 where there is nothing to agree with."""
        known = [each for each in (self.others, self.classifier) if each is not None]
        return sum(known) / len(known) if known else 0.0


def best(candidates: Sequence[Labels], findings: Sequence[Finding] = ()) -> int:
    """Index of the candidate that is borne out best; the earliest of equals.

    A text that states nothing, such as a refusal to answer, agrees with all that say nothing: it
    is kept only where no other states anything.

    Parameters
    ----------
    candidates : sequence of mapping of finding to Mention
        What each text states in all: `core.findings.labeller.stated`.
    findings : sequence of Finding
        Of a classifier that read the same film.

    Raises
    ------
    ValueError
        If there is no candidate.
    """
    overall = [each.overall for each in agreements(candidates, findings)]
    stating = [number for number, said in enumerate(candidates) if said] or range(len(candidates))
    return max(stating, key=lambda number: (overall[number], -number))


def agreements(
    candidates: Sequence[Labels], findings: Sequence[Finding] = ()
) -> tuple[Agreement, ...]:
    """How far each candidate is borne out by the others and by the classifier.

    Statements are findings with their being there or not (a possible finding counts as there) and,
    one by one, with their sides: two texts that differ in a side alone agree in part. With the
    classifier only what is there is compared, and nothing that the classifier is unsure of, since a
    text need not deny what it does not find.
    """
    said = [_statements(each) for each in candidates]
    there = [_there(each) for each in candidates]
    scored, unsure = _scored(findings)
    return tuple(
        Agreement(
            others=_mean([f1(said[i], said[j]) for j in range(len(said)) if j != i]),
            classifier=f1(there[i] - unsure, scored) if findings else None,
        )
        for i in range(len(candidates))
    )


def f1(one: AbstractSet[Statement], other: AbstractSet[Statement]) -> float:
    """F1 of two sets of statements; 1 where both are empty."""
    size = len(one) + len(other)
    return 2 * len(one & other) / size if size else 1.0


def _mean(numbers: Sequence[float]) -> float | None:
    return sum(numbers) / len(numbers) if numbers else None


def _statements(labels: Labels) -> frozenset[Statement]:
    made: set[Statement] = set()
    for name, mention in labels.items():
        kind = "absent" if mention.certainty is Certainty.ABSENT else "there"
        made.add((name, kind))
        if mention.laterality is not None:
            made.add((name, kind, mention.laterality.value))
    return frozenset(made)


def _there(labels: Labels) -> frozenset[Statement]:
    return frozenset(
        (name,)
        for name, mention in labels.items()
        if name != NO_FINDING and mention.certainty is not Certainty.ABSENT
    )


def _scored(findings: Sequence[Finding]) -> tuple[frozenset[Statement], frozenset[Statement]]:
    """What a classifier calls present, and what it is unsure of."""
    by_certainty = {
        wanted: frozenset((each.name,) for each in findings if each.certainty is wanted)
        for wanted in Certainty
    }
    return by_certainty[Certainty.PRESENT], by_certainty[Certainty.UNCERTAIN]
