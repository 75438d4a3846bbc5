"""Archives: what comes out, what is passed over, and what no archive can make this program do."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
import zlib
from dataclasses import replace

import pytest

from core.domain.errors import (
    FileTooLargeError,
    IntakeError,
)
from core.domain.import_errors import (
    DamagedArchiveError,
    DamagedMemberError,
    EmptyArchiveError,
    LockedFileError,
    NestedArchiveError,
    UnsafeArchiveError,
    UnsafeNameError,
    UnsupportedCompressionError,
)
from core.imaging.archive import LIMITS, Limits, Member, RefusedMember, is_archive, members

NOISE = bytes(range(256)) * 40


def zipped(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return target.getvalue()


def read(content: bytes, limits: Limits = LIMITS) -> list[Member | RefusedMember]:
    assert is_archive(content[:132])
    return list(members("cd.zip", io.BytesIO(content), limits=limits))


def refusal(content: bytes, limits: Limits = LIMITS) -> IntakeError:
    """The error of the one refused member."""
    [found] = read(content, limits)
    assert isinstance(found, RefusedMember)
    return found.error


def test_members_come_out_in_order_with_a_name_for_messages() -> None:
    found = read(zipped(("IMAGES/IM0002", NOISE), ("IMAGES/IM0001", b"second")))
    assert [(item.position, item.name) for item in found] == [
        (0, "cd.zip: IMAGES/IM0002"),
        (1, "cd.zip: IMAGES/IM0001"),
    ]
    assert [item.content for item in found if isinstance(item, Member)] == [NOISE, b"second"]


def test_stored_members_are_read_as_well() -> None:
    [found] = read(zipped(("a", NOISE), method=zipfile.ZIP_STORED))
    assert isinstance(found, Member) and found.content == NOISE


def test_an_archive_is_known_by_its_content() -> None:
    assert is_archive(zipped(("a", b"1")))
    assert not is_archive(b"\x89PNG\r\n\x1a\n") and not is_archive(b"") and not is_archive(b"PK")
    preamble = zipped(("a", b"1"))[:128].ljust(128, b"\0")
    assert not is_archive(preamble + b"DICM")


def test_debris_is_passed_over_without_a_word() -> None:
    debris = [
        "IMAGES/", "__MACOSX/._IM1", "IMAGES/.DS_Store", "Thumbs.db", "x/desktop.ini", "DICOMDIR",
        "sub/DICOMDIR", "a/._IM2",
    ]  # fmt: skip
    found = read(zipped(*((name, b"x") for name in debris), ("IMAGES/IM1", NOISE)))
    assert [item.name for item in found] == ["cd.zip: IMAGES/IM1"]


def test_an_archive_of_debris_alone_is_empty() -> None:
    for content in (zipped(), zipped(("a/", b""), ("Thumbs.db", b"x"))):
        with pytest.raises(EmptyArchiveError):
            read(content)


def test_reading_goes_on_from_a_position() -> None:
    content = zipped(("a", b"1"), ("Thumbs.db", b""), ("b", b"2"), ("c", b"3"))
    found = list(members("cd.zip", io.BytesIO(content), start=1))
    assert [(item.position, item.name) for item in found] == [(2, "cd.zip: b"), (3, "cd.zip: c")]


@pytest.mark.parametrize(
    "name",
    ["../up", "a/../../up", "/etc/passwd", "C:\\films\\a", "\\\\host\\share\\a", "a\\..\\..\\b"],
)
def test_names_that_lead_outside_are_refused_and_the_rest_goes_on(name: str) -> None:
    found = read(zipped((name, NOISE), ("good", NOISE)))
    assert isinstance(found[0], RefusedMember) and isinstance(found[0].error, UnsafeNameError)
    assert isinstance(found[1], Member)


def test_a_link_is_refused() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    assert isinstance(refusal(target.getvalue()), UnsafeNameError)


def test_names_are_shown_without_tricks() -> None:
    tricky = "IM\u202egnp.exe\n<b>" + "x" * 10_000
    [found] = read(zipped((tricky, NOISE)))
    assert found.name.startswith("cd.zip: IMgnp.exe<b>xxx") and "…" in found.name
    assert len(found.name) < 140 and found.name.isprintable()


def test_an_archive_in_an_archive_is_refused() -> None:
    assert isinstance(refusal(zipped(("in.dcm", zipped(("a", b"1"))))), NestedArchiveError)


def test_a_password_is_asked_of_nobody() -> None:
    content = bytearray(zipped(("a", NOISE)))
    content[6] |= 1
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    assert isinstance(refusal(bytes(content)), LockedFileError)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_unpack_in_one_step_are_refused(method: int) -> None:
    assert isinstance(refusal(zipped(("a", NOISE), method=method)), UnsupportedCompressionError)


def test_an_unknown_method_is_refused() -> None:
    content = bytearray(zipped(("a", NOISE)))
    struct.pack_into("<H", content, 8, 99)
    struct.pack_into("<H", content, content.rindex(b"PK\x01\x02") + 10, 99)
    assert isinstance(refusal(bytes(content)), UnsupportedCompressionError)


def test_a_wrong_checksum_is_one_members_trouble() -> None:
    content = bytearray(zipped(("a", NOISE), ("b", NOISE), method=zipfile.ZIP_STORED))
    content[40] ^= 1
    found = read(bytes(content))
    assert isinstance(found[0], RefusedMember) and isinstance(found[0].error, DamagedMemberError)
    assert isinstance(found[1], Member)


def test_damaged_compression_is_one_members_trouble() -> None:
    content = bytearray(zipped(("a", zlib.compress(NOISE) * 9), ("b", NOISE)))
    content[31:60] = b"\xff" * 29
    found = read(bytes(content))
    assert isinstance(found[0], RefusedMember) and isinstance(found[0].error, DamagedMemberError)
    assert isinstance(found[1], Member)


@pytest.mark.parametrize("part", [0.01, 0.2, 0.5, 0.9, 0.999])
def test_a_truncated_archive_is_refused_as_a_whole(part: float) -> None:
    content = zipped(*((f"a{number}", NOISE) for number in range(20)))
    with pytest.raises(DamagedArchiveError):
        read(content[: max(4, int(len(content) * part))])


def test_sizes_are_limits_before_anything_is_unpacked() -> None:
    limits = replace(LIMITS, member=5000)
    assert isinstance(refusal(zipped(("a", NOISE)), limits), FileTooLargeError)
    with pytest.raises(FileTooLargeError):
        read(zipped(("a", NOISE)), replace(LIMITS, archive=50))


def test_a_member_that_lies_about_its_size_yields_no_more_than_it_says() -> None:
    content = bytearray(zipped(("bomb", bytes(20_000_000))))
    directory = content.rindex(b"PK\x01\x02")
    for at in (22, directory + 24):
        struct.pack_into("<I", content, at, 1000)
    tracemalloc.start()
    assert isinstance(refusal(bytes(content)), DamagedMemberError)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_a_bomb_is_left_when_it_swells() -> None:
    limits = replace(LIMITS, ratio_from=1_000_000)
    bomb = zipped(("bomb", bytes(50_000_000)), ("good", NOISE))
    tracemalloc.start()
    found = read(bomb, limits)
    assert tracemalloc.get_traced_memory()[1] < 25_000_000
    tracemalloc.stop()
    assert isinstance(found[0], RefusedMember) and isinstance(found[0].error, UnsafeArchiveError)
    assert isinstance(found[1], Member)


def test_a_black_film_packs_a_thousandfold_and_is_no_bomb() -> None:
    [found] = read(zipped(("black", bytes(10_000_000))))
    assert isinstance(found, Member)


def test_the_archive_ends_where_it_has_unpacked_too_much() -> None:
    limits = replace(LIMITS, unpacked=2 * len(NOISE))
    content = zipped(*((f"a{number}", NOISE) for number in range(9)))
    found = []
    with pytest.raises(UnsafeArchiveError):
        for item in members("cd.zip", io.BytesIO(content), limits=limits):
            found.append(item)
    assert len(found) == 2


def test_too_many_members_are_refused_before_their_directory_is_in_memory() -> None:
    content = zipped(*((f"a{number}", b"") for number in range(2000)))
    with pytest.raises(UnsafeArchiveError):
        read(content, replace(LIMITS, members=1999))
    with pytest.raises(UnsafeArchiveError):
        read(content, replace(LIMITS, directory=70_000))


def overlapping() -> bytes:
    """Two entries of the directory that name one member, as the simplest of such bombs has it."""
    content = zipped(("a", NOISE))
    start = content.rindex(b"PK\x01\x02")
    end = content.rindex(b"PK\x05\x06")
    directory = content[start:end]
    tail = bytearray(content[end:])
    struct.pack_into("<HHI", tail, 8, 2, 2, 2 * len(directory))
    return content[:start] + 2 * directory + bytes(tail)


def quoted() -> bytes:
    """A member whose compressed data holds the next member whole (Fifield 2019, section 3)."""
    inner = zipped(("b", NOISE), method=zipfile.ZIP_STORED)
    inner = inner[: inner.rindex(b"PK\x01\x02")]
    outer = zipped(("a", inner), method=zipfile.ZIP_STORED)
    start, end = outer.rindex(b"PK\x01\x02"), outer.rindex(b"PK\x05\x06")
    entry = bytearray(outer[start:end])
    struct.pack_into("<III", entry, 16, zlib.crc32(NOISE), len(NOISE), len(NOISE))
    struct.pack_into("<I", entry, 42, outer.index(inner))
    entry[46:47] = b"b"
    tail = bytearray(outer[end:])
    struct.pack_into("<HHI", tail, 8, 2, 2, end - start + len(entry))
    return outer[:end] + bytes(entry) + bytes(tail)


@pytest.mark.parametrize("content", [overlapping(), quoted()], ids=["one twice", "quoted"])
def test_entries_that_share_bytes_are_a_bomb(content: bytes) -> None:
    assert len(zipfile.ZipFile(io.BytesIO(content)).infolist()) == 2
    with pytest.raises(UnsafeArchiveError):
        read(content)


def test_any_byte_may_be_wrong() -> None:
    """Whatever stands in an archive, members or refusals come out, and nothing else."""
    whole = zipped(("a", NOISE[:300]), ("IMAGES/b", b"film"), ("../c", b"x"))
    for at in range(len(whole)):
        for value in (0, 0x55, 0xFF):
            content = bytearray(whole)
            content[at] = value
            try:
                found = list(members("cd.zip", io.BytesIO(content)))
            except IntakeError as error:
                assert error.facts["file"].startswith("cd.zip")
            else:
                assert found


def test_zip64_is_read() -> None:
    target = io.BytesIO()
    with (
        zipfile.ZipFile(target, "w", allowZip64=True) as archive,
        archive.open(zipfile.ZipInfo("a"), "w", force_zip64=True) as member,
    ):
        member.write(NOISE)
    [found] = read(target.getvalue())
    assert isinstance(found, Member) and found.content == NOISE
