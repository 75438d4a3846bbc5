"""Files made to exhaust or to mislead a decoder."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000Lossless, JPEGBaseline8Bit, JPEGLSLossless, RLELossless

from core.domain.errors import (
    FileTooLargeError,
    IntakeError,
    NotAnImageError,
    UnreadableFileError,
    UnsupportedEncodingError,
)
from core.imaging.codestream import stated_size
from core.imaging.dicom import INFLATED_LIMIT_MB
from core.imaging.intake import read_file
from tests.factories import dicom_bytes, dicom_dataset, film_pixels, image_bytes
from tests.slow.bases import bomb, made_files, saved

GREY = (film_pixels() // 16).astype(np.uint8)
HUGE = 60_000


def compressed(syntax: str, frame: bytes, **tags: object) -> bytes:
    dataset = dicom_dataset(GREY, PixelData=encapsulate([frame]), **tags)
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = syntax
    return saved(dataset)


def jpeg_2000() -> bytes:
    target = io.BytesIO()
    Image.fromarray(GREY).save(target, "JPEG2000", no_jp2=True)
    return target.getvalue()


@pytest.mark.parametrize("name", list(made_files()))
def test_every_encoding_made_here_is_read(name: str) -> None:
    film = read_file(name, made_files()[name])
    assert film.pixels.shape == (96, 80) and np.ptp(film.grey()) > 0.5


def test_a_deflated_bomb_is_not_unpacked() -> None:
    content = bomb(INFLATED_LIMIT_MB + 1)
    assert len(content) < 1_000_000
    with pytest.raises(FileTooLargeError) as refusal:
        read_file("bomb.dcm", content)
    assert "when unpacked" in str(refusal.value)


def test_a_deflated_film_with_much_behind_it_is_still_read() -> None:
    assert read_file("a.dcm", bomb(8)).pixels.shape == (96, 80)


@pytest.mark.parametrize("syntax", [JPEGBaseline8Bit, JPEG2000Lossless, JPEGLSLossless])
def test_a_frame_that_states_a_huge_size_is_not_decoded(syntax: str) -> None:
    if syntax == JPEG2000Lossless:
        frame = bytearray(jpeg_2000())
        at = frame.index(b"\xff\x51") + 6
        frame[at : at + 8] = struct.pack(">2I", HUGE, HUGE)
    else:
        frame = bytearray(image_bytes(GREY, "JPEG"))
        at = frame.index(b"\xff\xc0") + 5
        frame[at : at + 4] = struct.pack(">2H", HUGE, HUGE)
    assert stated_size(bytes(frame)) == (HUGE, HUGE)
    with pytest.raises(FileTooLargeError):
        read_file("a.dcm", compressed(syntax, bytes(frame)))


@pytest.mark.parametrize(
    ("syntax", "frame"),
    [(JPEGBaseline8Bit, image_bytes(GREY, "JPEG")), (JPEG2000Lossless, jpeg_2000())],
)
def test_a_frame_of_another_size_than_the_header_says_is_refused(syntax: str, frame: bytes) -> None:
    with pytest.raises(UnreadableFileError) as refusal:
        read_file("a.dcm", compressed(syntax, frame, Rows=80, Columns=96))
    assert "96 x 80 pixels, its image 80 x 96" in str(refusal.value)


@pytest.mark.parametrize(
    ("frame", "size"),
    [(b"", None), (b"\xff\xd8", None), (b"\xff\xd8\xff\xd9", None), (b"\xff\xd8\x00\x00\0\0", None),
     (b"\xff\x4f\xff\x51\x00", None), (b"\xff\xd8\xff\xda\x00\x04\x00\x00", None),
     (b"\xff\xd8\xff\xe0\x00\x02\xff\xff\xc3\x00\x0b\x10\x00\x07\x00\x09\x01", (7, 9))],
)  # fmt: skip
def test_the_size_a_stream_states_is_read_or_none(
    frame: bytes, size: tuple[int, int] | None
) -> None:
    assert stated_size(frame) == size


def test_run_lengths_that_overflow_the_frame_are_left_out() -> None:
    segment = struct.pack("<16I", 1, 64, *[0] * 14) + b"\x81\x00" * 200_000
    assert read_file("a.dcm", compressed(RLELossless, segment)).pixels.shape == (96, 80)


@pytest.mark.parametrize(
    ("syntax", "named"),
    [("1.2.840.10008.1.2.4.55", "JPEG"), ("1.2.840.10008.1.2.4.97", "1.2.840.10008.1.2.4.97"),
     ("1.2.840.113619.5.2", "1.2.840.113619.5.2"), ("1.2.3", "1.2.3"), ("x\ny", "")],
)  # fmt: skip
def test_an_encoding_that_nothing_here_decodes_is_named(syntax: str, named: str) -> None:
    content = compressed(JPEGBaseline8Bit, image_bytes(GREY, "JPEG"))
    stated = JPEGBaseline8Bit.encode()
    assert content.count(stated) == 1 and len(syntax) <= len(stated) + 1
    content = content.replace(stated, syntax.encode().ljust(len(stated), b"\0")[: len(stated)])
    with pytest.raises(IntakeError) as refusal:
        read_file("a.dcm", content)
    assert named in str(refusal.value) and "\n" not in str(refusal.value)
    if named:
        assert isinstance(refusal.value, UnsupportedEncodingError)


def test_pixels_said_to_be_compressed_that_are_not_are_refused() -> None:
    dataset = dicom_dataset()
    content = saved(dataset).replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.5\0", 1)
    with pytest.raises(UnreadableFileError, match="said to be RLE"):
        read_file("a.dcm", content)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.99])
@pytest.mark.parametrize("name", [name for name in made_files() if "." not in name])
def test_a_dicom_film_cut_short_is_refused(name: str, share: float) -> None:
    content = made_files()[name]
    with pytest.raises(IntakeError) as refusal:
        read_file("cut.dcm", content[: int(len(content) * share)])
    assert str(refusal.value).startswith("cut.dcm") and str(refusal.value).endswith(".")


def test_what_lies_in_a_frame_of_several_that_are_cut_short_is_not_shown() -> None:
    with pytest.raises(UnreadableFileError):
        read_file("a.dcm", dicom_bytes(NumberOfFrames=3))


# --- what a file is -----------------------------------------------------------------------------


# Implicit VR is little endian by definition (PS3.5 A.1).
@pytest.mark.parametrize(("implicit", "big"), [(False, False), (False, True), (True, False)])
@pytest.mark.parametrize("opening", ["SpecificCharacterSet", "ImageType", "PatientName"])
def test_a_data_set_alone_is_known_by_its_first_element(
    opening: str, implicit: bool, big: bool
) -> None:
    pixels = film_pixels()
    dataset = dicom_dataset(pixels, ImageType=["ORIGINAL", "PRIMARY"])
    dataset.PixelData = pixels.astype(">u2").tobytes() if big else pixels.tobytes()
    dataset["PixelData"].VR = "OW"
    for element in list(dataset):
        if element.keyword == opening:
            break
        del dataset[element.tag]
    del dataset.file_meta
    target = io.BytesIO()
    dataset.save_as(target, implicit_vr=implicit, little_endian=not big)
    assert np.array_equal(read_file("bare", target.getvalue()).pixels, pixels)


@pytest.mark.parametrize(
    "content",
    [
        b"<!DOCTYPE html>" + b" " * 200,
        b"%PDF-1.7" + b"\0" * 200,
        b"PK\x03\x04" + b"\0" * 200,
        b"GIF89a" + b"\0" * 200,
        b"II*\0" + b"\0" * 200,
        b"MM\0*" + b"\0" * 200,
        b"\0" * 500,
        b"\0\0\1\0\1\0" + b"\0" * 200,
        b"\x7fELF" + b"\0" * 200,
        zlib.compress(b"x" * 1000),
        "ஒரு கோப்பு".encode(),
        b"\x08",
        b"\x08\0\x05\0",
        b"\x08\0\x05\0\xff\xff\xff\x7f",
    ],
)
def test_what_is_no_film_is_not_taken_for_one(content: bytes) -> None:
    with pytest.raises(NotAnImageError):
        read_file("x", content)


def test_a_name_of_many_lines_is_named_in_one() -> None:
    with pytest.raises(NotAnImageError) as refusal:
        read_file("a\nb\u202e.dcm" + "x" * 5000, b"text")
    assert str(refusal.value).startswith("a b.dcm") and len(str(refusal.value)) < 400


def test_the_largest_film_stays_within_the_memory_of_one_file() -> None:
    """64 million pixels of 16 bits, compressed so that the file is small."""
    import psutil

    from core.imaging.decoder import DecoderProcess

    side = 8000
    target = io.BytesIO()
    Image.fromarray(np.tile(np.arange(side, dtype=np.uint16), (side, 1))).save(target, "PNG")
    decoder = DecoderProcess()
    try:
        film = decoder.decode("large.png", target.getvalue())
        workers = psutil.Process().children(recursive=True)
        assert (film.rows, film.columns) == (side, side) and workers
    finally:
        decoder.close()
