"""A conversation beside a study: questions, answers, and what each answer rests on.

Messages are only ever added. A question is one message, its answer another; how far an answer is
follows from whether it is there, and from the job that writes it where a language model does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from core.domain.conversation_errors import InvalidQuestionError
from core.domain.draft import ModelIdentity
from core.domain.errors import OverreadError
from core.domain.job import JobState

QUESTION_LIMIT = 2_000
"""Characters of one question."""


class Role(StrEnum):
    READER = "reader"
    MODEL = "model"


class Audience(StrEnum):
    """For whom an answer is worded. ``PATIENT`` is served from the signed report alone."""

    READER = "reader"
    PATIENT = "patient"


class Level(StrEnum):
    """How much is explained in plain words."""

    SHORT = "short"
    FULLER = "fuller"


class AnswerState(StrEnum):
    ASKED = "asked"
    ANSWERING = "answering"
    ANSWERED = "answered"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def open(self) -> bool:
        return self in (AnswerState.ASKED, AnswerState.ANSWERING)


class Ground(StrEnum):
    """What a sentence of an answer rests on."""

    FINDING = "finding"
    MAP = "map"
    FIGURES = "figures"
    SECTION = "section"
    WARNING = "warning"
    GLOSSARY = "glossary"
    ATTENTION = "attention"


@dataclass(frozen=True)
class Evidence:
    """One thing that an answer used.

    ``reference`` is the name of a finding, a section, an entry of the glossary, or a warning's
    code. ``map_id`` numbers a map of the draft for ``MAP``; for ``ATTENTION``, a map of the answer.
    """

    ground: Ground
    reference: str
    map_id: int | None = None


@dataclass(frozen=True)
class AttentionMap:
    """Where a model looked while it wrote an answer; the PNG lies in the blob store."""

    instance_id: int
    png: bytes
    id: int | None = None


@dataclass(frozen=True)
class Message:
    """One message. What only an answer has is empty in a question.

    Attributes
    ----------
    question_id : int or None
        The question that this answers; ``None`` for a question.
    job_id : int or None
        Of a question: the job that writes its answer, ``None`` where none is needed.
    ending : AnswerState or None
        Of an answer: answered, stopped or failed; ``error_code`` says why it failed.
    prompt_digest : str
        SHA-256 of all the text that the model was given.
    """

    study_id: int
    role: Role
    text: str
    language: str
    audience: Audience
    created_at: dt.datetime
    id: int | None = None
    reader: str = ""
    level: Level = Level.SHORT
    whole_report: bool = False
    question_id: int | None = None
    job_id: int | None = None
    model: ModelIdentity | None = None
    evidence: tuple[Evidence, ...] = ()
    maps: tuple[AttentionMap, ...] = ()
    seconds: float | None = None
    ending: AnswerState | None = None
    error_code: str = ""
    error_facts: Mapping[str, Any] = field(default_factory=dict)
    prompt_digest: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Exchange:
    """A question with its answer, or with the text that has come so far."""

    question: Message
    state: AnswerState
    answer: Message | None = None
    so_far: str = ""
    error: OverreadError | None = None


def question_text(text: str) -> str:
    """Return a question as it is kept.

    Raises
    ------
    InvalidQuestionError
        If it is empty, too long, or holds characters that no keyboard types.
    """
    typed = text.strip()
    if not typed:
        raise InvalidQuestionError(reason="it is empty")
    if len(typed) > QUESTION_LIMIT:
        raise InvalidQuestionError(reason=f"it is longer than {QUESTION_LIMIT} characters")
    if any(ord(char) < 32 and char not in "\n\t" for char in typed):
        raise InvalidQuestionError(reason="it holds control characters")
    return typed


def state_of(answer: Message | None, job: JobState | None) -> AnswerState:
    """How far an answer is: what is written down counts, then what its job says."""
    if answer is not None:
        return answer.ending or AnswerState.ANSWERED
    return {
        JobState.QUEUED: AnswerState.ASKED,
        JobState.RUNNING: AnswerState.ANSWERING,
        JobState.CANCELLED: AnswerState.STOPPED,
        None: AnswerState.ASKED,
    }.get(job, AnswerState.FAILED)
