"""Files in: what is read, what is refused, and that refusals are one sentence."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from pydicom.dataset import Dataset

from core.domain.errors import (
    FileTooLargeError,
    IntakeError,
    NoPixelsError,
    NotAnImageError,
    NotARadiographError,
    UnreadableFileError,
)
from core.domain.study import Projection
from core.imaging import file_size
from core.imaging.intake import read_file
from core.imaging.radiograph import decode_pixels, encode_pixels, pixel_digest
from tests.factories import dicom_bytes, film_pixels, image_bytes


def test_a_dicom_film_keeps_its_values_window_spacing_and_header() -> None:
    pixels = film_pixels()
    film = read_file("a.dcm", dicom_bytes(pixels))
    assert np.array_equal(film.pixels, pixels)
    assert (film.window.center, film.window.width) == (2000, 3500)
    assert film.spacing_mm == (0.2, 0.2)
    assert film.header.projection is Projection.PA
    assert film.header.patient.display_name == "DOE, JANE"
    assert film.header.indication == "Cough."
    assert film.notes == ()


@pytest.mark.parametrize(
    ("view", "projection"),
    [("PA", Projection.PA), ("AP", Projection.AP), ("LL", Projection.LATERAL),
     ("RL", Projection.LATERAL), ("", Projection.UNKNOWN), ("XX", Projection.UNKNOWN)],
)  # fmt: skip
def test_the_projection_comes_from_the_header_alone(view: str, projection: Projection) -> None:
    assert read_file("a.dcm", dicom_bytes(ViewPosition=view)).header.projection is projection


def test_monochrome1_is_shown_inverted_and_keeps_its_values() -> None:
    pixels = film_pixels()
    plain = read_file("a.dcm", dicom_bytes(pixels))
    inverted = read_file("b.dcm", dicom_bytes(pixels, PhotometricInterpretation="MONOCHROME1"))
    assert np.array_equal(inverted.pixels, pixels)
    assert np.allclose(inverted.grey(), 1 - plain.grey())


def test_rescale_and_its_window_move_together() -> None:
    pixels = film_pixels()
    film = read_file(
        "a.dcm",
        dicom_bytes(pixels, RescaleSlope="1", RescaleIntercept="-1024", WindowCenter=976),
    )
    low = int(pixels.min())
    assert np.array_equal(film.pixels, pixels - low)
    assert film.window.center == 976 - (low - 1024)


def test_signed_pixels_are_shifted_not_wrapped() -> None:
    pixels = (film_pixels().astype(np.int32) - 2000).astype(np.int16)
    film = read_file("a.dcm", dicom_bytes(pixels, BitsStored=16, HighBit=15, WindowCenter=0))
    assert film.pixels.max() == int(pixels.max()) - int(pixels.min())


def test_a_voi_lut_is_applied_and_said() -> None:
    pixels = np.tile(np.arange(128, dtype=np.uint16), (128, 1))
    item = Dataset()
    item.LUTDescriptor = [128, 0, 16]
    item.LUTData = (np.arange(128, dtype=np.uint16)[::-1] * 100).tobytes()
    film = read_file("a.dcm", dicom_bytes(pixels, VOILUTSequence=[item]))
    assert film.pixels[0, 0] == 12700 and film.pixels[0, 127] == 0
    assert "look-up table" in film.notes[0]


def test_a_film_without_window_gets_one_from_its_values() -> None:
    film = read_file("a.dcm", dicom_bytes(WindowCenter=None, WindowWidth=None))
    grey = film.grey()
    assert 0.2 < grey.mean() < 0.8 and grey.min() == 0 and grey.max() == 1


def test_the_first_frame_of_several_is_shown_with_a_note() -> None:
    frames = np.stack([film_pixels(seed=1), film_pixels(seed=2)])
    content = dicom_bytes(
        frames[0], NumberOfFrames=2, PixelData=frames.tobytes(), Rows=96, Columns=80
    )
    film = read_file("a.dcm", content)
    assert np.array_equal(film.pixels, frames[0])
    assert "2 frames" in film.notes[0]


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_plain_images_are_films_of_unknown_projection(kind: str) -> None:
    film = read_file("a", image_bytes((film_pixels() // 16).astype(np.uint8), kind))
    assert film.pixels.shape == (96, 80)
    assert film.header.projection is Projection.UNKNOWN
    assert film.header.sop_instance_uid.startswith("2.25.")


def test_a_16_bit_png_keeps_its_values() -> None:
    pixels = film_pixels()
    assert np.array_equal(read_file("a.png", image_bytes(pixels)).pixels, pixels)


def test_pixels_survive_encoding() -> None:
    pixels = film_pixels()
    assert np.array_equal(decode_pixels(encode_pixels(pixels), 96, 80), pixels)
    assert pixel_digest(pixels) != pixel_digest(pixels.reshape(80, 96))


BASIC_TEXT_SR = "1.2.840.10008.5.1.4.1.1.88.11"


def _huge_png() -> bytes:
    head = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR"
    size = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    check = struct.pack(">I", zlib.crc32(b"IHDR" + size))
    return head + size + check + struct.pack(">I", 4) + b"IDAT" + b"\x00" * 8


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", UnreadableFileError),
        (b"just text", NotAnImageError),
        (b"<html></html>", NotAnImageError),
        (b"\x00" * 128 + b"DICM", UnreadableFileError),
        (_huge_png(), FileTooLargeError),
        (image_bytes(np.zeros((8, 8), np.uint8)), UnreadableFileError),
        (dicom_bytes(Modality="CT"), NotARadiographError),
        (dicom_bytes(Modality="US"), NotARadiographError),
        (dicom_bytes(PixelData=None), UnreadableFileError),
        (dicom_bytes(PixelData=None, Rows=None, SOPClassUID=BASIC_TEXT_SR), NoPixelsError),
        (dicom_bytes(PixelData=b"\x00" * 100), UnreadableFileError),
        (dicom_bytes(Rows=60_000, Columns=60_000), FileTooLargeError),
        (dicom_bytes()[:1500], IntakeError),
    ],
)
def test_a_bad_file_ends_in_one_sentence_that_names_it(
    content: bytes, error: type[IntakeError]
) -> None:
    with pytest.raises(error) as refusal:
        read_file("bad file.dcm", content)
    sentence = str(refusal.value)
    assert sentence.startswith("bad file.dcm") and sentence.endswith(".") and "\n" not in sentence
    assert refusal.value.remedy


@pytest.mark.parametrize(
    "tags",
    [
        {"NumberOfFrames": "1\\2"},
        {"RescaleIntercept": "0", "RescaleSlope": "1\\2"},
        {"RescaleIntercept": "0", "RescaleSlope": ""},
        {"RescaleIntercept": "0", "RescaleSlope": "nan"},
        {"ModalityLUTSequence": [Dataset()]},
        {"VOILUTSequence": [Dataset()]},
        {"Rows": [96, 96]},
        {"PhotometricInterpretation": "NONSENSE"},
        {"BitsAllocated": 7},
    ],
)
def test_damaged_elements_end_in_a_sentence_too(tags: dict[str, object]) -> None:
    with pytest.raises(IntakeError, match=r"^odd\.dcm"):
        read_file("odd.dcm", dicom_bytes(**tags))


def test_a_window_that_is_no_number_is_left_out() -> None:
    film = read_file("a.dcm", dicom_bytes(WindowCenter="1e300", WindowWidth="1e-300"))
    assert np.isfinite([film.window.center, film.window.width]).all()


def test_an_age_in_odd_digits_is_no_age() -> None:
    film = read_file("a.dcm", dicom_bytes(PatientAge="²²²Y", PatientBirthDate=None))
    assert film.header.patient.age_at(None) is None


def test_films_that_nothing_tells_apart_are_studies_of_their_own() -> None:
    bare = dict.fromkeys(
        ("PatientID", "PatientName", "StudyDate", "StudyTime", "AccessionNumber",
         "StudyInstanceUID", "SeriesInstanceUID")
    )  # fmt: skip
    first, second = (
        read_file("a.dcm", dicom_bytes(film_pixels(seed=seed), **bare)).header for seed in (1, 2)
    )
    assert first.study_instance_uid != second.study_instance_uid


def test_a_file_over_the_limit_is_refused_before_it_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(file_size, "FILE_LIMIT_MB", 0)
    with pytest.raises(FileTooLargeError):
        read_file("a.dcm", dicom_bytes())


def test_a_file_without_preamble_or_uids_is_read_and_is_itself_again() -> None:
    target = io.BytesIO()
    from tests.factories import dicom_dataset

    dataset = dicom_dataset(StudyInstanceUID=None, SOPInstanceUID=None, SeriesInstanceUID=None)
    del dataset.file_meta
    dataset.save_as(target, implicit_vr=True, little_endian=True)
    first, second = (read_file("a", target.getvalue()).header for _ in range(2))
    assert first.sop_instance_uid == second.sop_instance_uid
    assert first.study_instance_uid != first.sop_instance_uid


@pytest.mark.parametrize("name", ["<b>x</b>", "=1+1", "a\nb", "முருகன்^கோ", "x" * 10_000])
def test_odd_names_are_one_line_of_bounded_length(name: str) -> None:
    header = read_file("a.dcm", dicom_bytes(PatientName=name)).header
    assert "\n" not in header.patient.name and len(header.patient.name) <= 1024
