"""The working text of a study, with its optimistic version."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.domain.errors import NotFoundError, StaleReportError
from core.domain.reading import ReadingTimes, typed_seconds
from core.domain.report import ENGLISH, Sections, WorkingReport
from storage.tables import ReportRow


class ReportRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, study_id: int, *, lock: bool = False) -> WorkingReport:
        """The working text; ``lock`` holds the row until the transaction ends.

        Raises
        ------
        NotFoundError
        """
        return _report(self._row(study_id, lock=lock))

    def create(
        self, study_id: int, sections: Sections, *, language: str = ENGLISH
    ) -> WorkingReport:
        row = ReportRow(
            study_id=study_id,
            version=1,
            human_version=0,
            saved_at=dt.datetime.now(dt.UTC),
            language=language,
            **sections.as_dict(),
        )
        self._session.add(row)
        self._session.flush()
        return _report(row)

    def save(
        self,
        study_id: int,
        sections: Sections,
        base_version: int,
        *,
        language: str | None = None,
    ) -> WorkingReport:
        """Keep what a person typed, if nobody else typed since ``base_version``.

        ``language`` is that of the text, the one it had before if it is not given.

        Raises
        ------
        StaleReportError
            With both texts in its facts; nothing is stored.
        """
        row = self._row(study_id, lock=True)
        stored = _report(row)
        if not stored.accepts(base_version):
            raise StaleReportError(
                version=base_version,
                current=stored.version,
                yours=sections.as_dict(),
                theirs=stored.sections.as_dict(),
            )
        _count_typing(row, dt.datetime.now(dt.UTC))
        self._write(row, sections)
        row.language = language or row.language
        row.human_version = row.version
        self._session.flush()
        return _report(row)

    def fill(
        self,
        study_id: int,
        sections: Sections,
        draft_id: int | None,
        *,
        language: str | None = None,
    ) -> bool:
        """Put a draft's text in, unless a person has typed; returns whether it was put in.

        ``language`` is that of the text, the one it had before if it is not given.
        """
        row = self._row(study_id, lock=True)
        if row.human_version > 0:
            return False
        self._write(row, sections)
        row.language = language or row.language
        row.draft_id = draft_id
        self._session.flush()
        return True

    def context_changed(self, study_id: int, technique: str) -> None:
        """Raise the version when a film comes or a reader states patient or projection.

        Nothing is signed that was approved before. The technique follows the films as long as
        nobody has typed.
        """
        row = self._row(study_id, lock=True)
        if row.human_version == 0:
            row.technique = technique
        row.version += 1
        self._session.flush()

    def set_language(self, study_id: int, language: str) -> None:
        """Say in which language the text is; the text stays as it is."""
        row = self._row(study_id, lock=True)
        if row.language != language:
            row.language = language
            row.version += 1
            self._session.flush()

    def mark_opened(self, study_id: int) -> None:
        row = self._row(study_id, lock=True)
        row.opened_at = row.opened_at or dt.datetime.now(dt.UTC)

    def times(self, study_id: int) -> ReadingTimes:
        """When it was first opened, and the seconds of typing as far as they were counted."""
        row = self._row(study_id)
        # Typed in before typing was counted.
        unknown = row.human_version > 0 and row.first_typed_at is None
        return ReadingTimes(row.opened_at, None if unknown else row.seconds_editing)

    def hide_draft(self, study_id: int, sections: Sections) -> None:
        """Have a report that nobody typed in read first, from ``sections`` that no model wrote."""
        row = self._row(study_id, lock=True)
        self._write(row, sections)
        row.draft_id = None
        row.read_first = True
        self._session.flush()

    def reveal(self, study_id: int) -> None:
        """Note that the reader has seen the draft now, and how the text stood."""
        row = self._row(study_id, lock=True)
        row.before_reveal = _report(row).sections.as_dict()
        row.before_language = row.language
        row.revealed_at = dt.datetime.now(dt.UTC)
        self._session.flush()

    def _write(self, row: ReportRow, sections: Sections) -> None:
        for name, text in sections.as_dict().items():
            setattr(row, name, text)
        row.version += 1
        row.saved_at = dt.datetime.now(dt.UTC)

    def _row(self, study_id: int, *, lock: bool = False) -> ReportRow:
        query = select(ReportRow).where(ReportRow.study_id == study_id)
        row = self._session.scalar(query.with_for_update() if lock else query)
        if row is None:
            raise NotFoundError(what="study")
        return row


def _count_typing(row: ReportRow, now: dt.datetime) -> None:
    """A draft is filled in only before the first save, so that ``saved_at`` is a person's after."""
    first = row.first_typed_at is None
    if first and row.human_version > 0:
        return  # typed in before typing was counted: how long, nobody knows
    row.seconds_editing += typed_seconds(None if first else (now - row.saved_at).total_seconds())
    row.first_typed_at = row.first_typed_at or now


def _report(row: ReportRow) -> WorkingReport:
    return WorkingReport(
        study_id=row.study_id,
        sections=Sections(
            row.indication, row.comparison, row.technique, row.findings, row.impression
        ),
        version=row.version,
        human_version=row.human_version,
        draft_id=row.draft_id,
        saved_at=row.saved_at,
        language=row.language,
        read_first=row.read_first,
        revealed_at=row.revealed_at,
        before_reveal=Sections(**row.before_reveal) if row.before_reveal is not None else None,
        before_language=row.before_language,
    )
