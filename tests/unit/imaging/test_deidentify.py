"""No identity of the source is in any byte of a de-identified film, wherever it stood."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.datadict import dictionary_VR, keyword_for_tag
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import generate_uid

from core.domain.errors import IntakeError
from core.domain.study import Window
from core.imaging.confidentiality import replaced_uid
from core.imaging.deidentify import MaskedFilm, deidentify, profiled
from core.imaging.dicom import read_dicom
from core.imaging.header import PHANTOM_MANUFACTURER
from core.imaging.intake import read_file
from tests.factories import DX, dicom_bytes, film_pixels, image_bytes

KEY = b"k" * 32
PIXELS = film_pixels()
# Words, dates and numbers that no dummy and no closed list holds.
MARKS = st.text("BCFGHJKQVWXYZ", min_size=8, max_size=12)
TEXTUAL = {"LO", "LT", "PN", "SH", "ST", "UT", "UC"}


def film(**changes: object) -> MaskedFilm:
    values = {
        "pixels": PIXELS, "window": Window(2000.0, 3500.0), "monochrome1": False,
        "spacing_mm": (0.2, 0.2), "projection": "PA", "masked": False, "text_left": False,
    }  # fmt: skip
    return MaskedFilm(**{**values, **changes})  # type: ignore[arg-type]


def read(content: bytes) -> Dataset:
    return pydicom.dcmread(io.BytesIO(content))


def test_no_value_of_the_header_is_left() -> None:
    uids = {name: generate_uid() for name in ("StudyInstanceUID", "SeriesInstanceUID")}
    source = dicom_bytes(
        InstitutionName="CITY HOSPITAL", OperatorsName="MILLER^ANN", StudyDescription="Dr. Roe",
        DeviceSerialNumber="SN-778899", PatientComments="Lives in Elm Street", SeriesNumber="77411",
        StudyID="ST-4711", PatientID="PAT-4711-X", PatientAge="061Y", EthnicGroup="Tamil", **uids,
    )  # fmt: skip
    result = deidentify(source, film(), key=KEY)
    for word in (
        "DOE", "JANE", "PAT-", "ST-4", "19570305", "20261120", "20-118", "Cough", "CITY",
        "MILLER", "Roe", "SN-7", "Elm", "061Y", "Tamil", *uids.values(),
        read(source).SOPInstanceUID,
    ):  # fmt: skip
        assert str(word).encode() not in result, word
    assert result[:128] == bytes(128)


def test_it_says_what_was_done_and_shows_the_same_film() -> None:
    painted = np.where(np.arange(80) < 9, 0, PIXELS).astype(np.uint16)
    result = deidentify(
        dicom_bytes(PhotometricInterpretation="MONOCHROME1"),
        film(pixels=painted, monochrome1=True, masked=True),
        key=KEY,
    )
    said = read(result)
    assert said.PatientIdentityRemoved == "YES"
    codes = [item.CodeValue for item in said.DeidentificationMethodCodeSequence]
    assert codes == ["113100", "113101"]
    assert said.BurnedInAnnotation == "NO"
    shown = read_dicom("film", result)
    assert np.array_equal(shown.pixels, painted)
    assert shown.window == Window(2000.0, 3500.0)
    assert shown.monochrome1
    assert shown.spacing_mm == (0.2, 0.2)
    assert shown.header.projection.value == "PA"
    assert said.SOPClassUID == DX


def test_text_that_was_left_is_stated() -> None:
    said = read(deidentify(dicom_bytes(), film(text_left=True), key=KEY))
    assert said.BurnedInAnnotation == "YES"
    assert [item.CodeValue for item in said.DeidentificationMethodCodeSequence] == ["113100"]


def test_uids_are_the_same_under_one_key_and_others_under_another() -> None:
    study = generate_uid()
    first, second = (dicom_bytes(StudyInstanceUID=study) for _ in range(2))
    uids = [read(deidentify(each, film(), key=KEY)) for each in (first, second)]
    assert uids[0].StudyInstanceUID == uids[1].StudyInstanceUID == replaced_uid(study, KEY)
    assert uids[0].SOPInstanceUID != uids[1].SOPInstanceUID
    other = read(deidentify(first, film(), key=b"l" * 32))
    assert other.StudyInstanceUID != uids[0].StudyInstanceUID
    assert other.SOPInstanceUID == other.file_meta.MediaStorageSOPInstanceUID


def test_a_phantom_stays_labelled() -> None:
    said = read(deidentify(dicom_bytes(Manufacturer=PHANTOM_MANUFACTURER), film(), key=KEY))
    assert said.Manufacturer == PHANTOM_MANUFACTURER
    assert "phantom" in said.ImageComments


def test_a_plain_image_becomes_a_secondary_capture() -> None:
    result = deidentify(image_bytes(film_pixels().astype(np.uint8)), film(), key=KEY)
    assert read_dicom("film", result).pixels.shape == PIXELS.shape
    assert "Secondary Capture" in read(result).SOPClassUID.name


@st.composite
def _hidden(draw: st.DrawFn) -> tuple[str, str, int]:
    """An attribute of the standard's dictionary that holds text, a value, and how deep it lies."""
    return draw(st.sampled_from(KEYWORDS)), draw(MARKS), draw(st.integers(0, 3))


def _textual_keywords() -> list[str]:
    from pydicom._dicom_dict import DicomDictionary

    return sorted(
        keyword_for_tag(tag)
        for tag in DicomDictionary
        if dictionary_VR(tag) in TEXTUAL and tag >> 16 not in (0x0000, 0x0002, 0x0004)
        and keyword_for_tag(tag)
    )  # fmt: skip


KEYWORDS = _textual_keywords()


def _put(dataset: Dataset, keyword: str, value: str, depth: int) -> None:
    for level in range(depth):
        inner = Dataset()
        name = ("RequestAttributesSequence", "ViewCodeSequence", "AnatomicRegionSequence")[level]
        setattr(dataset, name, Sequence([inner]))
        dataset = inner
    setattr(dataset, keyword, value)
    dataset.add_new((0x0009, 0x0010), "LO", "MAKER")
    dataset.add_new((0x0009, 0x1001), "LO", value)
    dataset.add_new((0x6000, 0x3000), "OW", value.encode().ljust(20, b" "))
    dataset.add_new((0x5000, 0x2500), "LO", value)


@given(st.lists(_hidden(), min_size=1, max_size=6))
@settings(max_examples=25, deadline=None)
def test_text_in_any_attribute_at_any_depth_is_gone(hidden: list[tuple[str, str, int]]) -> None:
    source = read(dicom_bytes())
    for keyword, value, depth in hidden:
        _put(source, keyword, value, depth)
    buffer = io.BytesIO()
    source.save_as(buffer)
    result = deidentify(buffer.getvalue(), film(), key=KEY)
    for _, value, _ in hidden:
        assert value.encode() not in result


def test_the_profile_alone_reaches_sequences_within_sequences() -> None:
    source = read(dicom_bytes())
    uid = generate_uid()
    inner, deeper = Dataset(), Dataset()
    deeper.PatientName, deeper.PatientID, deeper.ReferencedSOPInstanceUID = "ROE^RICHARD", "99", uid
    inner.ReferencedImageSequence = Sequence([deeper])
    # Not in the table: the library itself would leave what lies in it.
    source.AnatomicRegionSequence = Sequence([inner])
    buffer = io.BytesIO()
    source.save_as(buffer)
    kept = profiled(buffer.getvalue(), KEY)
    assert "ROE" not in str(kept)
    assert uid not in str(kept)


# --- real files ---------------------------------------------------------------------------------


def _films() -> Iterator[bytes]:
    """The real files that are taken in."""
    for path in sorted((Path(os.environ["OVERREAD_TEST_DATA"]) / "dicom").glob("*.dcm")):
        content = path.read_bytes()
        with contextlib.suppress(IntakeError):
            read_file("film", content)
            yield content


def _identifying(dataset: Dataset) -> Iterator[bytes]:
    """What a header says in words, names, dates and UIDs, as it stands in the file."""
    for element in dataset.iterall():
        if element.VR in TEXTUAL | {"DA", "DT", "AE", "AS"} or element.tag.is_private:
            raw = element.value if isinstance(element.value, bytes) else str(element.value).encode()
            if len(raw.strip(b" \0")) >= 6:
                yield raw.strip(b" \0")
        elif (
            element.VR == "UI"
            and element.value
            and pydicom.uid.UID(str(element.value)).name == element.value
        ):
            yield str(element.value).encode()


@pytest.mark.films
def test_nothing_of_a_real_header_is_left() -> None:
    seen = 0
    for content in _films():
        result = deidentify(content, film(pixels=np.zeros((8, 8), np.uint16)), key=KEY)
        dataset = pydicom.dcmread(io.BytesIO(content), force=True, stop_before_pixels=True)
        left = {value for value in _identifying(dataset) if value in result}
        # Words of the standard that every object states.
        assert left <= {b"postero-anterior"}
        assert not any(element.tag.is_private for element in read(result).iterall())
        seen += 1
    assert seen > 10
