"""One transaction per user action: all of it is stored, or nothing."""

from __future__ import annotations

from types import TracebackType

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from storage.failures import database_failure, in_one_sentence
from storage.repositories.addenda import AddendumRepository
from storage.repositories.consents import ConsentRepository
from storage.repositories.conversations import ConversationRepository
from storage.repositories.drafts import DraftRepository
from storage.repositories.import_files import ImportFileRepository
from storage.repositories.imports import ImportRepository
from storage.repositories.jobs import JobRepository
from storage.repositories.ledger import LedgerRepository
from storage.repositories.ledger_figures import LedgerFigureRepository
from storage.repositories.newest_drafts import NewestDraftRepository
from storage.repositories.overrides import OverrideRepository
from storage.repositories.readers import ReaderRepository
from storage.repositories.readings import ReadingRepository
from storage.repositories.reports import ReportRepository
from storage.repositories.signed import SignedRepository
from storage.repositories.signed_scores import SignedScoreRepository
from storage.repositories.studies import StudyRepository
from storage.repositories.teaching_cases import TeachingCaseRepository
from storage.repositories.teaching_reads import ReadRepository
from storage.repositories.teaching_repetitions import RepetitionRepository
from storage.repositories.teaching_sessions import TeachingSessionRepository
from storage.repositories.teaching_trainees import TraineeRepository
from storage.repositories.worklist import WorklistRepository


class UnitOfWork:
    """A context: commits when it ends well, rolls back when it does not.

    A failure of the database itself leaves as DatabaseUnavailableError, StorageFullError or
    StorageUnavailableError.

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
            with in_one_sentence():
                self.session.begin()
                self.session.connection()
        except BaseException:
            self.session.close()
            raise
        self.studies = StudyRepository(self.session)
        self.imports = ImportRepository(self.session)
        self.import_files = ImportFileRepository(self.session)
        self.worklist = WorklistRepository(self.session)
        self.jobs = JobRepository(self.session)
        self.overrides = OverrideRepository(self.session)
        self.drafts = DraftRepository(self.session)
        self.conversations = ConversationRepository(self.session)
        self.reports = ReportRepository(self.session)
        self.addenda = AddendumRepository(self.session)
        self.signed = SignedRepository(self.session)
        self.signed_scores = SignedScoreRepository(self.session)
        self.ledger = LedgerRepository(self.session)
        self.ledger_figures = LedgerFigureRepository(self.session)
        self.readings = ReadingRepository(self.session)
        self.readers = ReaderRepository(self.session)
        self.consents = ConsentRepository(self.session)
        self.newest_drafts = NewestDraftRepository(self.session)
        self.teaching_cases = TeachingCaseRepository(self.session)
        self.teaching_sessions = TeachingSessionRepository(self.session)
        self.trainees = TraineeRepository(self.session)
        self.reads = ReadRepository(self.session)
        self.repetitions = RepetitionRepository(self.session)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            with in_one_sentence():
                if kind is None:
                    self.session.commit()
                else:
                    self.session.rollback()
        finally:
            self.session.close()
        failure = database_failure(error) if isinstance(error, SQLAlchemyError) else None
        if failure is not None:
            raise failure from error
