"""The report of a study: text, signature, addenda, PDF; and the ledger of corrections."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse, Response

from dashboard.api import schemas
from dashboard.services.addendum import add_addendum, read_addendum, save_addendum
from dashboard.services.edit_report import (
    choose_language,
    open_review,
    read_report,
    save_report,
)
from dashboard.services.ledger import as_csv, as_jsonl, ledger_rows
from dashboard.services.read_first import reveal
from dashboard.services.report_document import report_document, translated_document
from dashboard.services.sign_report import Resolution, sign
from dashboard.workspace import workspace

router = APIRouter(tags=["reports"])

Number = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/studies/{study_id}/report")
def report(study_id: Number) -> dict[str, Any]:
    """The working text, or the signed one."""
    place = workspace()
    signed = bool(open_review(place, study_id).signed)
    return schemas.report_out(read_report(place, study_id), signed)


@router.put("/studies/{study_id}/report")
def save(study_id: Number, body: schemas.ReportIn) -> dict[str, Any]:
    """Keep the text that was typed on top of a version."""
    place = workspace()
    saved = save_report(
        place,
        study_id,
        body.sections.domain(),
        version=body.version,
        reader=place.reader(),
        language=body.language,
    )
    return schemas.report_out(saved, signed=False)


@router.put("/studies/{study_id}/report/language")
def language(study_id: Number, body: schemas.LanguageIn) -> dict[str, Any]:
    """Say in which language the report is; drafted words follow as long as nobody has typed."""
    place = workspace()
    chosen = choose_language(place, study_id, body.language, reader=place.reader())
    return schemas.report_out(chosen, signed=False)


@router.post("/studies/{study_id}/sign")
def sign_version(study_id: Number, body: schemas.SignIn) -> dict[str, Any]:
    """Sign exactly the text of a version; 422 with the open checks if some are open."""
    place = workspace()
    resolutions = [Resolution(item.check, item.action, item.reason) for item in body.resolutions]
    signed = sign(
        place,
        study_id,
        version=body.version,
        reader=place.reader(),
        resolutions=resolutions,
        reason=body.reason,
        reason_text=body.reason_text,
    )
    return schemas.signed_out(signed)


@router.post("/studies/{study_id}/reveal")
def reveal_draft(study_id: Number) -> dict[str, Any]:
    """Reveal the draft of a study that is read first; its text is kept as it stands before."""
    place = workspace()
    return schemas.report_out(reveal(place, study_id, reader=place.reader()), signed=False)


@router.post("/studies/{study_id}/addenda", status_code=201)
def addendum(study_id: Number, body: schemas.AddendumIn) -> dict[str, Any]:
    """Add a signed part to a signed report."""
    place = workspace()
    return schemas.signed_out(add_addendum(place, study_id, body.text, reader=place.reader()))


@router.get("/studies/{study_id}/addendum")
def working_addendum(study_id: Number) -> dict[str, Any]:
    """The addendum being written."""
    return schemas.addendum_out(read_addendum(workspace(), study_id))


@router.put("/studies/{study_id}/addendum")
def keep_addendum(study_id: Number, body: schemas.WorkingAddendumIn) -> dict[str, Any]:
    """Keep the addendum that was typed on top of a version."""
    place, text = workspace(), body.sections.addendum
    saved = save_addendum(place, study_id, text, version=body.version, reader=place.reader())
    return schemas.addendum_out(saved)


@router.get("/studies/{study_id}/report.pdf")
def pdf(
    study_id: Number,
    page: Literal["A4", "LETTER"] = "A4",
    translation: Annotated[str, Query(max_length=16)] = "",
) -> Response:
    """The newest signed version as PDF, or the draft with its watermark.

    ``translation`` names a language, such as ``ta``: the signed text in that language, marked as a
    translation.
    """
    place = workspace()
    if translation:
        content = translated_document(place, study_id, translation, page=page)
        name = f"report-{study_id}-translation-{translation}.pdf"
    else:
        content, name = report_document(place, study_id, page=page), f"report-{study_id}.pdf"
    headers = {
        "Content-Disposition": f'inline; filename="{name}"',
        "Cache-Control": "private, no-store",
    }
    return Response(content, media_type="application/pdf", headers=headers)


@router.get("/ledger", response_model=None)
def ledger(
    format: Annotated[Literal["json", "jsonl", "csv"], Query()] = "json",
) -> Response:
    """Every correction between draft and signed report, words as signed: for this house alone."""
    rows = ledger_rows(workspace())
    if format == "json":
        return JSONResponse({"items": rows, "total": len(rows)})
    text, kind = (
        (as_jsonl(rows), "application/x-ndjson")
        if format == "jsonl"
        else (as_csv(rows), "text/csv; charset=utf-8")
    )
    headers = {"Content-Disposition": f'attachment; filename="ledger.{format}"'}
    return Response(text, media_type=kind, headers=headers)
