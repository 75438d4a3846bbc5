"""A job: work that outlives a page, with its state in one place, the database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import IntEnum, StrEnum


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def open(self) -> bool:
        return self in (JobState.QUEUED, JobState.RUNNING)


class JobKind(StrEnum):
    """What a job makes: a draft of a study, or the answer to a question about it.

    A draft that stands beside others for comparison is offered to no report.
    """

    DRAFT = "draft"
    COMPARISON = "comparison"
    ANSWER = "answer"


class JobPriority(IntEnum):
    """Smaller goes first."""

    READER = 0
    INTAKE = 5
    BULK = 7
    SAMPLE = 9


@dataclass(frozen=True)
class Job:
    """One request to a model about a study; ``key`` makes asking twice run once.

    ``override_gate`` drafts also a film that does not pass as a frontal chest film.
    """

    id: int
    study_id: int
    key: str
    model: str
    state: JobState
    priority: int
    attempts: int
    progress: float = 0.0
    stage: str = ""
    error_code: str = ""
    error_reason: str = ""
    cancel_requested: bool = False
    created_at: dt.datetime | None = None
    heartbeat_at: dt.datetime | None = None
    override_gate: bool = False
    kind: JobKind = JobKind.DRAFT


@dataclass(frozen=True)
class GateOverride:
    """A reader's act: draft this study although its film did not pass as a chest film."""

    study_id: int
    job_id: int
    reader: str
    at: dt.datetime
