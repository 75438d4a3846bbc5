"""A study in conversation, and the model that answers there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from core.domain.conversation import Exchange
from core.domain.draft import ModelIdentity
from core.models.base import Grey
from core.models.drafter import Ending, Prompt, TextAttention, WrittenText
from core.models.fake_writer import FakeWriter
from dashboard.services.answer_question import answer_question
from dashboard.workspace import Workspace

WRITER = "fake-writer"


@dataclass
class Writer:
    """A test double of a model that writes: says ``text``, remembers what it was given."""

    text: str = "There is a small effusion."
    error: Exception | None = None
    attention: TextAttention | None = None
    prompts: list[Prompt] = field(default_factory=list)
    films: list[Grey | None] = field(default_factory=list)
    identity = ModelIdentity("double", "d" * 64)
    converses = True

    def write(self, film, prompt, sampling, on_text, stop):  # type: ignore[no-untyped-def]
        assert sampling.max_seconds is not None
        self.films.append(film)
        self.prompts.append(prompt)
        written = ""
        for word in self.text.split(" "):
            if stop():
                return WrittenText(written, Ending.STOPPED, 0.1)
            piece = f" {word}" if written else word
            written += piece
            on_text(piece)
        if self.error:
            raise self.error
        return WrittenText(written, Ending.COMPLETE, 0.1, self.attention, {"torch": "2"})


def question_id(found: Exchange) -> int:
    assert found.question.id is not None
    return found.question.id


def answer_next(
    place: Workspace, writer: Writer | FakeWriter, stop: Callable[[], bool] = lambda: False
) -> None:
    """Run the next job here, as a worker would."""
    with place.work() as work:
        job = work.jobs.claim(dt.datetime.now(dt.UTC))
    assert job is not None
    answer_question(place, job, writer, lambda _fraction, _stage: None, stop)


@pytest.fixture
def study(either: Workspace, drafted: Callable[..., int]) -> int:
    return drafted()
