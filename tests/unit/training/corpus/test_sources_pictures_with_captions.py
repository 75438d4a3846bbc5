"""Sources of captioned figures: ROCOv2 and ROCO, sound and with every defect."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.domain.training_errors import CorpusError
from core.training.corpus.sample import Drop
from core.training.corpus.sources.opening import KINDS, open_source
from tests import made_corpora


def test_rocov2_is_read_split_by_split(tmp_path: Path) -> None:
    made = made_corpora.rocov2(tmp_path / "rocov2", films=4)
    source = open_source("rocov2", made.folder)
    records = list(source.records())
    assert tuple(record.identifier for record in records) == made.kept
    assert source.count() == 8 and source.name == "rocov2" and not source.refused
    first = records[0]
    assert first.caption == made_corpora.CAPTIONS[0]
    assert first.concepts == ("C1306645", "C0817096", "C0032227")
    assert first.licence == "CC BY" and not first.chest and first.split == ""
    assert len(first.image()) == first.image_bytes > 0


def test_figures_of_one_article_are_one_group(tmp_path: Path) -> None:
    made = made_corpora.rocov2(tmp_path / "rocov2", films=4)
    groups = [record.group for record in open_source("rocov2", made.folder).records()]
    assert groups[0] == groups[1] == "PMC7000000" and groups[2] == groups[3] != groups[0]


def test_a_figure_that_the_list_of_licences_lacks_is_not_grouped(tmp_path: Path) -> None:
    made = made_corpora.rocov2(tmp_path / "rocov2", films=2, splits=("train",))
    table = made.folder / "license_information.csv"
    table.write_text("".join(table.read_text().splitlines(keepends=True)[:2]))
    one, other = open_source("rocov2", made.folder).records()
    assert one.grouped and one.group.startswith("PMC")
    assert not other.grouped and other.group == other.identifier and other.licence == ""


@pytest.mark.parametrize("below", ["train_images", "train_images/train", "train_images_1"])
def test_pictures_lie_where_archives_unpack_to(tmp_path: Path, below: str) -> None:
    made = made_corpora.rocov2(tmp_path / "rocov2", splits=("train",))
    (made.folder / below).parent.mkdir(parents=True, exist_ok=True)
    (made.folder / "train").rename(made.folder / below)
    assert all(record.image_bytes for record in open_source("rocov2", made.folder).records())


def test_every_defect_of_rocov2_is_kept_apart(tmp_path: Path) -> None:
    made = made_corpora.broken_rocov2(tmp_path / "rocov2")
    source = open_source("rocov2", made.folder)
    records = {record.identifier: record for record in source.records()}
    assert set(records) == {*made.kept, *made.dropped}
    assert dict(source.refused) == made.refused
    absent = {name for name, drop in made.dropped.items() if drop is Drop.MISSING}
    for name in absent:
        assert records[name].image_bytes == 0
        with pytest.raises(OSError):
            records[name].image()


def test_records_come_in_the_same_order_again(tmp_path: Path) -> None:
    made = made_corpora.broken_rocov2(tmp_path / "rocov2")
    source = open_source("rocov2", made.folder)
    once = [record.identifier for record in source.records()]
    assert [record.identifier for record in source.records()] == once
    assert dict(source.refused) == made.refused


@pytest.mark.parametrize(
    ("lost", "words"),
    [
        ("train_captions.csv", "it has no train_captions.csv"),
        ("train_concepts*", "it has no train_concepts.csv"),
        ("train", "it has no folder train of pictures"),
        ("license_information.csv", "it has no license_information.csv"),
    ],
)
def test_what_a_split_lacks_is_said(tmp_path: Path, lost: str, words: str) -> None:
    made = made_corpora.rocov2(tmp_path / "rocov2", splits=("train",))
    for path in sorted(made.folder.glob(lost)):
        path.rename(made.folder / f"elsewhere-{path.name}")
    with pytest.raises(CorpusError, match=words):
        open_source("rocov2", made.folder)


def test_a_table_without_its_column_is_refused(tmp_path: Path) -> None:
    made = made_corpora.rocov2(tmp_path / "rocov2", splits=("train",))
    (made.folder / "train_captions.csv").write_text("Name,Words\na,b\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"train_captions.csv lacks the column ID"):
        list(open_source("rocov2", made.folder).records())


def test_a_field_without_end_costs_its_lines_alone(tmp_path: Path) -> None:
    made = made_corpora.rocov2(tmp_path / "rocov2", splits=("train",))
    with (made.folder / "train_captions.csv").open("a", encoding="utf-8") as lines:
        lines.write('ROCOv2_2023_train_000700,"no end ' + "x" * 140_000 + "\n")
    source = open_source("rocov2", made.folder)
    assert len(list(source.records())) == len(made.kept)
    assert source.refused["line"] == 1


def test_a_picture_that_becomes_a_link_outwards_is_not_read(tmp_path: Path) -> None:
    made = made_corpora.rocov2(tmp_path / "rocov2", films=1, splits=("train",))
    (record,) = open_source("rocov2", made.folder).records()
    path = made.folder / "train" / f"{record.identifier}.jpg"
    path.rename(tmp_path / "secret.jpg")
    path.symlink_to(tmp_path / "secret.jpg")
    with pytest.raises(OSError):
        record.image()


# --- ROCO ---------------------------------------------------------------------------------------


def test_roco_is_read_with_its_concepts_licences_and_articles(tmp_path: Path) -> None:
    made = made_corpora.roco(tmp_path / "roco")
    source = open_source("roco", made.folder)
    records = list(source.records())
    assert tuple(record.identifier for record in records) == made.kept
    assert source.count() == len(made.kept)
    first, second = records[:2]
    assert first.caption == made_corpora.CAPTIONS[0]
    assert first.concepts == ("C1306645", "C0817096") and first.licence == "CC BY-NC"
    assert first.group == second.group == "PMC3000" and first.image_bytes


def test_roco_of_which_pictures_bear_the_identifier(tmp_path: Path) -> None:
    made = made_corpora.roco(tmp_path / "roco", films=1)
    images = made.folder / "data" / "train" / "radiology" / "images"
    (picture,) = images.iterdir()
    picture.rename(images / "ROCO_00000.jpg")
    assert next(open_source("roco", made.folder).records()).image_bytes


def test_revised_lists_of_roco_are_found(tmp_path: Path) -> None:
    made = made_corpora.roco(tmp_path / "roco", films=1)
    train = made.folder / "data" / "train" / "radiology"
    (train / "cuis.txt").rename(train / "cuis_tp_train_revised.txt")
    (train / "licences.txt").rename(train / "cc_tp_train.csv")
    first = next(open_source("roco", made.folder).records())
    assert first.concepts and first.licence


def test_roco_names_no_file_outside_its_images(tmp_path: Path) -> None:
    made = made_corpora.roco(tmp_path / "roco", films=1)
    train = made.folder / "data" / "train" / "radiology"
    (train / "licences.txt").write_text("ROCO_ID,PMC_ID,CC\nROCO_00000,../captions.txt,CC BY\n")
    assert next(open_source("roco", made.folder).records()).image_bytes == 0


def test_roco_that_lacks_a_list_is_refused(tmp_path: Path) -> None:
    made = made_corpora.roco(tmp_path / "roco", films=1)
    (made.folder / "data" / "test" / "radiology" / "licences.txt").unlink()
    with pytest.raises(CorpusError, match=r"it has no data/test/radiology/licences.txt"):
        open_source("roco", made.folder)


# --- opening ------------------------------------------------------------------------------------


def test_an_unknown_kind_and_an_absent_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no kind of source"):
        open_source("mimic", tmp_path)
    with pytest.raises(CorpusError, match="there is no folder nowhere"):
        open_source("rocov2", tmp_path / "nowhere")


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"phantoms"}))
def test_an_empty_folder_is_no_source(tmp_path: Path, kind: str) -> None:
    with pytest.raises(CorpusError):
        list(open_source(kind, tmp_path).records())


def test_phantoms_are_a_source_that_fills_its_folder(tmp_path: Path) -> None:
    source = open_source("phantoms", tmp_path / "phantoms", count=1)
    (record,) = source.records()
    assert record.source == "phantoms" and record.image()
