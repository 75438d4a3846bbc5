"""Imports of folders that lie on the server."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import StreamingResponse

from dashboard.api import import_schemas, schemas
from dashboard.services import imports as folder_imports
from dashboard.workspace import workspace

router = APIRouter(tags=["imports"])

Number = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.post("/imports", status_code=202)
def start(body: schemas.ImportIn) -> dict[str, Any]:
    """Import a folder below OVERREAD_IMPORT_ROOT; asking again while it runs changes nothing."""
    place = workspace()
    found = folder_imports.start_import(place, body.folder, reader=place.reader())
    return {"import": import_schemas.import_out(found)}


@router.get("/imports")
def current(limit: Annotated[int, Query(ge=1, le=200)] = 20) -> dict[str, Any]:
    """The open imports, the one at work first, then those that ended, the newest first."""
    found = folder_imports.imports(workspace(), limit)
    return {"items": [import_schemas.import_out(item) for item in found]}


@router.get("/imports/{import_id}")
def one(import_id: Number) -> dict[str, Any]:
    """How far an import is, and what was refused, by reason."""
    return import_schemas.import_report_out(folder_imports.import_report(workspace(), import_id))


@router.get("/imports/{import_id}/refused.csv")
def refused(import_id: Number) -> StreamingResponse:
    """Every refused file with its reason."""
    lines = folder_imports.refused_csv(workspace(), import_id)
    name = f"import-{import_id}-refused.csv"
    return StreamingResponse(
        lines,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.post("/imports/{import_id}/cancel")
def cancel(import_id: Number) -> dict[str, Any]:
    """Stop an import after the films under way."""
    place = workspace()
    found = folder_imports.cancel_import(place, import_id, reader=place.reader())
    return {"import": import_schemas.import_out(found)}
