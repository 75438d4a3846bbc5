"""The thorax phantom: anatomy, lesions and their masks, and the DICOM objects made of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from io import BytesIO

import numpy as np
import pydicom
import pytest
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code
from pydicom.uid import UID

from core.imaging.phantom.dicom_film import (
    PHANTOM_COMMENT,
    PHANTOM_MANUFACTURER,
    phantom_uid,
    to_dicom,
)
from core.imaging.phantom.film import PhantomFilm, make_film
from core.imaging.phantom.lesions import Cardiomegaly, Consolidation, Lesion, PleuralEffusion
from core.imaging.phantom.samples import SampleStudy, sample_studies

ROWS = 192
EFFUSION = "pleural effusion"


@lru_cache(maxsize=32)
def film(seed: int, projection: str = "PA", lesions: tuple[Lesion, ...] = ()) -> PhantomFilm:
    return make_film(seed, projection, lesions, rows=ROWS)


@lru_cache(maxsize=1)
def samples() -> Sequence[SampleStudy]:
    return tuple(sample_studies(rows=ROWS))


def dicom(made: PhantomFilm, **changes: object) -> pydicom.Dataset:
    tags: dict[str, object] = {
        "patient_name": "PHANTOM^TEST",
        "patient_id": "PHANTOM-9",
        "birth_date": date(1970, 6, 1),
        "sex": "F",
        "study_instance_uid": phantom_uid("study", 1),
        "series_instance_uid": phantom_uid("series", 1),
        "sop_instance_uid": phantom_uid("instance", 1),
        "study_datetime": datetime(2026, 5, 31, 8, 30),
        "accession_number": "PHANTOM-0009",
        "indication": "Cough.",
        "instance_number": 1,
    }
    return pydicom.dcmread(BytesIO(to_dicom(made, **(tags | changes))))


def test_same_seed_same_film_and_another_seed_another_patient() -> None:
    again = make_film(1, rows=ROWS)
    assert np.array_equal(film(1).pixels, again.pixels)
    assert not np.array_equal(film(1).pixels, film(2).pixels)


@pytest.mark.parametrize(
    ("projection", "portrait"), [("PA", False), ("AP", False), ("LATERAL", True)]
)
def test_shape_type_and_range(projection: str, portrait: bool) -> None:
    made = film(4, projection)
    rows, columns = made.pixels.shape
    assert rows == ROWS
    assert bool(columns < 0.9 * rows) is portrait
    assert made.pixels.dtype == np.uint16
    assert made.pixels.max() <= 4095
    assert made.pixels.max() - made.pixels.min() > 2800
    assert 300 < made.spacing_mm[0] * rows < 500


def test_a_film_needs_some_rows() -> None:
    with pytest.raises(ValueError, match="128"):
        make_film(1, rows=64)


def test_lungs_are_darker_than_mediastinum_and_the_air_outside_is_darkest() -> None:
    pixels = film(1).pixels.astype(float)
    rows, columns = pixels.shape
    middle = pixels[int(0.3 * rows) : int(0.5 * rows)]
    lung = np.median(middle[:, int(0.22 * columns) : int(0.32 * columns)])
    mediastinum = np.median(middle[:, int(0.46 * columns) : int(0.54 * columns)])
    assert pixels.min() < 0.5 * lung
    assert lung < 0.6 * mediastinum


@pytest.mark.parametrize("seed", range(6))
def test_a_normal_heart_is_no_wider_than_half_the_chest(seed: int) -> None:
    assert 0.40 <= film(seed).cardiothoracic_ratio <= 0.50


def test_the_heart_points_to_the_patients_left() -> None:
    made = film(3, "PA", (Cardiomegaly(enlargement=1.0),))
    columns = np.nonzero(made.masks["cardiomegaly"].any(axis=0))[0]
    centre = made.pixels.shape[1] / 2
    assert columns.max() - centre > 1.3 * (centre - columns.min())


def test_a_large_heart_is_one() -> None:
    large = film(3, "PA", (Cardiomegaly(),))
    assert large.cardiothoracic_ratio > 0.54
    assert large.findings == (("cardiomegaly", None),)
    assert large.masks["cardiomegaly"].any()


@pytest.mark.parametrize("side", ["left", "right"])
def test_effusion_lies_low_on_its_side_and_is_brighter(side: str) -> None:
    ill, well = film(1, "PA", (PleuralEffusion(side),)), film(1)
    mask = ill.masks[EFFUSION]
    rows, columns = np.nonzero(mask)
    assert ill.findings == ((EFFUSION, side),)
    assert bool(columns.mean() > mask.shape[1] / 2) is (side == "left")
    assert np.quantile(rows, 0.05) > 0.45 * mask.shape[0]
    change = ill.pixels[mask].astype(float) - well.pixels[mask]
    assert (change > 0).mean() > 0.97
    assert change.mean() > 250


def test_effusion_climbs_along_the_chest_wall() -> None:
    mask = film(1, "PA", (PleuralEffusion("right"),)).masks[EFFUSION]
    top = np.argmax(mask, axis=0)
    columns = np.nonzero(mask.any(axis=0))[0]
    lateral, medial = columns[: len(columns) // 5], columns[len(columns) // 2 :]
    assert top[lateral].min() < np.median(top[medial]) - 0.02 * ROWS


def test_effusion_grows_with_its_volume() -> None:
    areas = [
        film(1, "PA", (PleuralEffusion("left", ml),)).masks[EFFUSION].sum()
        for ml in (250.0, 600.0, 1500.0)
    ]
    assert areas[0] < areas[1] < areas[2]


def test_a_lesion_changes_nothing_far_from_itself() -> None:
    ill, well = film(1, "PA", (PleuralEffusion("left"),)), film(1)
    upper = np.s_[: ROWS // 3, : ROWS // 3]
    change = ill.pixels[upper].astype(float) - well.pixels[upper]
    assert np.abs(change).mean() < 40


def test_both_sides_share_one_mask() -> None:
    both = film(1, "PA", (PleuralEffusion("left"), PleuralEffusion("right")))
    mask = both.masks[EFFUSION]
    half = mask.shape[1] // 2
    assert mask[:, :half].any() and mask[:, half:].any()
    assert len(both.findings) == 2


@pytest.mark.parametrize(
    ("side", "zone", "high"), [("left", "upper", True), ("right", "lower", False)]
)
def test_consolidation_lies_where_it_was_put(side: str, zone: str, high: bool) -> None:
    ill, well = film(2, "PA", (Consolidation(side, zone),)), film(2)
    mask = ill.masks["consolidation"]
    rows, columns = np.nonzero(mask)
    assert bool(columns.mean() > mask.shape[1] / 2) is (side == "left")
    assert bool(rows.mean() < 0.45 * ROWS) is high
    assert (ill.pixels[mask].astype(float) - well.pixels[mask]).mean() > 200


def test_lateral_effusion_lies_at_the_back() -> None:
    mask = film(1, "LATERAL", (PleuralEffusion("left"),)).masks[EFFUSION]
    rows, columns = np.nonzero(mask)
    assert rows.mean() > 0.5 * mask.shape[0]
    assert columns.max() > 0.6 * mask.shape[1]


def test_pixels_survive_dicom() -> None:
    made = film(1)
    read = dicom(made)
    assert np.array_equal(read.pixel_array, made.pixels)
    assert (read.BitsStored, read.HighBit, read.PhotometricInterpretation) == (
        12,
        11,
        "MONOCHROME2",
    )


@pytest.mark.parametrize(
    ("projection", "position", "orientation", "view"),
    [
        ("PA", "PA", ["L", "F"], codes.cid4010.PosteroAnterior),
        ("AP", "AP", ["L", "F"], codes.cid4010.AnteroPosterior),
        ("LATERAL", "LL", ["P", "F"], codes.cid4010.LeftLateral),
    ],
)
def test_dicom_says_how_the_film_was_taken(
    projection: str, position: str, orientation: list[str], view: Code
) -> None:
    made = film(4, projection)
    read = dicom(made)
    assert read.SOPClassUID == UID("1.2.840.10008.5.1.4.1.1.1.1")
    assert read.file_meta.MediaStorageSOPInstanceUID == read.SOPInstanceUID
    assert (read.ViewPosition, list(read.PatientOrientation)) == (position, orientation)
    assert read.ImagerPixelSpacing[0] == pytest.approx(made.spacing_mm[0], abs=1e-5)
    assert read.BodyPartExamined == "CHEST"
    assert read.ViewCodeSequence[0].CodeValue == view.value
    assert read.AnatomicRegionSequence[0].CodeValue == codes.cid4009.Chest.value


# Type 1 and 2 attributes of the DX image (PS3.3 A.26 and the modules that it names).
@pytest.mark.parametrize(
    "keyword",
    [
        "StudyDate",
        "StudyTime",
        "StudyID",
        "ReferringPhysicianName",
        "SeriesNumber",
        "Modality",
        "PresentationIntentType",
        "ImageType",
        "ImageLaterality",
        "AnatomicRegionSequence",
        "PixelIntensityRelationship",
        "PixelIntensityRelationshipSign",
        "RescaleIntercept",
        "RescaleSlope",
        "RescaleType",
        "PresentationLUTShape",
        "LossyImageCompression",
        "BurnedInAnnotation",
        "DetectorType",
        "PatientOrientation",
        "WindowCenter",
        "WindowWidth",
        "AcquisitionContextSequence",
        "InstanceNumber",
        "BodyPartExamined",
        "PositionerType",
    ],
)
def test_mandatory_attribute_is_there(keyword: str) -> None:
    assert keyword in dicom(film(1))


def test_dicom_admits_to_be_a_phantom() -> None:
    read = dicom(film(1))
    assert read.Manufacturer == PHANTOM_MANUFACTURER
    assert read.ImageComments == read.PatientComments == PHANTOM_COMMENT
    assert read.PatientIdentityRemoved == "YES"
    assert read.PatientAge == "055Y"
    assert read.ReasonForStudy == "Cough."


def test_uids_are_valid_and_stable() -> None:
    assert phantom_uid("a", 1) == phantom_uid("a", 1) != phantom_uid("a", 2)
    assert phantom_uid("a", 1).is_valid


def test_three_samples_each_labelled() -> None:
    read = [[pydicom.dcmread(BytesIO(file)) for file in study.files] for study in samples()]
    assert [[str(file.PatientName) for file in study] for study in read] == [
        ["PHANTOM^NORMAL"],
        ["PHANTOM^EFFUSION"],
        ["PHANTOM^TWO VIEWS"] * 2,
    ]
    assert [study[0].PatientID for study in read] == ["PHANTOM-1", "PHANTOM-2", "PHANTOM-3"]
    assert [file.ViewPosition for file in read[2]] == ["PA", "LL"]
    assert len({file.SOPInstanceUID for study in read for file in study}) == 4
    assert len({file.StudyInstanceUID for file in read[2]}) == 1
    for study in read:
        assert all(file.Manufacturer == PHANTOM_MANUFACTURER for file in study)
        assert all(int(file.PatientAge[:3]) > 16 for file in study)


def test_samples_are_the_same_bytes_every_time() -> None:
    first = next(iter(sample_studies(rows=ROWS)))
    assert first.files == samples()[0].files
