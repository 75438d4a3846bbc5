"""Studies, their films, drafts and evidence."""

from __future__ import annotations

import datetime as dt
import gzip
from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, Form, Path, Query, Request, UploadFile
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response

from core.domain.draft import Draft
from core.domain.study import PATIENT_FIELDS, Projection, StudyStatus
from dashboard.api import schemas
from dashboard.api.errors import body_of, status_of
from dashboard.services import films
from dashboard.services.edit_report import open_review
from dashboard.services.read_first import require_map_shown, require_shown
from dashboard.services.receive_files import ENDING, Outcome, Refused, receive_uploads
from dashboard.services.receive_study import IntakeContext, Received
from dashboard.services.request_draft import finished_draft, request_draft
from dashboard.services.state_patient import state_patient, stated_patient
from dashboard.services.worklist import worklist
from dashboard.workspace import workspace

router = APIRouter(tags=["studies"])

Number = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.post("/studies", status_code=201)
async def receive(
    files: Annotated[list[UploadFile], File()],
    indication: Annotated[str, Form(max_length=2000)] = "",
    projection: Annotated[Projection, Form()] = Projection.UNKNOWN,
    patient_id: Annotated[str, Form(max_length=64)] = "",
    patient_name: Annotated[str, Form(max_length=200)] = "",
    birth_date: Annotated[dt.date | None, Form()] = None,
    sex: Annotated[Literal["", "F", "M", "O"], Form()] = "",
) -> Response:
    """Take films and ZIP archives of films in; a bad file is refused by itself, the others go on.

    What the form says of patient and film fills gaps of the files and never overrules them.
    """
    context = IntakeContext(
        indication,
        projection,
        patient_id,
        patient_name=patient_name,
        birth_date=birth_date,
        sex=sex,
    )
    # A patient who cannot be kept is said once, rather than of each file.
    stated_patient(patient_id, patient_name, birth_date, sex)
    outcomes = await run_in_threadpool(_receive, files, context)
    received = [item for item in outcomes if isinstance(item, Received)]
    refused = [item for item in outcomes if isinstance(item, Refused)]
    body = {
        "studies": _studies(received),
        "rejected": [{"file": item.file, **body_of(item.error)["error"]} for item in refused],
    }
    if received:
        return JSONResponse(body, 201)
    last = refused[-1].error
    # A client may try again what the server failed at, but not what it refused.
    if isinstance(last, ENDING):
        return JSONResponse({**body, **body_of(last)}, status_of(last))
    return JSONResponse({**body, **body_of(refused[0].error)}, 422)


@router.get("/studies")
def page(
    status: StudyStatus | Literal[""] = "",
    query: Annotated[str, Query(max_length=200)] = "",
    page: Annotated[int, Query(ge=1, le=10**6)] = 1,
    size: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """One page of the worklist, newest first."""
    found = worklist(workspace(), status=status or None, query=query, page=page, size=size).page
    items = [schemas.study_row(item) for item in found.items]
    return {"items": items, "total": found.total, "page": found.page, "size": found.size}


@router.get("/studies/{study_id}")
def one(study_id: Number) -> dict[str, Any]:
    """Patient, study, series, instances, status and report version."""
    review = open_review(workspace(), study_id)
    return schemas.study_out(review.study, review.report.version, len(review.signed))


@router.put("/studies/{study_id}/patient")
def patient(study_id: Number, body: schemas.PatientIn) -> dict[str, Any]:
    """State patient and projections where the files do not; 409 where they do."""
    place = workspace()
    said = {name for name in PATIENT_FIELDS if getattr(body, name) is not None}
    typed = stated_patient(body.patient_id or "", body.name or "", body.birth_date, body.sex or "")
    stored = open_review(place, study_id).study.patient
    state_patient(
        place,
        study_id,
        reader=place.reader(),
        patient=replace(stored, **{name: getattr(typed, name) for name in said}),
        seen=stored,
        projections=body.projections,
    )
    return one(study_id)


@router.get("/instances/{instance_id}/pixels")
def pixels(instance_id: Number, request: Request) -> Response:
    """Little-endian 16-bit pixels, row by row; gzip where the client takes it."""
    film, content = films.pixels(workspace(), instance_id)
    cache = _private(film.pixel_blob_digest)
    if _known(request, cache):
        return Response(status_code=304, headers=cache)
    encoding = {"Content-Encoding": "gzip"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        content, encoding = gzip.decompress(content), {}
    headers = (
        encoding
        | cache
        | {
            "Vary": "Accept-Encoding",
            "X-Rows": str(film.rows),
            "X-Columns": str(film.columns),
            "X-Uncompressed-Length": str(film.rows * film.columns * 2),
        }
    )
    return Response(content, media_type="application/octet-stream", headers=headers)


@router.get("/evidence/{evidence_id}.png")
def evidence(evidence_id: Number, request: Request) -> Response:
    """A map in the film's geometry, 8-bit grey; 409 while its draft is hidden."""
    require_map_shown(workspace(), evidence_id)
    digest, content = films.evidence(workspace(), evidence_id)
    cache = _private(digest)
    if _known(request, cache):
        return Response(status_code=304, headers=cache)
    return Response(content, media_type="image/png", headers=cache)


@router.post("/studies/{study_id}/draft", status_code=202)
def ask_draft(study_id: Number, body: schemas.DraftIn | None = None) -> dict[str, Any]:
    """Ask for a draft; asking again for the same one changes nothing.

    ``override_gate`` drafts also a film that does not pass as a frontal chest film; who asked is
    kept.
    """
    place, asked = workspace(), body or schemas.DraftIn()
    job = request_draft(
        place,
        study_id,
        reader=place.reader(),
        model=asked.model,
        override_gate=asked.override_gate,
    )
    return schemas.job_out(job)


@router.get("/studies/{study_id}/draft", response_model=None)
def draft(study_id: Number, model: str | None = None) -> dict[str, Any] | Response:
    """The draft; 202 while it is being made, 503 with the reason if it failed, 409 while hidden."""
    require_shown(workspace(), study_id)
    found = finished_draft(workspace(), study_id, model)
    if isinstance(found, Draft):
        return schemas.draft_out(found)
    return JSONResponse(schemas.job_out(found), 202)


def _private(digest: str) -> dict[str, str]:
    """Kept by the reader's own browser, and asked for again each time.

    A number alone names another film after a restored backup; the digest of its pixels does not.
    """
    return {"Cache-Control": "private, no-cache", "ETag": f'"{digest}"'}


def _known(request: Request, cache: dict[str, str]) -> bool:
    return request.headers.get("if-none-match") == cache["ETag"]


def _receive(files: list[UploadFile], context: IntakeContext) -> list[Outcome]:
    place = workspace()
    sent = ((file.filename or "file", file.file) for file in files)
    return list(receive_uploads(place, sent, reader=place.reader(), context=context))


def _studies(received: list[Received]) -> list[dict[str, Any]]:
    """One entry a study, in the order of arrival."""
    studies: dict[int, dict[str, Any]] = {}
    for item in received:
        entry = studies.setdefault(
            item.study_id,
            {
                "id": item.study_id,
                "study_instance_uid": item.study_instance_uid,
                "instances": [],
                "duplicate": True,
            },
        )
        entry["instances"].append(item.instance_id)
        entry["duplicate"] = entry["duplicate"] and item.duplicate
    return list(studies.values())
