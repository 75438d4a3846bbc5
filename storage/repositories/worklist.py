"""The worklist: what a page of it shows, at a cost that does not grow with the studies."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, literal, literal_column, select, text, tuple_
from sqlalchemy.orm import Session

from core.domain.finding import Certainty, Finding, Laterality
from core.domain.study import Study, StudyStatus
from storage.repositories.studies import study_of
from storage.tables import StudyRow, UtcDateTime
from storage.worklist_upkeep import StudyTallyRow

PAGE_SIZE = 50
TRIGRAM = 3
"""Shorter words are not in the search index."""
PHRASES = 32
"""SQLite's index takes no more than some hundreds at once; a few settle it."""
DENSE = 40
"""Above this many pages of matches, reading the newest studies finds a page of them sooner."""

_NEWEST = (StudyRow.received_at.desc(), StudyRow.id.desc())
_OLDEST = (StudyRow.received_at, StudyRow.id)


@dataclass(frozen=True)
class TopFinding:
    name: str
    laterality: Laterality | None
    value: float | None
    operating_point: float | None
    certainty: Certainty


@dataclass(frozen=True)
class WorklistItem:
    """One row of the worklist; the study comes without its instances.

    ``withheld`` is the code of the warning that left its newest draft without findings.
    """

    study: Study
    projections: str
    top: TopFinding | None
    signed_by: str
    withheld: str = ""


@dataclass(frozen=True)
class WorklistPage:
    items: tuple[WorklistItem, ...]
    total: int
    page: int
    size: int


class WorklistRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def page(
        self,
        *,
        status: StudyStatus | None = None,
        query: str = "",
        page: int = 1,
        size: int = PAGE_SIZE,
    ) -> WorklistPage:
        """One page, newest first; ``query`` words must all be found in the study's texts.

        A page past the end is the last one, and one before the first is the first.
        """
        # No text holds a zero byte, and neither database takes one in a parameter.
        words = query.replace("\0", " ").casefold().split()
        # Each word costs a condition, and nobody types so many.
        words = list(dict.fromkeys(words))[:PHRASES]
        conditions = [] if status is None else [StudyRow.status == status.value]
        if words:
            found = select(func.count(StudyRow.id)).where(*conditions, *self._holding(words))
            total = self._session.scalar(found) or 0
            conditions += self._holding(words, dense=total > DENSE * size)
        else:
            tallies = self.counts()
            total = sum(tallies.values()) if status is None else tallies[status]
        page = max(1, min(page, (total + size - 1) // size) if total else page)
        rows = self._rows(conditions, (page - 1) * size, size, total)
        return WorklistPage(tuple(_item(row) for row in rows), total, page, size)

    def counts(self) -> dict[StudyStatus, int]:
        """Studies per status, zeros included."""
        counted = self._session.execute(
            select(StudyTallyRow.status, func.sum(StudyTallyRow.studies)).group_by(
                StudyTallyRow.status
            )
        )
        found = {StudyStatus(status): int(number) for status, number in counted}
        return {status: found.get(status, 0) for status in StudyStatus}

    def next_unsigned(self, after: int) -> int | None:
        """The unsigned study below ``after`` in the list, else the newest one other than it."""
        # The status stands in the statement itself, or the index of unsigned studies is not used.
        unsigned = StudyRow.status != literal_column(f"'{StudyStatus.SIGNED.value}'")
        others = select(StudyRow.id).where(unsigned, StudyRow.id != after).order_by(*_NEWEST)
        received_at = self._session.scalar(select(StudyRow.received_at).where(StudyRow.id == after))
        below = None
        if received_at is not None:
            place = tuple_(literal(received_at, UtcDateTime), literal(after))
            below = self._session.scalar(others.where(tuple_(*_OLDEST) < place).limit(1))
        return below or self._session.scalar(others.limit(1))

    def set_top_finding(
        self, study_id: int, finding: Finding | None, *, withheld: str = ""
    ) -> None:
        """What the newest draft puts first, or why it puts nothing at all."""
        row = self._session.get_one(StudyRow, study_id)
        row.withheld = withheld
        row.top_finding = finding.name if finding else ""
        row.top_laterality = (finding.laterality or "") if finding else ""
        row.top_value = finding.shown if finding else None
        row.top_operating_point = finding.operating_point if finding else None
        row.top_certainty = finding.certainty.value if finding else ""

    def _rows(
        self, conditions: list[ColumnElement[bool]], first: int, size: int, total: int
    ) -> list[StudyRow]:
        """Rows ``first`` to ``first + size`` of the list, counted from its nearer end."""
        last = min(first + size, total)
        from_end = first > total // 2
        order, offset = (_OLDEST, total - last) if from_end else (_NEWEST, first)
        # What is skipped is skipped in the index: rows are read for the page alone.
        numbers = select(StudyRow.id).where(*conditions).order_by(*order)
        page = numbers.limit(max(0, last - first)).offset(offset)
        rows = select(StudyRow).where(StudyRow.id.in_(page)).order_by(*_NEWEST)
        return list(self._session.scalars(rows))

    def _holding(self, words: list[str], *, dense: bool = False) -> list[ColumnElement[bool]]:
        """That a study's texts hold each of the words.

        PostgreSQL finds its index by itself; SQLite must be sent to it, unless studies that hold
        the words lie so ``dense`` that reading on from the newest one meets a page of them.
        """
        indexed = [word for word in words if len(word) >= TRIGRAM]
        if self._session.get_bind().dialect.name != "sqlite" or dense:
            indexed = []
        conditions: list[ColumnElement[bool]] = [
            StudyRow.search_text.contains(word, autoescape=True)
            for word in words
            if word not in indexed
        ]
        if indexed:
            phrases = " ".join('"' + word.replace('"', '""') + '"' for word in indexed)
            matches = text("SELECT rowid FROM study_search WHERE study_search MATCH :phrases")
            conditions.append(
                StudyRow.id.in_(matches.bindparams(phrases=phrases).columns(StudyRow.id))
            )
        return conditions


def _item(row: StudyRow) -> WorklistItem:
    top = None
    if row.top_finding:
        top = TopFinding(
            row.top_finding,
            Laterality(row.top_laterality) if row.top_laterality else None,
            row.top_value,
            row.top_operating_point,
            Certainty(row.top_certainty),
        )
    return WorklistItem(study_of(row), row.projections, top, row.signed_by, row.withheld)
