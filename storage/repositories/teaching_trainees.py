"""Trainees: nicknames within cohorts. Of a trainee's secrets only digests are kept."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from core.domain.teaching import Trainee
from storage.repositories.teaching_once import insert_once
from storage.teaching_tables import TraineeRow


@dataclass(frozen=True)
class Secrets:
    """Digests of a trainee's token and return words."""

    token_digest: str
    return_digest: str


class TraineeRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(
        self,
        cohort: str,
        nickname: str,
        folded: str,
        secrets: Secrets,
        *,
        joined_at: dt.datetime,
        reader_id: int | None = None,
    ) -> Trainee | None:
        """Take a nickname; ``None`` if somebody of the cohort has it.

        Parameters
        ----------
        folded : str
            The nickname without what may not tell two trainees apart.
        reader_id : int, optional
            The local reader who practises, of whom there is one trainee at most.
        """
        added = insert_once(
            self._session,
            TraineeRow,
            cohort=cohort,
            nickname=nickname,
            folded=folded,
            token_digest=secrets.token_digest,
            return_digest=secrets.return_digest,
            reader_id=reader_id,
            joined_at=joined_at,
        )
        return self.by_token(secrets.token_digest) if added else None

    def by_token(self, digest: str) -> Trainee | None:
        row = self._row(TraineeRow.token_digest == digest)
        return None if row is None else trainee_from(row)

    def by_nickname(self, cohort: str, folded: str) -> tuple[Trainee, Secrets] | None:
        row = self._row(TraineeRow.cohort == cohort, TraineeRow.folded == folded)
        if row is None:
            return None
        return trainee_from(row), Secrets(row.token_digest, row.return_digest)

    def of_reader(self, reader_id: int) -> Trainee | None:
        """The trainee that a local reader is while practising."""
        row = self._row(TraineeRow.reader_id == reader_id)
        return None if row is None else trainee_from(row)

    def of_cohort(self, cohort: str) -> tuple[Trainee, ...]:
        query = select(TraineeRow).where(TraineeRow.cohort == cohort).order_by(TraineeRow.id)
        return tuple(trainee_from(row) for row in self._session.scalars(query))

    def is_reader(self, trainee_id: int) -> bool:
        """Whether a trainee is the local reader who practises."""
        found = select(TraineeRow.reader_id).where(TraineeRow.id == trainee_id)
        return self._session.scalar(found) is not None

    def renew_token(self, trainee_id: int, digest: str) -> None:
        """Put another token in the place of the one before, which opens nothing any more."""
        self._session.execute(
            update(TraineeRow).where(TraineeRow.id == trainee_id).values(token_digest=digest)
        )

    def rename(self, trainee_id: int, nickname: str) -> None:
        self._session.execute(
            update(TraineeRow).where(TraineeRow.id == trainee_id).values(nickname=nickname)
        )

    def _row(self, *conditions: ColumnElement[bool]) -> TraineeRow | None:
        return self._session.scalar(select(TraineeRow).where(*conditions))


def trainee_from(row: TraineeRow) -> Trainee:
    return Trainee(row.id, row.cohort, row.nickname)
