"""A report with every part, made here: no patient, no file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from core.domain.finding import Certainty, Finding, Laterality
from core.domain.report import ReportStatus, Sections
from core.domain.study import Instance, Patient, Projection, Source, Study, StudyStatus, Window
from core.reporting.pdf.content import EvidencePanel, KeyImage, ReportContent

INDIA = dt.timezone(dt.timedelta(hours=5, minutes=30))
SIGNED_AT = dt.datetime(2026, 11, 20, 9, 40, tzinfo=INDIA)

SECTIONS = Sections(
    indication="Cough for three weeks, fever.",
    technique="PA and lateral.",
    findings="Blunted left costophrenic angle, effusion ≥ 5 mm. Heart size normal.\nLungs clear.",
    impression="1. Small left pleural effusion.\n2. No pneumothorax.",
)


def thorax(rows: int = 1200, columns: int = 1000) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Two dark lungs in a bright trunk; enough to see place, scale and contrast."""
    film = np.full((rows, columns), 190, np.uint8)
    for side in (0.31, 0.69):
        centre = round(columns * side), round(rows * 0.47)
        axes = round(columns * 0.15), round(rows * 0.31)
        cv2.ellipse(film, centre, axes, 0, 0, 360, 45, -1)
    cv2.ellipse(
        film,
        (round(columns * 0.56), round(rows * 0.62)),
        (round(columns * 0.16), round(rows * 0.15)),
        20,
        0,
        360,
        205,
        -1,
    )
    for rib in range(9):
        place = round(rows * (0.2 + 0.075 * rib))
        cv2.ellipse(
            film,
            (columns // 2, place),
            (round(columns * 0.36), round(rows * 0.05)),
            0,
            180,
            360,
            120,
            max(4, rows // 120),
        )
    return np.asarray(cv2.GaussianBlur(film, (0, 0), rows / 110), np.uint8)


def heat(rows: int = 60, columns: int = 50) -> np.ndarray[Any, np.dtype[np.float32]]:
    y, x = np.mgrid[:rows, :columns].astype(np.float32)
    down, across = y / rows - 0.72, x / columns - 0.7
    return np.exp(-(down**2) / 0.015 - across**2 / 0.02).astype(np.float32)


def film(projection: Projection, number: int = 1) -> Instance:
    return Instance(
        id=number,
        sop_instance_uid=f"1.2.{number}",
        series_instance_uid="1.2",
        modality="DX",
        projection=projection,
        rows=1200,
        columns=1000,
        window=Window(2048, 4096),
        monochrome1=False,
        spacing_mm=(0.3, 0.3),
        blob_digest="",
        pixel_digest="",
        body_part="CHEST",
    )


@pytest.fixture
def study() -> Study:
    return Study(
        id=1,
        study_instance_uid="1.2.3",
        patient=Patient("4711", "DOE^JANE", dt.date(1963, 2, 1), "F"),
        accession_number="20-118",
        description="",
        indication="",
        study_datetime=dt.datetime(2026, 11, 20, 9, 14),
        received_at=dt.datetime(2026, 11, 20, 9, 20, tzinfo=dt.UTC),
        source=Source.UPLOAD,
        status=StudyStatus.SIGNED,
        instances=(film(Projection.PA), film(Projection.LATERAL, 2)),
    )


@pytest.fixture
def signed(study: Study) -> ReportContent:
    return ReportContent(
        study=study,
        status=ReportStatus.FINAL,
        sections=SECTIONS,
        signed_by="Dr. Zoë Ångström-Ñúñez",
        signed_at=SIGNED_AT,
        digest="3f" * 32,
        key_images=(
            KeyImage(thorax(), "PA", (0.3, 0.3)),
            KeyImage(thorax(1200, 900), "Lateral", (0.3, 0.3)),
        ),
        provenance="Drafted by overread-embedded-1 (sha256 ab12…), edited and signed.",
        institution="St Example Hospital, Department of Radiology",
    )


@pytest.fixture
def draft(study: Study) -> ReportContent:
    return ReportContent(
        study=study,
        status=ReportStatus.DRAFT,
        sections=SECTIONS,
        key_images=(KeyImage(thorax(), "PA", (0.3, 0.3)),),
        evidence=(
            EvidencePanel("pleural effusion, left", "model attention, not location", heat(), 0),
        ),
        findings=(
            Finding(
                "pleural effusion",
                0.91,
                0.5,
                Certainty.PRESENT,
                probability=0.81,
                prevalence=0.12,
                laterality=Laterality.LEFT,
                zone="lower zone",
            ),
            Finding("lung opacity", 0.42, 0.38, Certainty.UNCERTAIN, laterality=Laterality.RIGHT),
            Finding(
                "cardiomegaly", 0.08, 0.41, Certainty.ABSENT, probability=0.05, prevalence=0.08
            ),
        ),
        provenance="Drafted by overread-embedded-1 (sha256 ab12…).",
    )


@pytest.fixture
def named(signed: ReportContent) -> Callable[[str], ReportContent]:
    """The signed report of a patient with another name."""

    def rename(name: str) -> ReportContent:
        patient = replace(signed.study.patient, name=name)
        return replace(signed, study=replace(signed.study, patient=patient))

    return rename
