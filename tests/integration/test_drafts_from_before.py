"""Drafts and studies that an earlier version stored, after the migration that names refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Engine, text

from core.domain.draft import Refusal
from dashboard.workspace import Workspace
from storage.engine import open_engine
from storage.migrate import alembic_config, migrate
from storage.unit_of_work import UnitOfWork

BEFORE = "0006"
SENTENCES = {
    Refusal.FILM: "The film does not look like a frontal chest film; nothing was drafted.",
    Refusal.NO_FRONTAL: "There is no frontal chest film in this study; the model reads frontal "
    "films only.",
    Refusal.UNDER_16: "The patient is under 16 years old; the model drafts for adults only.",
    None: "No finding scored above its operating point; the model does not call a film normal.",
}
CODES = {
    Refusal.FILM: "not_a_frontal_chest_film",
    Refusal.NO_FRONTAL: "not_a_frontal_chest_film",
    Refusal.UNDER_16: "under_16",
    None: "nothing_above_operating_point",
}


@pytest.fixture
def old(either: Workspace, tmp_path: Path) -> Engine:
    """A database of the version before."""
    engine = either.engine
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    else:
        engine = open_engine(f"sqlite:///{tmp_path / 'old.db'}")
    command.upgrade(alembic_config(engine), BEFORE)
    return engine


def test_a_refusal_of_before_gets_its_reason(old: Engine) -> None:
    for number, refusal in enumerate(SENTENCES, start=1):
        store(old, number, refusal, status="drafted" if refusal is None else "waiting")
    migrate(old)
    with UnitOfWork(old, read_only=True) as look:
        found = [look.drafts.latest(number) for number in range(1, 5)]
    assert {draft.refusal for draft in found if draft} == set(SENTENCES)
    for draft in found:
        assert draft is not None and draft.warnings[0].message == SENTENCES[draft.refusal]


def test_a_study_of_before_whose_draft_was_withheld_waits(old: Engine) -> None:
    store(old, 1, Refusal.FILM, status="drafted")
    store(old, 2, Refusal.FILM, status="in_progress")
    store(old, 3, None, status="drafted")
    migrate(old)
    with UnitOfWork(old, read_only=True) as look:
        told = [look.studies.get(number).status.value for number in (1, 2, 3)]
        counts = {status.value: many for status, many in look.worklist.counts().items() if many}
    assert told == ["waiting", "in_progress", "drafted"]
    assert counts == {"waiting": 1, "in_progress": 1, "drafted": 1}


def store(engine: Engine, number: int, refusal: Refusal | None, *, status: str) -> None:
    """A study with its job, draft and report, as the version before wrote them."""
    warnings = [{"code": CODES[refusal], "message": SENTENCES[refusal]}]
    values = {
        "id": number,
        "uid": f"1.{number}",
        "status": status,
        "withheld": CODES[refusal] if refusal else "",
        "warnings": json.dumps(warnings),
    }
    with engine.begin() as connection:
        for statement in OLD_ROWS:
            connection.execute(text(statement), values)


OLD_ROWS = (
    """
    INSERT INTO studies (
        id, study_instance_uid, patient_id, patient_name, patient_sex, patient_age,
        accession_number, description, indication, received_at, source, status, projections,
        search_text, top_finding, top_laterality, top_certainty, signed_by, withheld
    ) VALUES (
        :id, :uid, '', '', '', '', '', '', '', '2026-01-01 10:00:00', 'upload', :status, '', '',
        '', '', '', '', :withheld
    )
    """,
    """
    INSERT INTO jobs (
        id, study_id, key, model, state, priority, attempts, cancel_requested, error_code,
        error_reason, created_at
    ) VALUES (
        :id, :id, :uid, 'fake', 'done', 5, 1, FALSE, '', '', '2026-01-01 10:00:00'
    )
    """,
    """
    INSERT INTO drafts (
        id, study_id, job_id, model_name, model_digest, seconds, findings, sentences, sections,
        warnings, versions, created_at
    ) VALUES (
        :id, :id, :id, 'fake', '', 0.1, '[]', '[]', '{}', :warnings, '{}', '2026-01-01 10:00:00'
    )
    """,
)
