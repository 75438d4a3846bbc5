"""Jobs: the only record of what is queued, running, done or failed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.domain.errors import NotFoundError
from core.domain.job import Job, JobKind, JobPriority, JobState
from storage.tables import JobEventRow, JobRow


class JobRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def request(
        self,
        study_id: int,
        key: str,
        model: str,
        priority: JobPriority,
        *,
        override_gate: bool = False,
        kind: JobKind = JobKind.DRAFT,
    ) -> Job:
        """The job of this key: a new one, or the one that was asked for before.

        A failed or cancelled one is queued again; an open one may only gain in priority.
        """
        row = self._session.scalar(select(JobRow).where(JobRow.key == key).with_for_update())
        if row is None:
            row = JobRow(
                study_id=study_id,
                key=key,
                model=model,
                state=JobState.QUEUED.value,
                priority=int(priority),
                attempts=0,
                cancel_requested=False,
                override_gate=override_gate,
                kind=kind.value,
                error_code="",
                error_reason="",
                created_at=dt.datetime.now(dt.UTC),
            )
            self._session.add(row)
        elif row.state in (JobState.FAILED.value, JobState.CANCELLED.value):
            row.state, row.attempts, row.cancel_requested = JobState.QUEUED.value, 0, False
            row.error_code = row.error_reason = ""
            row.priority = int(priority)
        else:
            row.priority = min(row.priority, int(priority))
        self._session.flush()
        return self._job(row)

    def of_key(self, key: str) -> Job | None:
        """The job that was asked for by this key; locked, so that nobody else settles it now."""
        row = self._session.scalar(select(JobRow).where(JobRow.key == key).with_for_update())
        return None if row is None else self._job(row)

    def file_under(self, job_id: int, key: str) -> None:
        """Let a job be found by another key than it was asked for by."""
        self._row(job_id).key = key

    def overtaken(self, job: Job) -> bool:
        """Whether a draft that a reader asked for against the gate is there since this request."""
        overriding = select(JobRow.id).where(
            JobRow.kind == job.kind.value,
            JobRow.study_id == job.study_id,
            JobRow.model == job.model,
            JobRow.id > job.id,
            JobRow.override_gate,
            JobRow.state == JobState.DONE.value,
        )
        return not job.override_gate and self._session.scalar(overriding.limit(1)) is not None

    def waiting(self) -> bool:
        """Whether a job is queued."""
        queued = select(JobRow.id).where(JobRow.state == JobState.QUEUED.value).limit(1)
        return self._session.scalar(queued) is not None

    def claim(self, now: dt.datetime) -> Job | None:
        """Take the next queued job: most urgent first, then oldest."""
        row = self._session.scalar(
            select(JobRow)
            .where(JobRow.state == JobState.QUEUED.value)
            .order_by(JobRow.priority, JobRow.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if row is None:
            return None
        row.state = JobState.RUNNING.value
        row.attempts += 1
        row.started_at = row.heartbeat_at = now
        self._session.flush()
        return self._job(row)

    def beat(self, job_id: int, now: dt.datetime) -> bool:
        """Say that the worker is alive; returns whether a cancel was asked for meanwhile."""
        row = self._row(job_id)
        row.heartbeat_at = now
        return row.cancel_requested

    def advance(self, job_id: int, progress: float, stage: str, text: str = "") -> None:
        """Note how far a job is, with the piece of text that has come since."""
        now = dt.datetime.now(dt.UTC)
        self._session.add(
            JobEventRow(job_id=job_id, at=now, progress=progress, stage=stage, text=text)
        )

    def written(self, job_id: int) -> str:
        """The text that the present attempt of a job has written so far."""
        row = self._row(job_id)
        pieces = select(JobEventRow.text).where(JobEventRow.job_id == job_id)
        if row.started_at is not None:
            pieces = pieces.where(JobEventRow.at >= row.started_at)
        return "".join(self._session.scalars(pieces.order_by(JobEventRow.id)))

    def finish(
        self, job_id: int, state: JobState, *, error_code: str = "", error_reason: str = ""
    ) -> None:
        row = self._row(job_id)
        row.state, row.finished_at = state.value, dt.datetime.now(dt.UTC)
        row.error_code, row.error_reason = error_code, error_reason

    def requeue(self, job_id: int, *, counted: bool = True) -> None:
        """Queue a running job again; an attempt that storage failed does not count."""
        row = self._row(job_id)
        row.state = JobState.QUEUED.value
        if not counted:
            row.attempts = max(0, row.attempts - 1)

    def forget_heartbeats(self) -> None:
        """Take every running job for silent: only where no worker can be alive."""
        self._session.execute(
            update(JobRow).where(JobRow.state == JobState.RUNNING.value).values(heartbeat_at=None)
        )

    def newest(self, study_ids: Sequence[int]) -> dict[int, Job]:
        """The newest draft job of each of these studies."""
        newest = select(func.max(JobRow.id)).where(
            JobRow.study_id.in_(study_ids), JobRow.kind == JobKind.DRAFT.value
        )
        rows = self._session.scalars(
            select(JobRow).where(JobRow.id.in_(newest.group_by(JobRow.study_id)))
        ).all()
        last = select(func.max(JobEventRow.id)).where(
            JobEventRow.job_id.in_(row.id for row in rows)
        )
        found = select(JobEventRow).where(JobEventRow.id.in_(last.group_by(JobEventRow.job_id)))
        events = {event.job_id: event for event in self._session.scalars(found)}
        return {row.study_id: _job(row, events.get(row.id)) for row in rows}

    def running(self) -> tuple[Job, ...]:
        rows = self._session.scalars(
            select(JobRow).where(JobRow.state == JobState.RUNNING.value).order_by(JobRow.id)
        )
        return tuple(self._job(row) for row in rows)

    def cancel(self, job_id: int) -> None:
        """Ask an open job to stop; one that has not started is cancelled at once."""
        self._session.execute(
            update(JobRow)
            .where(JobRow.id == job_id, JobRow.state == JobState.QUEUED.value)
            .values(state=JobState.CANCELLED.value)
        )
        self._row(job_id).cancel_requested = True

    def get(self, job_id: int) -> Job:
        return self._job(self._row(job_id))

    def latest(
        self, study_id: int, model: str | None = None, *, comparisons: bool = False
    ) -> Job | None:
        """The newest draft job of a study; with ``comparisons``, also of drafts for comparison."""
        kinds = [JobKind.DRAFT.value, *([JobKind.COMPARISON.value] if comparisons else [])]
        query = select(JobRow).where(JobRow.study_id == study_id, JobRow.kind.in_(kinds))
        if model:
            query = query.where(JobRow.model == model)
        row = self._session.scalar(query.order_by(JobRow.id.desc()).limit(1))
        return None if row is None else self._job(row)

    def _row(self, job_id: int) -> JobRow:
        row = self._session.get(JobRow, job_id)
        if row is None:
            raise NotFoundError(what="job")
        return row

    def _job(self, row: JobRow) -> Job:
        event = self._session.scalar(
            select(JobEventRow)
            .where(JobEventRow.job_id == row.id)
            .order_by(JobEventRow.id.desc())
            .limit(1)
        )
        return _job(row, event)


def _job(row: JobRow, event: JobEventRow | None) -> Job:
    """A row as the domain has it, with the newest of its events."""
    return Job(
        id=row.id,
        study_id=row.study_id,
        key=row.key,
        model=row.model,
        state=JobState(row.state),
        priority=row.priority,
        attempts=row.attempts,
        progress=event.progress if event else 0.0,
        stage=event.stage if event else "",
        error_code=row.error_code,
        error_reason=row.error_reason,
        cancel_requested=row.cancel_requested,
        created_at=row.created_at,
        heartbeat_at=row.heartbeat_at,
        override_gate=row.override_gate,
        kind=JobKind(row.kind),
    )
