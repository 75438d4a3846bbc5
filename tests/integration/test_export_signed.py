"""Signed reports leave as a source of a corpus, without whoever they are of. On both databases."""

from __future__ import annotations

import json
import logging
import struct
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.domain.errors import SignedRecordBrokenError, StorageFullError
from core.domain.reader import Reader
from core.domain.report import Sections
from core.domain.training_errors import CorpusError
from core.training.__main__ import main as train
from core.training.corpus.folder import open_corpus
from core.training.corpus.sources.opening import open_source
from dashboard.__main__ import main
from dashboard.services import export_signed as exports
from dashboard.services.addendum import add_addendum
from dashboard.services.consent import give_consent
from dashboard.services.edit_report import open_review
from dashboard.services.export_search import holds_contact
from dashboard.services.export_signed import LeftOut, export_signed
from dashboard.workspace import Workspace
from tests.factories import film_pixels
from tests.integration.conftest import take_in
from tests.integration.test_report_life_cycle import write_and_sign

TEXT = Sections(findings="There is a left pleural effusion.", impression="Left pleural effusion.")
Drafted = Callable[..., int]


def sign_one(
    place: Workspace, reader: Reader, text: Sections = TEXT, seed: int = 0, **tags: object
) -> int:
    pixels = film_pixels(220, 200 + 10 * seed, seed)
    study = take_in(place, reader, pixels=pixels, **tags).study_id
    write_and_sign(place, study, reader, text)
    give_consent(place, [study], reader=reader)
    return study


def test_signed_studies_are_read_back_as_a_source(
    either: Workspace, reader: Reader, tmp_path: Path
) -> None:
    studies = [sign_one(either, reader, seed=seed) for seed in (1, 2)]
    sign_one(either, reader, seed=3, PatientID="0815", PatientName="ROE^RICHARD")
    exported = export_signed(either, tmp_path / "signed")
    assert (exported.studies, exported.patients, exported.left_out) == (3, 2, {})
    source = open_source("ledger", tmp_path / "signed")
    records = list(source.records())
    assert source.count() == 3 and not source.refused
    assert len({record.group for record in records}) == 2
    for record in records:
        assert record.caption == f"{TEXT.findings}\n\n{TEXT.impression}" and record.chest
    film = open_review(either, studies[0]).study.instances[0]
    shown = exports.films.grey(either, film)
    levels = [
        cv2.imdecode(np.frombuffer(each.image(), np.uint8), cv2.IMREAD_UNCHANGED)
        for each in records
    ]
    assert any(np.array_equal(each, np.rint(shown * 255)) for each in levels)


def test_an_export_is_imported_as_a_corpus(
    place: Workspace, reader: Reader, tmp_path: Path
) -> None:
    for seed in range(3):
        sign_one(place, reader, seed=seed, PatientID=f"P{seed}")
    export_signed(place, tmp_path / "signed")
    command = ["corpus", "import", "ledger", str(tmp_path / "signed"), "--out"]
    assert train([*command, str(tmp_path / "corpus")]) == 0
    corpus = open_corpus(tmp_path / "corpus")
    assert sum(corpus.manifest.samples.values()) == 3 and not any(corpus.manifest.drops.values())


def test_nothing_that_identifies_leaves(place: Workspace, reader: Reader, tmp_path: Path) -> None:
    sign_one(place, reader)
    hashes = set()
    for name in ("one", "two"):
        export_signed(place, tmp_path / name)
        content = b"".join(path.read_bytes() for path in (tmp_path / name).rglob("*.*"))
        for known in (b"DOE", b"JANE", b"19570305", b"20-118", b"Dr. Test", b"1.2.826"):
            assert known not in content
        hashes.add(json.loads((tmp_path / name / "ledger.jsonl").read_bytes())["patient"])
    (png,) = (tmp_path / "one" / "images").iterdir()
    assert chunks(png.read_bytes()) <= {b"IHDR", b"IDAT", b"IEND"}
    # Another key in each: their films alone join them.
    assert len(hashes) == 2


def chunks(png: bytes) -> set[bytes]:
    """The kinds of chunk in a PNG file."""
    kinds, place = set(), 8
    while place < len(png):
        (size,) = struct.unpack(">I", png[place : place + 4])
        kinds.add(png[place + 4 : place + 8])
        place += size + 12
    return kinds


def test_what_is_left_out_is_counted(place: Workspace, reader: Reader, tmp_path: Path) -> None:
    written: list[tuple[Sections, dict[str, object]]] = [
        (Sections(findings=" ", impression="Effusion."), {}),
        (TEXT, {"ViewPosition": "LL"}),
        (TEXT, {"ViewPosition": None}),
        (Sections(findings="Mrs. Doe is well.", impression="Clear."), {}),
        (Sections(findings="Clear.", impression="Born 05.03.1957."), {}),
        (Sections(findings="Clear.", impression="See 20-118."), {}),
        (TEXT, {"PatientID": "", "PatientName": "ROE^RICHARD"}),
        (Sections(findings="Clear.", impression="Discussed with Dr. Miller."), {}),
        (Sections(findings="Read by Test.", impression="Clear."), {}),
        (Sections(findings="Clear.", impression="Compared with 19.11.2026."), {}),
        (Sections(findings="Clear.", impression="Unchanged since 20261120."), {}),
        (Sections(findings="Clear.", impression="Called, 030 450 12-34."), {}),
    ]
    for seed, (text, tags) in enumerate(written):
        sign_one(place, reader, text, seed, **tags)
    taken_back = sign_one(place, reader, seed=10)
    add_addendum(place, taken_back, "The effusion is on the right.", reader=reader)
    take_in(place, reader, pixels=film_pixels(seed=11))  # not signed
    exported = export_signed(place, tmp_path / "signed")
    assert exported.studies == 0 and exported.left_out == {
        LeftOut.EMPTY: 1,
        LeftOut.NO_FRONTAL: 2,
        LeftOut.NO_PATIENT: 1,
        LeftOut.IDENTITY: 3,
        LeftOut.PERSON: 2,
        LeftOut.DATE: 2,
        LeftOut.CONTACT: 1,
        LeftOut.ADDENDUM: 1,
    }
    assert list(open_source("ledger", tmp_path / "signed").records()) == []


def test_what_is_known_of_other_studies_of_the_patient_is_searched_for(
    either: Workspace, reader: Reader, tmp_path: Path
) -> None:
    """Signed or not, and under a name that the patient bears no more."""
    sign_one(either, reader, Sections(findings="Compared to A-9981.", impression="Clear."), 1)
    sign_one(either, reader, Sections(findings="Mrs. Smith-Doe.", impression="Clear."), 2)
    sign_one(either, reader, Sections(findings="Formerly Miller.", impression="Clear."), 3)
    take_in(
        either,
        reader,
        pixels=film_pixels(seed=4),
        AccessionNumber="A-9981",
        PatientName="MILLER^JANE",
    )
    sign_one(either, reader, seed=5, PatientID="0815", PatientName="ROE^RICHARD")
    exported = export_signed(either, tmp_path / "signed")
    assert (exported.studies, exported.left_out) == (1, {LeftOut.IDENTITY: 3})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Call 555-1234.", True),
        ("Informed, tel. 4711.", True),
        ("Pager no. 123", True),
        ("Write to a.b@c.org", True),
        ("+49 (0)30 1234567", True),
        ("A nodule of 1.2 x 3.4 x 5.6 cm, once 10 mm; ribs 5-7.", False),
        ("Cardiothoracic ratio 15.2/29.1.", False),
        ("Extension into 3 lobes.", False),
    ],
)
def test_what_may_reach_somebody_is_found(text: str, found: bool) -> None:
    assert holds_contact(text) is found


def test_a_folder_that_is_there_is_not_touched(place: Workspace, tmp_path: Path) -> None:
    (tmp_path / "signed").mkdir()
    with pytest.raises(CorpusError, match="there is something of the name signed already"):
        export_signed(place, tmp_path / "signed")
    assert list((tmp_path / "signed").iterdir()) == []


def test_a_failed_export_leaves_nothing(
    place: Workspace, reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_one(place, reader)

    def full(path: Path, content: bytes) -> None:
        path.write_bytes(content[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exports, "replace_file", full)
    before = set(tmp_path.iterdir())
    with pytest.raises(StorageFullError):
        export_signed(place, tmp_path / "signed")
    assert set(tmp_path.iterdir()) == before


def test_a_broken_chain_is_not_exported(place: Workspace, reader: Reader, tmp_path: Path) -> None:
    study = sign_one(place, reader)
    film = open_review(place, study).study.instances[0]
    path = place.blobs.path(film.pixel_blob_digest)
    path.chmod(0o600)
    path.write_bytes(b"exchanged")
    with pytest.raises(SignedRecordBrokenError):
        export_signed(place, tmp_path / "signed")
    assert not (tmp_path / "signed").exists()


def test_the_command_logs_counts_and_no_text(
    place: Workspace, reader: Reader, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sign_one(place, reader)
    with caplog.at_level(logging.INFO):
        assert main(["export-signed", str(tmp_path / "signed")]) == 0
        assert main(["export-signed", str(tmp_path / "signed")]) == 1
    assert "exported 1 signed studies of 1 patients" in caplog.text
    assert "effusion" not in caplog.text and "DOE" not in caplog.text
