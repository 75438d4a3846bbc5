"""What the API takes and gives, as the contract has it."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.domain.draft import Draft
from core.domain.job import Job
from core.domain.reading import REASON_LIMIT, Reason
from core.domain.report import (
    SECTION_LIMIT,
    Sections,
    SignedVersion,
    WorkingAddendum,
    WorkingReport,
)
from core.domain.study import Instance, Projection, Study
from dashboard import addresses
from storage.repositories.worklist import WorklistItem


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SectionsIn(Strict):
    indication: str = Field("", max_length=SECTION_LIMIT)
    comparison: str = Field("", max_length=SECTION_LIMIT)
    technique: str = Field("", max_length=SECTION_LIMIT)
    findings: str = Field("", max_length=SECTION_LIMIT)
    impression: str = Field("", max_length=SECTION_LIMIT)

    def domain(self) -> Sections:
        return Sections(**self.model_dump())


class ReportIn(Strict):
    """A text; ``language`` is its own, such as ``ta``, and stays as it is if it is left out."""

    sections: SectionsIn
    version: int = Field(ge=1)
    language: str | None = Field(None, max_length=16)


class LanguageIn(Strict):
    language: str = Field(max_length=16)


class ResolutionIn(Strict):
    check: str
    action: Literal["fix", "override"]
    reason: str = Field("", max_length=2000)


class SignIn(Strict):
    """``reason`` and ``reason_text`` say why the draft was changed; both may be left out."""

    version: int = Field(ge=1)
    resolutions: list[ResolutionIn] = []
    reason: Reason = Reason.UNSTATED
    reason_text: str = Field("", max_length=REASON_LIMIT)


class AddendumTextIn(Strict):
    addendum: str = Field("", max_length=SECTION_LIMIT)


class WorkingAddendumIn(Strict):
    """An addendum being written, in the shape of a report being written."""

    sections: AddendumTextIn
    version: int = Field(ge=0)


class AddendumIn(Strict):
    text: str = Field(min_length=1, max_length=SECTION_LIMIT)


class DraftIn(Strict):
    model: str | None = None
    override_gate: bool = False


class PatientIn(Strict):
    """Whose films these are, and each film's projection by its number, where no file says it.

    A field that is left out stays as it is.
    """

    patient_id: str | None = None
    name: str | None = None
    birth_date: dt.date | None = None
    sex: str | None = None
    projections: dict[int, Projection] = {}


class ImportIn(Strict):
    folder: str = Field("", max_length=4096)


def report_out(report: WorkingReport, signed: bool) -> dict[str, Any]:
    return {
        "sections": report.sections.as_dict(),
        "version": report.version,
        "typed": report.typed,
        "signed": signed,
        "language": report.language,
        "draft_hidden": report.hidden and not signed,
    }


def addendum_out(addendum: WorkingAddendum) -> dict[str, Any]:
    return {"sections": {"addendum": addendum.text}, "version": addendum.version}


def signed_out(version: SignedVersion) -> dict[str, Any]:
    return {
        "number": version.number,
        "status": version.status.value,
        "signed_by": version.signed_by,
        "signed_at": version.signed_at.isoformat(),
        "digest": version.digest,
        "previous_digest": version.previous_digest,
        "language": version.language,
    }


def job_out(job: Job) -> dict[str, Any]:
    return {
        "job": {
            "id": job.id,
            "state": job.state.value,
            "progress": job.progress,
            "stage": job.stage,
        }
    }


def study_row(item: WorklistItem) -> dict[str, Any]:
    top = item.top
    return {
        **_head(item.study),
        "projections": item.projections.split(),
        "top_finding": None
        if top is None
        else {
            "name": top.name,
            "laterality": top.laterality,
            "value": top.value,
            "operating_point": top.operating_point,
            "certainty": top.certainty.value,
        },
        "withheld": item.withheld or None,
        "signed_by": item.signed_by or None,
    }


def study_out(study: Study, report_version: int, signed: int) -> dict[str, Any]:
    series: dict[str, list[Instance]] = {}
    for film in study.instances:
        series.setdefault(film.series_instance_uid, []).append(film)
    return {
        **_head(study),
        "series": [
            {
                "series_instance_uid": uid,
                "modality": films[0].modality,
                "instances": [_instance(film) for film in films],
            }
            for uid, films in series.items()
        ],
        "report_version": report_version,
        "signed_versions": signed,
    }


def draft_out(draft: Draft) -> dict[str, Any]:
    return {
        "model": {
            "name": draft.model.name,
            "digest": draft.model.digest,
            "version": draft.versions.get("writer_version"),
        },
        "seconds": draft.seconds,
        "findings": [
            {
                "name": finding.name,
                "laterality": finding.laterality,
                "zone": finding.zone,
                "score": finding.score,
                "probability": finding.probability,
                "operating_point": finding.operating_point,
                "certainty": finding.certainty.value,
                "drafted": finding.drafted,
                "evidence": addresses.evidence(finding.evidence),
            }
            for finding in draft.findings
        ],
        "language": draft.language,
        "sections": draft.sections.as_dict(),
        "sentences": [
            {
                "text": sentence.text,
                "section": sentence.section,
                "findings": list(sentence.findings),
                "evidence": addresses.evidence(sentence.evidence),
            }
            for sentence in draft.sentences
        ],
        "warnings": [
            {
                "code": item.code,
                "message": item.message,
                "findings": list(item.findings),
                "words": item.words,
            }
            for item in draft.warnings
        ],
        "notice": NOTICE,
    }


NOTICE = "A draft by a research model, not for diagnosis without a qualified reader."


def _head(study: Study) -> dict[str, Any]:
    patient = study.patient
    return {
        "id": study.id,
        "study_instance_uid": study.study_instance_uid,
        "status": study.status.value,
        "patient": {
            "id": patient.patient_id,
            "name": patient.name,
            "birth_date": iso(patient.birth_date),
            "sex": patient.sex,
            "age": study.age,
        },
        "accession_number": study.accession_number,
        "description": study.description,
        "indication": study.indication,
        "study_datetime": iso(study.study_datetime),
        "received_at": iso(study.received_at),
        "phantom": study.phantom,
    }


def _instance(film: Instance) -> dict[str, Any]:
    return {
        "id": film.id,
        "sop_instance_uid": film.sop_instance_uid,
        "projection": film.projection.value,
        "body_part": film.body_part,
        "rows": film.rows,
        "columns": film.columns,
        "window": {
            "center": film.window.center,
            "width": film.window.width,
            "function": film.window.function,
        },
        "monochrome1": film.monochrome1,
        "spacing_mm": film.spacing_mm,
        "notes": list(film.notes),
        "after_signing": film.after_signing,
        "pixels": addresses.pixels(film.id),
    }


def iso(value: dt.date | dt.datetime | None) -> str | None:
    return value.isoformat() if value else None
