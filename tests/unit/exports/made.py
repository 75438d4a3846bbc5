"""A signed study made by hand, with everything that an export can take from it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from core.domain.correction import Correction
from core.domain.draft import Draft, ModelIdentity
from core.domain.reading import Nature, Reading, Reason
from core.domain.report import ReportStatus, Sections, SignedVersion
from core.domain.study import (
    Instance,
    Patient,
    Projection,
    Source,
    Study,
    StudyStatus,
    Window,
)
from dashboard.services.export_search import Known
from dashboard.services.export_study import Search, Stored

MODEL = ModelIdentity("overread-embedded-3", "ab" * 32)
SIGNED = Sections(
    indication="Cough.",
    findings="There is a left pleural effusion. No pneumothorax.",
    impression="Left pleural effusion.",
)
DRAFTED = Sections(findings="No pleural effusion.", impression="Normal chest.")
WHEN = dt.datetime(2026, 11, 20, 9, 14)
READERS = ("Dr. Edna Quillfeather",)


def film(**changed: object) -> Instance:
    made = Instance(
        id=1,
        sop_instance_uid="1.2.826.0.1.9.3",
        series_instance_uid="1.2.826.0.1.9.2",
        modality="DX",
        projection=Projection.PA,
        body_part="CHEST",
        rows=4,
        columns=4,
        window=Window(1, 1),
        monochrome1=False,
        spacing_mm=None,
        blob_digest="c" * 64,
        pixel_digest="d" * 64,
        pixel_blob_digest="e" * 64,
    )
    return replace(made, **changed)  # type: ignore[arg-type]


def study(**changed: object) -> Study:
    made = Study(
        id=1,
        study_instance_uid="1.2.826.0.1.9.1",
        patient=Patient("PID-884213", "QUIXANO^ALONSO", dt.date(1957, 3, 5), "M"),
        accession_number="ACC-774411",
        description="Chest",
        indication="Cough.",
        study_datetime=WHEN,
        received_at=dt.datetime(2026, 11, 20, 10, 0, tzinfo=dt.UTC),
        source=Source.UPLOAD,
        status=StudyStatus.SIGNED,
        instances=(film(),),
    )
    return replace(made, **changed)  # type: ignore[arg-type]


def version(of: Study, sections: Sections = SIGNED, **changed: object) -> SignedVersion:
    made = SignedVersion(
        sequence=7,
        study_id=of.id,
        number=1,
        status=ReportStatus.FINAL,
        sections=sections,
        addendum="",
        signed_by=READERS[0],
        signed_at=dt.datetime(2026, 11, 20, 11, 0, tzinfo=dt.UTC),
        identity={},
        image_digests=("c" * 64,),
        pixel_digests=("e" * 64,),
        provenance={},
        overrides=(),
        previous_digest="0" * 64,
    )
    return replace(made, **changed)  # type: ignore[arg-type]


def draft(sections: Sections = DRAFTED) -> Draft:
    return Draft(MODEL, 1.0, (), (), sections, id=3)


def reading(before: Sections | None = None, reason: str = "") -> Reading:
    return Reading(
        sequence=7,
        study_id=1,
        phantom=False,
        reader=READERS[0],
        model=MODEL.name,
        model_digest=MODEL.digest,
        seconds_reading=61.26,
        seconds_editing=12.0,
        reason=Reason.SEEN,
        reason_text=reason,
        before_reveal=before,
        created_at=dt.datetime(2026, 11, 20, 11, 0, tzinfo=dt.UTC),
    )


def stored(
    of: Study | None = None,
    sections: Sections = SIGNED,
    drafted: Draft | None = None,
    read: Reading | None = None,
) -> Stored:
    of = of or study()
    corrections = (
        Correction(
            "sentence", "changed", "findings", DRAFTED.findings, SIGNED.findings,
            natures=(Nature.MISSED,),
        ),
        Correction(
            "finding", "changed", "", "absent", "present, left", "pleural effusion",
            "absent -> present", (Nature.MISSED,),
        ),
    )  # fmt: skip
    return Stored(of, (version(of, sections),), drafted or draft(), read or reading(), corrections)


def search(of: Stored) -> Search:
    return Search(Known((of.study,), of.versions), READERS)
