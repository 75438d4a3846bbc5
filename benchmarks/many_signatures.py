"""Signed studies by the thousand: drafts, corrections and readings, no films, invented names.

Rows as a signature writes them, so that every page of the ledger reads them as its own; links of
the chain are real.
"""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from sqlalchemy import insert, update

from benchmarks.many_studies import fill as fill_studies
from core.domain.report import ENGLISH, ReportStatus, Sections, SignedVersion
from dashboard.workspace import Workspace
from storage.ledger_tables import CorrectionRow, ReadingRow
from storage.tables import DraftRow, StudyRow

FINDINGS = (
    "pleural effusion", "lung opacity", "cardiomegaly", "atelectasis", "consolidation", "edema",
    "nodule", "pneumothorax",
)  # fmt: skip
SENTENCES = (
    "The heart is not enlarged.",
    "There is a small left pleural effusion.",
    "No pneumothorax is seen.",
    "There is an opacity in the right lower zone.",
    "The lungs are otherwise clear.",
    "The mediastinum is not widened.",
)
REWRITTEN = {
    "There is a small left pleural effusion.": (
        "There is a moderate right pleural effusion.",
        "severity,side",
    ),
    "There is an opacity in the right lower zone.": (
        "A patchy opacity lies in the right upper zone, new since the last film.",
        "zone",
    ),
    "The heart is not enlarged.": ("Heart size is normal.", "style"),
    "The lungs are otherwise clear.": ("Otherwise the lungs are clear.", "style"),
}
NATURES = {
    "added": ("missed",),
    "removed": ("false",),
    "changed": ("side", "certainty", "zone", "severity", "side,certainty"),
}
READERS = ("Dr. Ana Bench", "Dr. Kofi Bench", "டாக்டர் யாழினி")
VERSIONS = ("a" * 64, "b" * 64)
"""Digests of the model: the second follows when 55 of 100 studies were drafted."""
FIRST = dt.datetime(2026, 1, 5, 8, tzinfo=dt.UTC)
DAYS = 320


def fill(place: Workspace, count: int, *, seed: int = 0, shifted: bool = True) -> None:
    """Put ``count`` signed studies into an empty workspace, evenly over ``DAYS`` days.

    Parameters
    ----------
    shifted : bool
        Whether effusions score higher, and drafts agree less, from four fifths of the time on.
    """
    fill_studies(place.engine, count, seed=seed)
    chance = random.Random(seed)
    drafts, readings, corrections = [], [], []
    for number in range(1, count + 1):
        at = FIRST + dt.timedelta(days=DAYS * number / count)
        late = shifted and number > 0.8 * count
        digest = VERSIONS[number > 0.55 * count]
        drafts.append(_draft(number, at, digest, late, chance))
        seconds = chance.uniform(20, 90), chance.uniform(2, 40)
        readings.append(_reading(number, at, digest, seconds, chance))
        corrections += _corrections(number, at, sum(seconds), late, chance)
    with place.engine.begin() as connection:
        connection.execute(insert(DraftRow), drafts)
        connection.execute(update(StudyRow).values(status="signed"))
    with place.work() as work:
        key = place.seal.key()
        for draft, reading in zip(drafts, readings, strict=True):
            work.signed.append(_version(draft, reading["reader"]), key, draft["id"])
    with place.engine.begin() as connection:
        connection.execute(insert(ReadingRow), readings)
        connection.execute(insert(CorrectionRow), corrections)


def _draft(
    number: int, at: dt.datetime, digest: str, late: bool, chance: random.Random
) -> dict[str, Any]:
    return {
        "id": number,
        "study_id": number,
        "job_id": number,
        "model_name": "fake",
        "model_digest": digest,
        "seconds": 1.0,
        "findings": [_finding(name, late, chance) for name in FINDINGS],
        "sentences": [
            {"text": text, "section": "findings", "findings": [], "evidence": None}
            for text in SENTENCES
        ],
        "sections": Sections(findings=" ".join(SENTENCES)).as_dict(),
        "warnings": [],
        "versions": {},
        "refusal": "",
        "language": ENGLISH,
        "created_at": at,
    }


def _finding(name: str, late: bool, chance: random.Random) -> dict[str, Any]:
    score = chance.betavariate(1.2, 6)
    if late and name == FINDINGS[0]:
        score = min(1.0, score + 0.3)
    return {
        "name": name, "score": score, "operating_point": 0.4, "certainty": "absent",
        "probability": None, "prevalence": None, "uncertain_point": 0.2, "laterality": None,
        "zone": None, "drafted": False, "evidence": None,
    }  # fmt: skip


def _reading(
    number: int, at: dt.datetime, digest: str, seconds: tuple[float, float], chance: random.Random
) -> dict[str, Any]:
    before = Sections(findings="A small effusion is likely.").as_dict() if not number % 9 else None
    return {
        "sequence": number,
        "study_id": number,
        "reader": READERS[number % len(READERS)],
        "model": "fake",
        "model_digest": digest,
        "seconds_reading": seconds[0],
        "seconds_editing": seconds[1],
        "reason": chance.choice(("", "", "seen_on_the_film", "wording", "other_study")),
        "reason_text": "",
        "before_reveal": before,
        "created_at": at,
    }


def _corrections(
    number: int, at: dt.datetime, seconds: float, late: bool, chance: random.Random
) -> list[dict[str, Any]]:
    shared = {
        "sequence": number, "study_id": number, "reader": READERS[number % len(READERS)],
        "model": "fake", "seconds_open": seconds, "created_at": at, "language": ENGLISH,
        "detail": "",
    }  # fmt: skip
    rows = []
    for text in SENTENCES:
        told = REWRITTEN.get(text)
        edited = told is not None and chance.random() < (0.5 if late else 0.3)
        after, natures = told if told and edited else (text, "")
        rows.append(
            {
                **shared,
                "kind": "sentence",
                "change": "changed" if edited else "kept",
                "section": "findings",
                "before": text,
                "after": after,
                "finding": "",
                "natures": natures,
            }
        )
    if chance.random() < 0.2:
        rows.append(
            {
                **shared,
                "kind": "sentence",
                "change": "added",
                "section": "impression",
                "before": "",
                "after": "A follow-up film is advised.",
                "finding": "",
                "natures": "style",
            }
        )
    return rows + [_of_finding(name, shared, late, chance) for name in FINDINGS[:4]]


def _of_finding(
    name: str, shared: dict[str, Any], late: bool, chance: random.Random
) -> dict[str, Any]:
    share = 0.35 if late else 0.15
    change = chance.choice(tuple(NATURES)) if chance.random() < share else "kept"
    return {
        **shared, "kind": "finding", "change": change, "section": "", "finding": name,
        "before": "" if change == "added" else "present",
        "after": "" if change == "removed" else "present", "detail": "present",
        "natures": "" if change == "kept" else chance.choice(NATURES[change]),
    }  # fmt: skip


def _version(draft: dict[str, Any], reader: str) -> SignedVersion:
    return SignedVersion(
        sequence=0,
        study_id=draft["study_id"],
        number=0,
        status=ReportStatus.FINAL,
        sections=Sections(**draft["sections"]),
        addendum="",
        signed_by=reader,
        signed_at=draft["created_at"],
        identity={},
        image_digests=(),
        pixel_digests=(),
        provenance={"model": draft["model_name"], "digest": draft["model_digest"]},
        overrides=(),
        previous_digest="",
        language=ENGLISH,
    )
