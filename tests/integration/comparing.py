"""Drafts of several models of one study, asked for and made."""

from __future__ import annotations

import pytest

from core.domain.reader import Reader
from core.models import registry
from dashboard.services.compare import (
    Column,
    compared,
    request_comparison,
)
from dashboard.workspace import Workspace
from tests.integration.conftest import draft_next, take_in

FIRST, SECOND = registry.FAKE, registry.FAKE_SECOND


@pytest.fixture
def study(either: Workspace, reader: Reader) -> int:
    """A study with a draft by the model of the settings."""
    study_id = take_in(either, reader).study_id
    draft_next(either)
    return study_id


def column(place: Workspace, study_id: int, model: str) -> Column:
    [found] = compared(place, study_id, [model]).columns
    return found


def ask(place: Workspace, study_id: int, *models: str) -> None:
    assert (
        request_comparison(place, study_id, models, reader=Reader(1, "Dr. Test", confirmed=True))
        == {}
    )
