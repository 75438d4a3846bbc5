"""The addendum being written for a study, with its optimistic version."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.domain.errors import StaleReportError
from core.domain.report import WorkingAddendum
from storage.tables import AddendumRow


class AddendumRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, study_id: int) -> WorkingAddendum:
        """What is written so far; version 0 before the first word."""
        row = self._row(study_id)
        return (
            WorkingAddendum(study_id, row.text, row.version) if row else WorkingAddendum(study_id)
        )

    def save(self, study_id: int, text: str, base_version: int) -> WorkingAddendum:
        """Keep what a person typed, if nobody else typed since ``base_version``.

        Raises
        ------
        StaleReportError
            With both texts in its facts; nothing is stored.
        """
        row = self._row(study_id)
        stored = row.version if row else 0
        if base_version != stored:
            raise StaleReportError(
                version=base_version,
                current=stored,
                yours={"addendum": text},
                theirs={"addendum": row.text if row else ""},
            )
        if row is None:
            row = AddendumRow(study_id=study_id, version=0)
            self._session.add(row)
        row.text, row.version = text, stored + 1
        row.saved_at = dt.datetime.now(dt.UTC)
        self._session.flush()
        return WorkingAddendum(study_id, row.text, row.version)

    def _row(self, study_id: int) -> AddendumRow | None:
        return self._session.scalar(
            select(AddendumRow).where(AddendumRow.study_id == study_id).with_for_update()
        )
