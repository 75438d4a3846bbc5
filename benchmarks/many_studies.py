"""Studies by the hundred thousand: rows alone, no films, invented names in several scripts."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from sqlalchemy import Engine, insert, text

from core.domain.job import JobPriority, JobState
from core.domain.study import Source, StudyStatus
from storage.tables import JobEventRow, JobRow, StudyRow

FAMILY = ("Abara", "Fernández", "Hoang", "Iwasaki", "Kowalski", "Müller", "Okafor", "Smith", "குமார்")
GIVEN = ("Ana", "Jan", "Kofi", "Lena", "Minh", "Priya", "Sofía", "Tom", "யாழினி")
INDICATIONS = (
    "Cough and fever for three days.",
    "Shortness of breath, smoker.",
    "Preoperative film.",
    "Chest pain radiating to the left arm.",
)
SHARES = {
    StudyStatus.SIGNED: 70,
    StudyStatus.DRAFTED: 20,
    StudyStatus.IN_PROGRESS: 5,
    StudyStatus.WAITING: 5,
}
NEWEST = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
BATCH = 5_000


def fill(engine: Engine, count: int, *, seed: int = 0) -> None:
    """Put ``count`` studies with one finished job each into a database that has the schema.

    The number of a study is its place in time, one minute apart, the last one at ``NEWEST``.
    """
    chance = random.Random(seed)
    with engine.begin() as connection:
        for first in range(1, count + 1, BATCH):
            numbers = range(first, min(first + BATCH, count + 1))
            connection.execute(insert(StudyRow), [_study(n, count, chance) for n in numbers])
            connection.execute(insert(JobRow), [_job(n, count) for n in numbers])
            connection.execute(insert(JobEventRow), [_event(n, count) for n in numbers])
        if engine.dialect.name == "postgresql":
            # Numbers were given, not drawn: the next study must not draw one of them.
            for table in ("studies", "jobs", "job_events"):
                connection.execute(text(f"SELECT setval('{table}_id_seq', {count})"))
    if engine.dialect.name == "postgresql":
        # What PostgreSQL does by itself some minutes after so many rows; SQLite never does.
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def name_of(number: int) -> str:
    """The family name of a study: its number makes it one that no other study has."""
    return f"{FAMILY[number % len(FAMILY)]}{number:06d}"


def _study(number: int, count: int, chance: random.Random) -> dict[str, Any]:
    name = f"{name_of(number)}^{GIVEN[number % len(GIVEN)]}"
    indication = INDICATIONS[number % len(INDICATIONS)]
    received_at = NEWEST - dt.timedelta(minutes=count - number)
    [status] = chance.choices(list(SHARES), list(SHARES.values()))
    drafted = status is not StudyStatus.WAITING
    searched = (name, name.replace("^", " "), f"P{number}", f"A{number}", indication, "Chest PA")
    return {
        "id": number,
        "study_instance_uid": f"2.25.{number}",
        "patient_id": f"P{number}",
        "patient_name": name,
        "patient_birth_date": dt.date(1950, 1, 1) + dt.timedelta(days=number % 20_000),
        "patient_sex": "FM"[number % 2],
        "patient_age": "",
        "accession_number": f"A{number}",
        "description": "Chest PA",
        "indication": indication,
        "study_datetime": received_at.replace(tzinfo=None),
        "received_at": received_at,
        "source": Source.UPLOAD.value,
        "status": status.value,
        "projections": "PA",
        "search_text": " ".join(searched).casefold(),
        "top_finding": "pleural effusion" if drafted else "",
        "top_laterality": "left" if drafted else "",
        "top_value": 0.7 if drafted else None,
        "top_operating_point": 0.4 if drafted else None,
        "top_certainty": "present" if drafted else "",
        "signed_by": "Dr. Bench" if status is StudyStatus.SIGNED else "",
    }


def _job(number: int, count: int) -> dict[str, Any]:
    at = NEWEST - dt.timedelta(minutes=count - number)
    return {
        "id": number,
        "study_id": number,
        "key": f"{number:064d}",
        "model": "fake",
        "state": JobState.DONE.value,
        "priority": int(JobPriority.INTAKE),
        "attempts": 1,
        "cancel_requested": False,
        "error_code": "",
        "error_reason": "",
        "created_at": at,
        "finished_at": at,
    }


def _event(number: int, count: int) -> dict[str, Any]:
    at = NEWEST - dt.timedelta(minutes=count - number)
    return {"id": number, "job_id": number, "at": at, "progress": 0.9, "stage": "storing the draft"}
