"""Who signs: in embedded mode, the one local reader."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.domain.reader import Reader
from storage.tables import ReaderRow


class ReaderRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def local(self) -> Reader | None:
        row = self._session.scalar(select(ReaderRow).order_by(ReaderRow.id).limit(1))
        return None if row is None else Reader(row.id, row.name, row.confirmed)

    def set_local(self, name: str, *, confirmed: bool) -> Reader:
        row = self._session.scalar(select(ReaderRow).order_by(ReaderRow.id).limit(1))
        if row is None:
            row = ReaderRow(name=name, confirmed=confirmed)
            self._session.add(row)
        row.name, row.confirmed = name, confirmed
        self._session.flush()
        return Reader(row.id, row.name, row.confirmed)
