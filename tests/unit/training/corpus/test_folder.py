"""A corpus as a folder: what is written is read back, and what was changed is named."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from core.domain.finding import Certainty, Laterality, Mention
from core.domain.training_errors import CorpusError
from core.training.corpus.folder import (
    MANIFEST,
    STAGING,
    TRAIN,
    VALIDATION,
    Corpus,
    corpora,
    listed,
    messages_of,
    open_corpus,
    verify,
)
from core.training.corpus.sample import Kind, Sample
from core.training.corpus.writing import Origin, write_corpus

ORIGIN = Origin("small", "made", 7, "corpus import", 12, {"duplicate": 2}, {"white_space": 1})


def sample(number: int, words: str = "A left mass.") -> Sample:
    encoded = io.BytesIO()
    Image.new("L", (20, 10), number).save(encoded, "PNG")
    return Sample(
        source="made",
        identifier=f"film {number}",
        group=f"patient {number // 2}",
        image=encoded.getvalue(),
        width=20,
        height=10,
        caption=words,
        original=f"  {words}",
        kind=Kind.DESCRIBE,
        messages=[
            {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "What?"}]},
            {"role": "assistant", "content": [{"type": "text", "text": words}]},
        ],
        findings=(Mention("mass", Certainty.PRESENT, Laterality.LEFT),),
        concepts=("C1306645",),
        licence="CC BY",
    )


def write(folder: Path, shard_bytes: int = 1_000_000) -> Corpus:
    return write_corpus(
        folder,
        ORIGIN,
        {TRAIN: (sample(n) for n in range(8)), VALIDATION: [sample(8), sample(9, "நுரையீரல்")]},
        shard_bytes,
    )


def test_rows_come_back_as_they_were_given(tmp_path: Path) -> None:
    corpus = write(tmp_path / "small")
    rows = corpus.split(TRAIN)
    assert len(rows) == 8
    row = rows[3]
    assert row["image"].size == (20, 10)
    assert row["image"].getpixel((0, 0)) == 3
    assert row["findings"] == [{"name": "mass", "certainty": "present", "laterality": "left"}]
    assert (row["kind"], row["original"], row["concepts"]) == (
        "describe",
        "  A left mass.",
        ["C1306645"],
    )
    assert corpus.split(VALIDATION)[1]["caption"] == "நுரையீரல்"


def test_messages_have_no_empty_keys(tmp_path: Path) -> None:
    row = write(tmp_path / "small").split(TRAIN)[0]
    assert messages_of(row) == sample(0).messages


def test_the_manifest_counts(tmp_path: Path) -> None:
    manifest = write(tmp_path / "small").manifest
    assert manifest.samples == {TRAIN: 8, VALIDATION: 2}
    assert manifest.groups == {TRAIN: 4, VALIDATION: 1}
    assert manifest.kinds[TRAIN]["describe"] == 8
    assert manifest.licences == {"CC BY": 10}
    assert manifest.drops == {"duplicate": 2}


def test_identifiers_are_saved_by_split(tmp_path: Path) -> None:
    corpus = write(tmp_path / "small")
    assert corpus.identifiers()[VALIDATION] == ["film 8", "film 9"]


def test_datasets_opens_the_folder_by_itself(tmp_path: Path) -> None:
    import datasets

    write(tmp_path / "small")
    both = datasets.load_from_disk(str(tmp_path / "small"))
    assert {name: len(rows) for name, rows in both.items()} == {TRAIN: 8, VALIDATION: 2}


def test_the_same_samples_have_the_same_digest(tmp_path: Path) -> None:
    one, other = write(tmp_path / "one"), write(tmp_path / "other")
    assert one.manifest.digest == other.manifest.digest
    assert one.manifest.files == other.manifest.files


def test_small_shards_hold_the_same_rows(tmp_path: Path) -> None:
    corpus = write(tmp_path / "small", shard_bytes=100)
    assert len([name for name in corpus.manifest.files if name.endswith(".arrow")]) > 2
    assert corpus.split(TRAIN)["identifier"][:] == [f"film {n}" for n in range(8)]
    verify(corpus)


def test_a_corpus_may_be_moved(tmp_path: Path) -> None:
    write(tmp_path / "small")
    shutil.move(tmp_path / "small", tmp_path / "elsewhere")
    corpus = open_corpus(tmp_path / "elsewhere")
    verify(corpus)
    assert len(corpus.split(TRAIN)) == 8


def test_an_empty_split_opens(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "one", ORIGIN, {TRAIN: [sample(0)]})
    assert len(corpus.split(VALIDATION)) == 0
    assert corpus.figures()["findings"][VALIDATION]["mass"]["share"] is None


@pytest.mark.parametrize("name", ["train/data-00000-of-00001.arrow", "figures.json", "splits.json"])
def test_tampering_is_named_by_file(tmp_path: Path, name: str) -> None:
    corpus = write(tmp_path / "small")
    path = corpus.folder / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(CorpusError, match=f"{name} was changed"):
        verify(corpus)


@pytest.mark.parametrize("change", [{"records": 99}, {"drops": {}}, {"digest": "0" * 64}])
def test_a_manifest_that_was_changed_is_named(tmp_path: Path, change: dict[str, object]) -> None:
    path = write(tmp_path / "small").folder / MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(CorpusError, match=f"{MANIFEST} was changed"):
        verify(open_corpus(path.parent))


def test_a_page_reads_a_corpus_without_torch(tmp_path: Path) -> None:
    folder = write(tmp_path / "small").folder
    script = (
        "import sys; from pathlib import Path; from core.training.corpus.folder import open_corpus;"
        "corpus = open_corpus(Path(sys.argv[1])); corpus.figures(); corpus.split('train')[0];"
        "sys.exit('torch' in sys.modules)"
    )
    root = Path(__file__).parents[4]
    assert subprocess.run([sys.executable, "-c", script, str(folder)], cwd=root).returncode == 0


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    corpus = write(tmp_path / "small")
    (corpus.folder / "train/state.json").unlink()
    with pytest.raises(CorpusError, match=r"train/state\.json is missing"):
        verify(corpus)
    with pytest.raises(CorpusError, match="train"):
        corpus.split(TRAIN)


def test_a_shard_cut_short_is_one_sentence(tmp_path: Path) -> None:
    corpus = write(tmp_path / "small")
    path = corpus.folder / "train/data-00000-of-00001.arrow"
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(CorpusError, match="split train"):
        corpus.split(TRAIN)


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 99},
        {"samples": 3},
        {"files": {"../outside": "00"}},
        {"files": {"/etc/passwd": "00"}},
        {"seed": "many"},
    ],
)
def test_a_manifest_that_cannot_be_used_is_refused(tmp_path: Path, change: object) -> None:
    path = write(tmp_path / "small").folder / MANIFEST
    assert isinstance(change, dict)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(CorpusError):
        open_corpus(path.parent)
    assert listed(tmp_path) == ((), ("small",))


@pytest.mark.parametrize("content", ["", "[]", "{", "[" * 100_000])
def test_a_damaged_manifest_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / MANIFEST).write_text(content)
    with pytest.raises(CorpusError):
        open_corpus(tmp_path)


def test_an_import_that_has_not_ended_is_no_corpus(tmp_path: Path) -> None:
    write(tmp_path / "small").folder.rename(tmp_path / f"{STAGING}small")
    with pytest.raises(CorpusError, match="has not ended"):
        open_corpus(tmp_path / f"{STAGING}small")
    assert corpora(tmp_path) == ()


def test_corpora_are_listed_newest_first(tmp_path: Path) -> None:
    for name, made in (("old", "2020-01-01T00:00:00+00:00"), ("new", "2030-01-01T00:00:00+00:00")):
        path = write(tmp_path / name).folder / MANIFEST
        path.write_text(json.dumps({**json.loads(path.read_text()), "made": made}))
    assert [each.folder.name for each in corpora(tmp_path)] == ["new", "old"]
    assert corpora(tmp_path / "nowhere") == ()
