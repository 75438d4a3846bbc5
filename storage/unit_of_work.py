"""One transaction per user action: all of it is stored, or nothing."""

from __future__ import annotations

from types import TracebackType

from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError
from sqlalchemy.orm import Session

from core.domain.errors import DatabaseUnavailableError
from storage.repositories.addenda import AddendumRepository
from storage.repositories.drafts import DraftRepository
from storage.repositories.jobs import JobRepository
from storage.repositories.ledger import LedgerRepository
from storage.repositories.readers import ReaderRepository
from storage.repositories.reports import ReportRepository
from storage.repositories.signed import SignedRepository
from storage.repositories.studies import StudyRepository
from storage.repositories.worklist import WorklistRepository

# The last one is the pool's own: every connection is in use.
_UNREACHABLE = (OperationalError, InterfaceError, TimeoutError)


class UnitOfWork:
    """A context: commits when it ends well, rolls back when it does not.

    Parameters
    ----------
    engine : Engine
    read_only : bool
        Takes no write lock on SQLite, so that pages never wait for each other.
    """

    def __init__(self, engine: Engine, *, read_only: bool = False) -> None:
        self._engine = engine.execution_options(read_only=True) if read_only else engine

    def __enter__(self) -> UnitOfWork:
        self.session = Session(self._engine, expire_on_commit=False)
        try:
            self.session.begin()
            self.session.connection()
        except _UNREACHABLE as error:
            self.session.close()
            raise DatabaseUnavailableError() from error
        self.studies = StudyRepository(self.session)
        self.worklist = WorklistRepository(self.session)
        self.jobs = JobRepository(self.session)
        self.drafts = DraftRepository(self.session)
        self.reports = ReportRepository(self.session)
        self.addenda = AddendumRepository(self.session)
        self.signed = SignedRepository(self.session)
        self.ledger = LedgerRepository(self.session)
        self.readers = ReaderRepository(self.session)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self.session.commit()
            else:
                self.session.rollback()
        except _UNREACHABLE as failure:
            raise DatabaseUnavailableError() from failure
        finally:
            self.session.close()
        if isinstance(error, _UNREACHABLE):
            raise DatabaseUnavailableError() from error
