"""A conversation with a model of a real architecture, from a folder, as a worker has it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from core.domain.conversation import AnswerState, Ground
from core.domain.reader import Reader
from core.models.language.precision import Precision
from dashboard.services.answer_question import answer_question
from dashboard.services.conversation_history import answer_map, history
from dashboard.services.converse import Asked, ask
from dashboard.workspace import Workspace
from tests import tiny_models
from tests.integration.conftest import draft_next, take_in

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

QUESTIONS = ("What do you see?", "Where is it?", "Why?")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With room for a conversation: places are turned into angles, so that no weight minds."""
    folder = tiny_models.save("qwen2_vl", tmp_path_factory.mktemp("model"))
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    for part in (config, config.get("text_config", {})):
        if "max_position_embeddings" in part:
            part["max_position_embeddings"] = 8192
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def test_three_turns_with_their_maps(place: Workspace, reader: Reader, folder: Path) -> None:
    study_id = take_in(place, reader).study_id
    draft_next(place)
    drafter = tiny_models.loaded("qwen2_vl", folder, Precision.FP32)
    for question in QUESTIONS:
        ask(place, study_id, Asked(question, model="fake-writer"), reader=reader)
        with place.work() as work:
            job = work.jobs.claim(dt.datetime.now(dt.UTC))
        assert job is not None
        answer_question(place, job, drafter, lambda _fraction, _stage: None)
    found = history(place, study_id)
    assert [item.question.text for item in found] == list(QUESTIONS)
    for item in found:
        assert item.state is AnswerState.ANSWERED, item.error
        assert item.answer is not None and item.answer.text and item.answer.prompt_digest
        assert item.answer.model == drafter.identity and item.answer.versions["precision"]
        [seen] = [one for one in item.answer.evidence if one.ground is Ground.ATTENTION]
        assert answer_map(place, seen.map_id or 0)[1].startswith(b"\x89PNG")
    assert len({item.answer.prompt_digest for item in found if item.answer}) == len(QUESTIONS)
