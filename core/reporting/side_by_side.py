"""Drafts and texts of one study side by side: what each says of a finding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from core.domain.draft import Draft
from core.domain.finding import Certainty, Finding, Laterality, Mention
from core.domain.report import ENGLISH, Sections
from core.findings.labeller import label, stated
from core.findings.vocabulary import TERMS, URGENCY, narrower

_STANCE = {Certainty.PRESENT: 2, Certainty.UNCERTAIN: 1, Certainty.ABSENT: 0, None: 0}


@dataclass(frozen=True)
class Call:
    """What one text or model says of one finding.

    Attributes
    ----------
    certainty : Certainty or None
        ``None`` where it says nothing.
    scored : Finding or None
        The finding with the number of the classifier: the model itself, or the one beside a text.
    implied_by : str
        The narrower finding that says it (a consolidation is a lung opacity); empty where the
        finding is named itself.
    """

    certainty: Certainty | None = None
    laterality: Laterality | None = None
    scored: Finding | None = None
    implied_by: str = ""


@dataclass(frozen=True)
class Said:
    """What one column says, by finding.

    ``of_text`` where a text says it: what it does not mention, it does not call. What a classifier
    does not score is beyond it, and no difference from others.
    """

    calls: Mapping[str, Call]
    of_text: bool = False

    def of(self, name: str) -> Call | None:
        return self.calls.get(name, Call() if self.of_text else None)


@dataclass(frozen=True)
class Row:
    """One finding over all columns; ``None`` stands for a column that cannot say anything of it.

    ``differs`` where one column calls it and another does not or less surely, or the sides differ.
    What is only implied differs from nothing: the narrower finding has a row of its own.
    """

    finding: str
    calls: tuple[Call | None, ...]
    differs: bool

    @property
    def called(self) -> bool:
        """Whether any column itself calls it present or uncertain."""
        return _highest(self) > 0


def said_by_draft(draft: Draft, *, written: bool) -> Said:
    """What a draft says of each finding.

    Parameters
    ----------
    written : bool
        Whether a language model wrote its text: then the text says it, and numbers stand beside
        it. The words of a classifier's draft follow from its numbers.
    """
    scored = {each.name: each for each in draft.findings}
    if not written or draft.language != ENGLISH:
        return Said(
            {
                name: Call(each.certainty, each.laterality, each if each.numbers else None)
                for name, each in scored.items()
            }
        )
    numbers = {name: each for name, each in scored.items() if each.numbers}
    calls = said_by_text(draft.sections).calls
    beside = {
        name: replace(calls.get(name, Call()), scored=numbers.get(name))
        for name in dict.fromkeys((*numbers, *calls))
    }
    return Said(beside, of_text=True)


def said_by_text(sections: Sections) -> Said:
    """What an English text says of each finding that it states, in all."""
    said = stated(label(f"{sections.findings}\n\n{sections.impression}"))
    calls = {name: Call(each.certainty, each.laterality) for name, each in said.items()}
    for term in TERMS:
        if _STANCE[calls[term.name].certainty if term.name in calls else None] == 0:
            implied = _surest(said[name] for name in narrower(term.name) if name in said)
            if implied is not None:
                calls[term.name] = Call(
                    implied.certainty, implied.laterality, implied_by=implied.name
                )
    return Said(calls, of_text=True)


def _surest(mentions: Iterable[Mention]) -> Mention | None:
    positive = [each for each in mentions if _STANCE[each.certainty] > 0]
    ordered = sorted(positive, key=lambda each: (-_STANCE[each.certainty], each.name))
    return ordered[0] if ordered else None


def side_by_side(columns: Sequence[Said | None]) -> tuple[Row, ...]:
    """Every finding that a column speaks of: those that differ first, then the surest."""
    order = [*URGENCY, *(term.name for term in TERMS)]
    names = dict.fromkeys(name for column in columns if column for name in column.calls)
    rows = [_row(name, columns) for name in names]
    return tuple(
        sorted(
            rows,
            key=lambda row: (
                not row.differs,
                -_spread(row),
                -_highest(row),
                order.index(row.finding) if row.finding in order else len(order),
            ),
        )
    )


def _row(name: str, columns: Sequence[Said | None]) -> Row:
    calls = tuple(column.of(name) if column else None for column in columns)
    row = Row(name, calls, differs=False)
    return Row(name, calls, differs=_spread(row) > 0 or _sides_differ(calls))


def _stances(row: Row) -> list[int]:
    own = (call for call in row.calls if call is not None and not call.implied_by)
    return [_STANCE[call.certainty] for call in own]


def _spread(row: Row) -> int:
    return max(_stances(row), default=0) - min(_stances(row), default=0)


def _highest(row: Row) -> int:
    return max(_stances(row), default=0)


def _sides_differ(calls: Sequence[Call | None]) -> bool:
    """A side that a column leaves open differs from none."""
    sides = {
        call.laterality
        for call in calls
        if call is not None
        and call.laterality is not None
        and _STANCE[call.certainty] > 0
        and not call.implied_by
    }
    return len(sides) > 1
