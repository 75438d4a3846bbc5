"""The ledger: what readers changed, to look at and to train on."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import Any

from core.domain.draft import Draft
from core.domain.report import SignedVersion
from core.domain.study import Study
from dashboard.services.spreadsheet import safe_cell
from dashboard.workspace import Workspace
from storage.repositories.ledger import LedgerEntry

COLUMNS = (
    "study_id", "phantom", "signed_version", "signed_at", "reader", "model", "kind", "change",
    "section", "finding", "detail", "before", "after", "seconds_open",
    "language",
)  # fmt: skip


@dataclass(frozen=True)
class SignedAgainstDraft:
    """One signed report beside its draft."""

    study: Study
    signed: SignedVersion
    draft: Draft | None
    entries: tuple[LedgerEntry, ...]


@dataclass(frozen=True)
class LedgerPage:
    items: tuple[SignedAgainstDraft, ...]
    total: int
    totals: dict[tuple[str, str], int]


def ledger_page(place: Workspace, *, page: int = 1, size: int = 20) -> LedgerPage:
    """Signed studies with their corrections, newest signature first."""
    with place.look() as look:
        studies, total = look.ledger.signed_studies(page=page, size=size)
        items = []
        for study_id in studies:
            signed = look.signed.versions(study_id)[0]
            entries = look.ledger.entries(study_id=study_id)
            draft = look.drafts.latest(study_id, signed.provenance.get("model"))
            items.append(SignedAgainstDraft(look.studies.get(study_id), signed, draft, entries))
        return LedgerPage(tuple(items), total, look.ledger.totals())


def ledger_rows(place: Workspace) -> list[dict[str, Any]]:
    """Every correction as one flat row; no patient in it."""
    with place.look() as look:
        return [_row(entry) for entry in look.ledger.entries()]


def as_jsonl(rows: list[dict[str, Any]]) -> str:
    """One JSON object a line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def as_csv(rows: list[dict[str, Any]]) -> str:
    """RFC 4180 with a header line; a cell that a spreadsheet would run gets an apostrophe."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({column: safe_cell(row[column]) for column in COLUMNS})
    return text.getvalue()


def _row(entry: LedgerEntry) -> dict[str, Any]:
    correction = entry.correction
    return {
        "study_id": entry.study_id,
        "phantom": entry.phantom,
        "signed_version": entry.sequence,
        "signed_at": entry.created_at.isoformat(),
        "reader": entry.reader,
        "model": entry.model,
        "kind": correction.kind,
        "change": correction.change,
        "section": correction.section,
        "finding": correction.finding or "",
        "detail": correction.detail,
        "before": correction.before,
        "after": correction.after,
        "seconds_open": entry.seconds_open,
        "language": entry.language,
    }
