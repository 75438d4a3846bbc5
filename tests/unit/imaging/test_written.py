"""Names and other text of a header: character sets, directions, lengths, dates, identifiers."""

from __future__ import annotations

import datetime as dt

import pytest
from pydicom.dataset import Dataset

from core.domain.study import Projection
from core.imaging.header import projection_of
from core.imaging.intake import read_file
from core.imaging.radiograph import Header
from tests.factories import dicom_bytes

MARK = b"MARK" * 16


def header(**tags: object) -> Header:
    return read_file("a.dcm", dicom_bytes(**tags)).header


def header_of_name(character_set: str | None, name: bytes) -> Header:
    """A header whose patient's name is exactly these bytes, padded with spaces."""
    content = dicom_bytes(SpecificCharacterSet=character_set, PatientName=MARK.decode())
    assert len(name) <= len(MARK) and content.count(MARK) == 1
    return read_file("a.dcm", content.replace(MARK, name.ljust(len(MARK)))).header


@pytest.mark.filterwarnings("ignore::UserWarning:pydicom")
@pytest.mark.parametrize(
    ("character_set", "stored", "name"),
    [
        # The examples of PS3.5 annexes H, I, J and K.
        ("\\ISO 2022 IR 87",
         b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B",
         "Yamada^Tarou=山田^太郎=やまだ^たろう"),
        ("ISO 2022 IR 13\\ISO 2022 IR 87",
         b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J",
         "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎"),
        ("\\ISO 2022 IR 149",
         b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf",
         "Hong^Gildong=洪^吉洞=홍^길동"),
        ("GB18030", "Wang^XiaoDong=王^小东".encode("gb18030"), "Wang^XiaoDong=王^小东"),
        ("GBK", "王^小东".encode("gbk"), "王^小东"),
        ("ISO_IR 192", "முருகன்^கோ".encode(), "முருகன்^கோ"),
        ("ISO_IR 100", "Müller^Jürgen".encode("latin-1"), "Müller^Jürgen"),
        ("ISO_IR 144", "Иванов^Пётр".encode("iso8859-5"), "Иванов^Пётр"),
        ("ISO_IR 166", "สมชาย".encode("iso8859-11"), "สมชาย"),
        # Nothing said, the wrong thing said, or said in other words.
        (None, "Müller^Jürgen".encode(), "Müller^Jürgen"),
        (None, "山田^太郎".encode(), "山田^太郎"),
        (None, "Müller".encode("latin-1"), "Müller"),
        ("ISO_IR 100", "Łukasz^Żak".encode(), "Łukasz^Żak"),
        ("ISO_IR 6", "Zoë".encode(), "Zoë"),
        ("UTF-8", "Zoë".encode(), "Zoë"),
        ("nonsense", "Zoë".encode(), "Zoë"),
        ("ISO IR 192", "Zoë".encode(), "Zoë"),
        ("ISO_IR 192\\ISO 2022 IR 87", "Zoë".encode(), "Zoë"),
        (None, b"\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B", "山田^太郎"),
    ],
)  # fmt: skip
def test_names_are_read_in_the_character_set_they_are_written_in(
    character_set: str | None, stored: bytes, name: str
) -> None:
    assert header_of_name(character_set, stored).patient.name == name


def test_bytes_of_no_character_set_are_not_made_up() -> None:
    assert "�" in header_of_name("ISO_IR 192", b"M\xfcller").patient.name


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("=HYPERLINK(1)", "=HYPERLINK(1)"),
        ("DOE\nJANE", "DOE JANE"),
        ("DOE\r\n\tJANE", "DOE JANE"),
        ("DOE\u202eENAJ", "DOEENAJ"),
        ("\u2066DOE\u2069", "DOE"),
        ("DOE\u200f\u200e\u061c", "DOE"),
        ("DOE\x00\x07\x1b[31m", "DOE[31m"),
        ("عبد^الله", "عبد^الله"),
        ("دانش\u200cآموز", "دانش\u200cآموز"),
        ("  DOE^JANE  ", "DOE^JANE"),
        ("\ufeffDOE", "DOE"),
        ("山田　太郎", "山田 太郎"),
    ],
)
def test_a_name_is_one_line_that_reorders_nothing(written: str, read: str) -> None:
    assert header(PatientName=written).patient.name == read


@pytest.mark.parametrize(
    "keyword", ["PatientName", "PatientID", "AccessionNumber", "StudyDescription", "Modality",
                "BodyPartExamined", "PatientSex", "PatientAge", "ReasonForStudy"]
)  # fmt: skip
def test_no_text_is_long(keyword: str) -> None:
    value = "DX" if keyword == "Modality" else "x" * 10_000
    made = header(**{keyword: value})
    texts = [*vars(made).values(), *vars(made.patient).values()]
    assert all(len(text) <= 1024 for text in texts if isinstance(text, str))


def test_of_several_values_the_first_is_taken_and_prose_keeps_its_backslashes() -> None:
    made = header(PatientID=["1", "2"], AdditionalPatientHistory="a\\b", ReasonForStudy=None)
    assert made.patient.patient_id == "1" and made.indication == "a\\b"


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("19570305", dt.date(1957, 3, 5)),
        ("1957.03.05", dt.date(1957, 3, 5)),
        ("19570231", None),
        ("00000000", None),
        ("99999999", None),
        ("1957", None),
        ("yesterday", None),
        ("195703051", None),
        ("", None),
    ],
)
def test_what_is_no_date_is_none(date: str, expected: dt.date | None) -> None:
    made = header(PatientBirthDate=date, StudyDate=date)
    assert made.patient.birth_date == expected
    assert (made.study_datetime and made.study_datetime.date()) == expected


@pytest.mark.parametrize(
    ("time", "expected"),
    [("091400.123", dt.time(9, 14)), ("0914", dt.time(9, 14)), ("09:14:00", dt.time(9, 14)),
     ("", dt.time()), ("256099", dt.time()), ("noon", dt.time())],
)  # fmt: skip
def test_what_is_no_time_is_midnight(time: str, expected: dt.time) -> None:
    made = header(StudyTime=time)
    assert made.study_datetime is not None and made.study_datetime.time() == expected


@pytest.mark.parametrize(
    "uid", ["1", "1.2.x", "a.b", "1..2", ".1.2", "1.2.", "9" * 65, "../../etc", "1.2 3.4"]
)
def test_a_malformed_identifier_is_replaced_by_one_and_the_same(uid: str) -> None:
    tags = dict.fromkeys(("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"), uid)
    first, second = header(**tags), header(**tags)
    identifiers = {first.sop_instance_uid, first.study_instance_uid, first.series_instance_uid}
    assert first == second and len(identifiers) == 3
    assert all(made.startswith("2.25.") for made in identifiers)


def test_a_view_may_be_told_by_its_code() -> None:
    item = Dataset()
    item.CodeMeaning = "postero-anterior"
    assert header(ViewPosition=None, ViewCodeSequence=[item]).projection is Projection.PA
    assert projection_of(Dataset()) is Projection.UNKNOWN
