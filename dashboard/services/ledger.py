"""The ledger: what readers changed, to look at and to train on."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from core.domain.reading import Reading
from core.domain.report import SignedVersion
from core.domain.study import Study
from dashboard.services.spreadsheet import safe_cell
from dashboard.workspace import Workspace
from storage.repositories.ledger import LedgerEntry
from storage.repositories.ledger_figures import LedgerFilter

COLUMNS = (
    "study_id", "phantom", "signed_version", "signed_at", "reader", "model", "kind", "change",
    "section", "finding", "detail", "before", "after", "seconds_open",
    "language", "natures", "reason", "seconds_reading", "seconds_editing", "hidden_first",
)  # fmt: skip
"""New columns come last: who reads the table by place reads on."""
EVERYTHING = LedgerFilter()


@dataclass(frozen=True)
class SignedAgainstDraft:
    """One signed report with its corrections; ``reading`` is ``None`` where none was kept yet."""

    study: Study
    signed: SignedVersion
    entries: tuple[LedgerEntry, ...]
    reading: Reading | None = None


@dataclass(frozen=True)
class LedgerPage:
    items: tuple[SignedAgainstDraft, ...]
    total: int
    totals: dict[tuple[str, str], int]


@dataclass(frozen=True)
class Choices:
    """What the ledger can be asked for."""

    findings: tuple[str, ...]
    models: tuple[str, ...]


def ledger_choices(place: Workspace) -> Choices:
    """Return the findings that were corrected and the models whose drafts were."""
    with place.look() as look:
        return Choices(look.ledger_figures.choices("finding"), look.ledger_figures.choices("model"))


def ledger_page(
    place: Workspace, asked: LedgerFilter = EVERYTHING, *, page: int = 1, size: int = 20
) -> LedgerPage:
    """Signed studies with such a correction and all their others, newest signature first."""
    with place.look() as look:
        studies, total = look.ledger_figures.signed_studies(asked, page=page, size=size)
        items = []
        for study_id in studies:
            signed = look.signed.versions(study_id)[0]
            entries = look.ledger.entries(study_id=study_id)
            reading = next(iter(look.readings.readings(study_id)), None)
            study = look.studies.get(study_id)
            items.append(SignedAgainstDraft(study, signed, entries, reading))
        return LedgerPage(tuple(items), total, look.ledger.totals())


def ledger_rows(place: Workspace) -> list[dict[str, Any]]:
    """Every correction as one flat row: for this house alone.

    No column names a patient and readers are under pseudonyms, but all words are there as they were
    signed, whoever is named in them, with study, second and phantoms, and without asking for
    consent. What may leave is `dashboard.services.export_signed`.

    A reader is ``reader 1`` or a higher number in all rows of one call; another call may number
    otherwise.
    """
    with place.look() as look:
        entries = look.ledger.entries()
        readings = {each.sequence: each for each in look.readings.readings()}
    names = pseudonyms(entry.reader for entry in entries)
    return [_row(entry, names[entry.reader], readings.get(entry.sequence)) for entry in entries]


def pseudonyms(readers: Iterable[str]) -> dict[str, str]:
    """Return a number for each name, in the order in which they come."""
    found = dict.fromkeys(readers)
    return {name: f"reader {number}" for number, name in enumerate(found, start=1)}


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


def _row(entry: LedgerEntry, reader: str, reading: Reading | None) -> dict[str, Any]:
    correction = entry.correction
    return {
        "study_id": entry.study_id,
        "phantom": entry.phantom,
        "signed_version": entry.sequence,
        "signed_at": entry.created_at.isoformat(timespec="seconds"),
        "reader": reader,
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
        "natures": " ".join(correction.natures),
        "reason": reading.reason.value if reading else "",
        "seconds_reading": reading.seconds_reading if reading else None,
        "seconds_editing": reading.seconds_editing if reading else None,
        "hidden_first": bool(reading and reading.before_reveal is not None),
    }
