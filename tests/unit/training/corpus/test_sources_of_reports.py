"""Sources of reports and of ready data sets: Open-i, our own ledger, Hugging Face folders."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from core.domain.training_errors import CorpusError
from core.training.corpus.sources.opening import open_source
from tests import made_corpora
from tests.made_pictures import film, png


def test_xml_reports_give_findings_and_impression_of_the_frontal(tmp_path: Path) -> None:
    made = made_corpora.openi_xml(tmp_path / "openi")
    source = open_source("openi", made.folder)
    records = list(source.records())
    assert tuple(record.identifier for record in records) == made.kept
    assert dict(source.refused) == made.refused
    first = records[0]
    assert first.caption == "The heart is enlarged. No XXXX pleural effusion.\n\nCardiomegaly."
    assert first.licence == "CC BY-NC-ND 4.0" and first.chest
    assert first.group == "report-1" and first.image()


def test_of_the_tables_frontal_images_alone_are_read(tmp_path: Path) -> None:
    made = made_corpora.openi_csv(tmp_path / "openi")
    source = open_source("openi", made.folder)
    records = list(source.records())
    assert tuple(record.identifier for record in records) == made.kept
    assert all(record.image_bytes for record in records)
    assert source.count() == len(made.kept)


def test_tables_that_name_a_file_elsewhere_are_counted(tmp_path: Path) -> None:
    made = made_corpora.openi_csv(tmp_path / "openi")
    rows = [("1", "../../etc/passwd", "Frontal"), ("1", "", "Frontal")]
    made_corpora.append_csv(made.folder / "indiana_projections.csv", rows)
    source = open_source("openi", made.folder)
    assert len(list(source.records())) == len(made.kept)
    assert source.refused["identifier"] == 2


# --- Hugging Face -------------------------------------------------------------------------------


def test_parquet_files_are_read_in_order(tmp_path: Path) -> None:
    made = made_corpora.parquet(tmp_path / "hub")
    source = open_source("huggingface", made.folder)
    records = list(source.records())
    assert tuple(record.identifier for record in records) == made.kept
    assert source.count() == len(made.kept)
    assert records[0].concepts == ("C1306645", "C0817096")
    assert (
        records[0].image()[:2] == b"\xff\xd8" and len(records[0].image()) == records[0].image_bytes
    )


def test_a_saved_data_set_is_read_split_by_split(tmp_path: Path) -> None:
    made = made_corpora.saved_dataset(tmp_path / "saved")
    source = open_source("huggingface", made.folder)
    records = list(source.records())
    assert tuple(record.identifier for record in records) == made.kept
    assert source.count() == len(made.kept)
    assert records[1].caption == made_corpora.CAPTIONS[1] and records[1].image()[:2] == b"\xff\xd8"


def test_a_column_of_words_can_be_named(tmp_path: Path) -> None:
    made = made_corpora.parquet(tmp_path / "hub")
    source = open_source("huggingface", made.folder, caption="image_id")
    assert next(source.records()).caption == "train_0000"
    with pytest.raises(CorpusError, match="no column report_words"):
        open_source("huggingface", made.folder, caption="report_words")


def test_a_row_without_its_picture_or_words_is_a_record_that_can_be_counted(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [
        {"image": {"bytes": None, "path": "/etc/passwd"}, "caption": "Chest radiograph."},
        {"image": None, "caption": None},
        {"image": {"bytes": b"x", "path": None}, "caption": "Chest radiograph."},
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "train.parquet")
    records = list(open_source("huggingface", tmp_path).records())
    assert [record.image_bytes for record in records] == [0, 0, 1]
    assert [record.caption for record in records][1] == ""
    for record in records[:2]:
        with pytest.raises(OSError):
            record.image()


@pytest.mark.parametrize("cell", [b"x", {"bytes": b"x"}], ids=["bytes", "dict of bytes alone"])
def test_a_picture_may_be_its_bytes_alone(tmp_path: Path, cell: object) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pylist([{"image": cell, "text": "Chest radiograph."}])
    pq.write_table(table, tmp_path / "rows.parquet")
    (record,) = open_source("huggingface", tmp_path).records()
    assert record.image() == b"x" and record.image_bytes == 1


@pytest.mark.parametrize(
    "names",
    [
        ("train.parquet", "test.parquet"),
        ("default/train/0000.parquet", "default/test/0000.parquet"),
    ],
    ids=["named after their split", "in folders of their split"],
)
def test_splits_that_each_count_from_nought_lose_no_row(
    tmp_path: Path, names: tuple[str, str]
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [{"image": b"x", "text": "Chest radiograph.", "id": number} for number in (0, 1, 1)]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / name)
    source = open_source("huggingface", tmp_path)
    records = list(source.records())
    # Files are read by name: test before train.
    assert [record.identifier for record in records] == ["0", "1", "train-0", "train-1"]
    assert len({record.group for record in records}) == 4
    assert source.refused == {"duplicate_identifier": 2}


def test_splits_that_are_no_names_are_passed_over(tmp_path: Path) -> None:
    made = made_corpora.saved_dataset(tmp_path / "saved", films=1)
    (made.folder / "dataset_dict.json").write_text('{"splits": [1, null, "train"]}')
    records = list(open_source("huggingface", made.folder).records())
    assert [record.identifier for record in records] == ["train-0"]


def test_a_damaged_parquet_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "train.parquet").write_bytes(b"PAR1 nothing PAR1")
    with pytest.raises(CorpusError, match=r"train.parquet cannot be read"):
        open_source("huggingface", tmp_path)


def test_reading_a_data_set_imports_no_torch(tmp_path: Path) -> None:
    made = made_corpora.parquet(tmp_path / "hub", films=1)
    code = (
        "import sys; from pathlib import Path;"
        "from core.training.corpus.sources.opening import open_source;"
        f"list(open_source('huggingface', Path({str(made.folder)!r})).records());"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- our own ledger -----------------------------------------------------------------------------


def exported(folder: Path, *lines: str) -> str:
    """An export with one picture; returns its digest."""
    encoded = png(film(1))
    digest = hashlib.sha256(encoded).hexdigest()
    (folder / "images").mkdir()
    (folder / "images" / f"{digest}.png").write_bytes(encoded)
    sections = {"findings": "Left pleural effusion.", "impression": "Effusion."}
    study = {"schema": 1, "patient": "9f3c", "sections": sections, "images": [digest]}
    (folder / "ledger.jsonl").write_text("\n".join([json.dumps(study), *lines]) + "\n")
    return digest


def test_a_signed_study_is_a_record_of_its_patient(tmp_path: Path) -> None:
    digest = exported(tmp_path)
    (record,) = open_source("ledger", tmp_path).records()
    assert record.identifier == digest and record.group == "9f3c" and record.chest
    assert record.caption == "Left pleural effusion.\n\nEffusion." and record.image()


@pytest.mark.parametrize(
    "line",
    [
        "{broken",
        "[1]",
        '{"schema": 2, "patient": "a", "sections": {}, "images": []}',
        '{"schema": 1, "patient": 5, "sections": {}, "images": []}',
        '{"schema": 1, "patient": "a", "sections": {"findings": 1}, "images": []}',
        '{"schema": 1, "patient": "a", "sections": {}, "images": ["../../x"]}',
        "[" * 100_000,
    ],
    ids=range(7),
)
def test_a_line_that_the_export_did_not_write_is_counted(tmp_path: Path, line: str) -> None:
    exported(tmp_path, line)
    source = open_source("ledger", tmp_path)
    assert len(list(source.records())) == 1 and source.refused["json"] == 1


def test_an_exchanged_picture_is_not_given_out(tmp_path: Path) -> None:
    digest = exported(tmp_path)
    (tmp_path / "images" / f"{digest}.png").write_bytes(png(film(2)))
    (record,) = open_source("ledger", tmp_path).records()
    with pytest.raises(OSError):
        record.image()
