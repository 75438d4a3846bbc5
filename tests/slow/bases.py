"""Small films of every encoding, made here, that the mutants start from."""

from __future__ import annotations

import io
import zlib

import numpy as np
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    RLELossless,
)

from tests.factories import dicom_bytes, dicom_dataset, film_pixels, image_bytes

# Fixed, so that a mutant is the same on every machine.
UIDS = {
    "SOPInstanceUID": "1.2.3.4.1",
    "StudyInstanceUID": "1.2.3.4.2",
    "SeriesInstanceUID": "1.2.3.4.3",
}


def saved(dataset: Dataset) -> bytes:
    target = io.BytesIO()
    dataset.save_as(target, enforce_file_format=True)
    return target.getvalue()


def made_files() -> dict[str, bytes]:
    """Name and content of each."""
    grey = (film_pixels() // 16).astype(np.uint8)
    return {
        "made plain": dicom_bytes(**UIDS),
        "made deflated": _deflated(),
        "made big endian": _in_syntax(ExplicitVRBigEndian, film_pixels().astype(">u2").tobytes()),
        "made implicit": _in_syntax(ImplicitVRLittleEndian, film_pixels().tobytes()),
        "made rle": _rle(),
        "made jpeg": _compressed(JPEGBaseline8Bit, image_bytes(grey, "JPEG")),
        "made jpeg 2000": _compressed(JPEG2000Lossless, _jpeg_2000(grey)),
        "made palette": _palette(),
        "made look-up tables": _tables(),
        "made float": _float(),
        "made grey.png": image_bytes(film_pixels()),
        "made colour.png": image_bytes(np.dstack([grey] * 3)),
        "made palette.png": _saved_image(Image.fromarray(grey).convert("P"), "PNG"),
        "made grey.jpg": image_bytes(grey, "JPEG"),
        "made progressive.jpg": _saved_image(Image.fromarray(grey), "JPEG", progressive=True),
    }


def _saved_image(image: Image.Image, kind: str, **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def _jpeg_2000(grey: np.ndarray) -> bytes:
    return _saved_image(Image.fromarray(grey), "JPEG2000", no_jp2=True)


def _in_syntax(syntax: str, pixels: bytes) -> bytes:
    dataset = dicom_dataset(PixelData=pixels, **UIDS)
    dataset["PixelData"].VR = "OW"
    dataset.file_meta.TransferSyntaxUID = syntax
    return saved(dataset)


def _deflated() -> bytes:
    dataset = dicom_dataset(**UIDS)
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    return saved(dataset)


def _compressed(syntax: str, frame: bytes) -> bytes:
    grey = np.zeros((96, 80), np.uint8)
    dataset = dicom_dataset(grey, PixelData=encapsulate([frame]), **UIDS)
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = syntax
    return saved(dataset)


def _rle() -> bytes:
    dataset = dicom_dataset(**UIDS)
    dataset.compress(RLELossless, encoding_plugin="pydicom", generate_instance_uid=False)
    return saved(dataset)


def _palette() -> bytes:
    ramp = (np.arange(256, dtype=np.uint16)[::-1] * 256).tobytes()
    tables = {
        f"{colour}PaletteColorLookupTable{part}": value
        for colour in ("Red", "Green", "Blue")
        for part, value in (("Descriptor", [256, 0, 16]), ("Data", ramp))
    }
    grey = (film_pixels() // 16).astype(np.uint8)
    return dicom_bytes(grey, PhotometricInterpretation="PALETTE COLOR", **tables, **UIDS)


def _tables() -> bytes:
    items = []
    for _ in range(2):
        item = Dataset()
        item.LUTDescriptor = [4096, 0, 16]
        item.LUTData = np.arange(4096, dtype=np.uint16)[::-1].tobytes()
        items.append(item)
    items[0].ModalityLUTType = "US"
    return dicom_bytes(ModalityLUTSequence=items[:1], VOILUTSequence=items[1:], **UIDS)


def _float() -> bytes:
    values = (film_pixels() / 4095).astype(np.float32)
    return dicom_bytes(
        PixelData=None, BitsAllocated=32, BitsStored=None, HighBit=None, PixelRepresentation=None,
        FloatPixelData=values.tobytes(), **UIDS,
    )  # fmt: skip


def bomb(megabytes: int) -> bytes:
    """A deflated data set that unpacks to many megabytes from a few kilobytes."""
    small = _deflated()
    start = 132 + 12 + int.from_bytes(small[140:144], "little")
    inner = zlib.decompress(small[start:], -zlib.MAX_WBITS)
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    # After the pixels: Data Set Trailing Padding (FFFC,FFFC).
    padding = b"\xfc\xff\xfc\xffOB\x00\x00" + (megabytes * 2**20).to_bytes(4, "little")
    packed = packer.compress(inner + padding)
    for _ in range(megabytes):
        packed += packer.compress(b"\0" * 2**20)
    return small[:start] + packed + packer.flush()
