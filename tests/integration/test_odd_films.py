"""Odd and hostile films through intake: rows stored whole, or nothing stored at all."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from core.domain.errors import IntakeError
from core.domain.reader import Reader
from core.imaging.radiograph import decode_pixels
from dashboard.services.receive_study import receive_file
from dashboard.services.worklist import worklist
from dashboard.workspace import Workspace
from tests.factories import dicom_bytes, film_pixels, image_bytes
from tests.integration.conftest import send
from tests.slow.bases import bomb, made_files

ODD: dict[str, bytes] = {
    "html": dicom_bytes(PatientName="<script>alert(1)</script>"),
    "formula": dicom_bytes(PatientName="=HYPERLINK(1)", PatientID="+1+1"),
    "lines": dicom_bytes(PatientName="DOE\nJANE"),
    "right to left": dicom_bytes(PatientName="\u202eEOD\u202c"),
    "long": dicom_bytes(
        PatientName="x" * 10_000, PatientID="y" * 10_000, AccessionNumber="z" * 10_000,
        StudyDescription="d" * 10_000, BodyPartExamined="b" * 500, ReasonForStudy="r" * 10_000,
    ),
    "bad identifiers": dicom_bytes(SOPInstanceUID="x", StudyInstanceUID="../..",
                                   SeriesInstanceUID="9" * 100),
    "no identity": dicom_bytes(
        PatientName=None, PatientID=None, PatientBirthDate=None, StudyDate=None, StudyTime=None,
        AccessionNumber=None, Modality=None, SOPInstanceUID=None, StudyInstanceUID=None,
        SeriesInstanceUID=None,
    ),
    "no dates": dicom_bytes(PatientBirthDate="99999999", StudyDate="today", StudyTime="noon"),
    "age": dicom_bytes(PatientAge="-12Y", PatientBirthDate=None),
    "unsaid utf-8": dicom_bytes(PatientName="முருகன்^கோ").replace(b"ISO_IR 192", b"          "),
    "padding": dicom_bytes(PixelPaddingValue=0),
    "not square": dicom_bytes(ImagerPixelSpacing=[0.4, 0.2]),
    "window": dicom_bytes(WindowCenter="nan", WindowWidth="-1"),
    "one value": dicom_bytes(np.zeros((96, 80), np.uint16)),
} | made_files()  # fmt: skip

REFUSED: dict[str, bytes] = {
    "empty": b"",
    "text": b"text",
    "preamble": b"\0" * 128 + b"DICM",
    "cut": dicom_bytes()[:6000],
    "ct": dicom_bytes(Modality="CT"),
    "mammogram": dicom_bytes(Modality="MG"),
    "segmentation": dicom_bytes(Modality="SEG"),
    "dose": dicom_bytes(Modality="RTDOSE"),
    "photograph": dicom_bytes(Modality="XC"),
    "scintigram": dicom_bytes(Modality="NM"),
    "no pixels": dicom_bytes(PixelData=None),
    "huge": dicom_bytes(Rows=60_000, Columns=60_000),
    "bomb": bomb(200),
    "small": image_bytes(np.zeros((8, 8), np.uint8)),
}


@pytest.mark.parametrize("name", list(ODD))
def test_an_odd_film_is_stored_whole_and_once(either: Workspace, reader: Reader, name: str) -> None:
    received = receive_file(either, name, ODD[name], reader=reader)
    again = receive_file(either, name, ODD[name], reader=reader)
    assert again.duplicate and again.instance_id == received.instance_id
    with either.look() as look:
        study = look.studies.get(received.study_id)
        job = look.jobs.latest(received.study_id)
    film = study.instances[0]
    assert job is not None and either.blobs.sound(film.blob_digest)
    pixels = decode_pixels(either.blobs.get(film.pixel_blob_digest), film.rows, film.columns)
    assert pixels.shape == (film.rows, film.columns)
    assert np.isfinite([film.window.center, film.window.width]).all()
    assert all(character.isprintable() for character in study.patient.display_name)
    assert worklist(either).page.total == 1


@pytest.mark.parametrize("name", list(REFUSED))
def test_a_refused_film_leaves_nothing_behind(either: Workspace, reader: Reader, name: str) -> None:
    with pytest.raises(IntakeError) as refusal:
        receive_file(either, f"{name}.dcm", REFUSED[name], reader=reader)
    sentence = str(refusal.value)
    assert sentence.startswith(f"{name}.dcm") and sentence.endswith(".") and refusal.value.remedy
    assert worklist(either).page.total == 0
    assert not either.blobs.folder.exists() or not any(
        path for path in either.blobs.folder.rglob("*") if path.is_file()
    )


def test_good_films_beside_bad_ones_are_taken_in(client: TestClient) -> None:
    good = {"good.dcm": dicom_bytes(film_pixels(seed=1)), "good.png": image_bytes(film_pixels())}
    bad = {f"{name}.bad": content for name, content in REFUSED.items() if content}
    answer = send(client, *good.items(), *bad.items())
    assert answer.status_code == 201
    assert len(answer.json()["studies"]) == 2
    assert {item["file"] for item in answer.json()["rejected"]} == set(bad)


@pytest.mark.films
def test_every_real_file_is_a_film_or_is_refused_for_its_reason(
    place: Workspace, reader: Reader
) -> None:
    """Those that pydicom decodes and whose modality is a radiograph's must come in."""
    folder = Path(os.environ["OVERREAD_TEST_DATA"]) / "dicom"
    with (folder / "manifest.csv").open(newline="") as listing:
        described = list(csv.DictReader(listing))
    wrong = []
    for line in described:
        name = line["file"]
        try:
            receive_file(place, name, (folder / name).read_bytes(), reader=reader)
            code = "film"
        except IntakeError as refusal:
            code = refusal.code
            if not str(refusal).startswith(name) or "\n" in str(refusal):
                wrong.append(f"{name}: {refusal}")
        if code not in _expected(line):
            wrong.append(f"{name}: {code}, not {_expected(line)}")
    assert described and not wrong, "\n".join(wrong)


def _expected(line: dict[str, str]) -> tuple[str, ...]:
    modality, size = line["modality"], (int(line["rows"] or 0), int(line["cols"] or 0))
    if not any(size):
        return "no_pixels", "unreadable_file", "not_an_image"
    if modality not in ("CR", "DX", "RG", "RF", "OT", "SC", ""):
        return ("not_a_radiograph",)
    if min(size) < 64:
        return ("unreadable_file",)
    if line["file"] == "fo-dicom__genFile.dcm":
        # Said to be JPEG; what lies in its frame is not.
        return ("unreadable_file",)
    if line["file"] == "torchxrayvision__Fake_MONOHR1.dcm":
        # Another file's film inverted, under the identifier of that film.
        return ("conflicting_instance",)
    return ("film",)
