"""Committed reads as a table for spreadsheets: nicknames and numbers, no reader, no patient."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from core.domain.teaching import AnsweredFinding, Attempt, Mark, ReadScore, TeachingSession
from dashboard.services.spreadsheet import safe_cell

COLUMNS = (
    "session", "nickname", "case", "number", "committed_at", "seconds", "findings", "marks",
    "impression", "scored", "brier", "hits", "missed", "false", "wrong_sides", "located",
    "locatable", "false_marks", "worded", "unworded", "misworded",
)  # fmt: skip
SEPARATOR = "; "


def read_sheet(
    attempts: Iterable[Attempt],
    nicknames: Mapping[int, str],
    sessions: Mapping[int, TeachingSession],
) -> str:
    """RFC 4180 with a header line, one line a committed read.

    ``session`` is its title or number, and ``number`` the place of the case in it, from 1; both are
    empty outside of one. A certainty is a probability, a mark is its centre in film pixels.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    for attempt in attempts:
        session = None if attempt.session_id is None else sessions.get(attempt.session_id)
        row = {
            "nickname": nicknames.get(attempt.trainee_id, ""),
            **_read(attempt),
            **_place(attempt, session),
            **_score(attempt.score),
        }
        writer.writerow({column: safe_cell(value) for column, value in row.items()})
    return text.getvalue()


def _place(attempt: Attempt, session: TeachingSession | None) -> dict[str, Any]:
    if session is None:
        return {}
    number = session.case_ids.index(attempt.case_id) + 1
    return {"session": session.title or str(session.id), "number": number}


def _read(attempt: Attempt) -> dict[str, Any]:
    return {
        "case": attempt.case_id,
        "committed_at": attempt.committed_at.isoformat(timespec="seconds"),
        "seconds": round(attempt.seconds),
        "findings": SEPARATOR.join(map(_finding, attempt.answer.findings)),
        "marks": SEPARATOR.join(map(_mark, attempt.answer.marks)),
        "impression": attempt.answer.impression,
        "scored": "no" if attempt.score is None else "yes",
    }


def _finding(finding: AnsweredFinding) -> str:
    side = f" {finding.laterality.value}" if finding.laterality else ""
    return f"{finding.name} {finding.certainty:.2f}{side}"


def _mark(mark: Mark) -> str:
    return f"{mark.finding} {mark.x + mark.width / 2:.0f},{mark.y + mark.height / 2:.0f}"


def _score(score: ReadScore | None) -> dict[str, Any]:
    if score is None:
        return {}
    return {
        "brier": "" if score.brier is None else f"{score.brier:.4f}",
        "hits": _named(score, "hit"),
        "missed": _named(score, "missed"),
        "false": _named(score, "false"),
        "wrong_sides": SEPARATOR.join(
            finding.name for finding in score.findings if finding.side_right is False
        ),
        "located": score.located,
        "locatable": score.locatable,
        "false_marks": score.false_marks,
        "worded": SEPARATOR.join(score.worded),
        "unworded": SEPARATOR.join(score.unworded),
        "misworded": SEPARATOR.join(score.misworded),
    }


def _named(score: ReadScore, outcome: str) -> str:
    return SEPARATOR.join(each.name for each in score.findings if each.outcome == outcome)
