"""What the API says of folder imports."""

from __future__ import annotations

from typing import Any

from core.domain.folder_import import FolderImport
from dashboard.api.errors import body_of
from dashboard.api.schemas import iso
from dashboard.services.imports import ImportReport


def import_out(found: FolderImport) -> dict[str, Any]:
    return {
        "id": found.id,
        "folder": found.folder,
        "state": found.state.value,
        "reader": found.reader.name,
        "counts": {
            "files": found.files,
            "done": found.files_done,
            "stored": found.stored,
            "duplicate": found.duplicate,
            "refused": found.refused,
            "skipped": found.skipped,
        },
        "created_at": iso(found.created_at),
        "started_at": iso(found.started_at),
        "finished_at": iso(found.finished_at),
        "error": body_of(found.error)["error"] if found.error else None,
    }


def import_report_out(report: ImportReport) -> dict[str, Any]:
    return {
        **import_out(report.folder_import),
        "refused": [
            {"count": group.count, "files": list(group.files), **body_of(group.error)["error"]}
            for group in report.refused
        ],
    }
