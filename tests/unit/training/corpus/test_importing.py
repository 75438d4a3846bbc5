"""An import keeps what can be taught from, counts the rest, and leaves nothing half done."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.domain.training_errors import CorpusError
from core.training.corpus import importing, judging, staging
from core.training.corpus.folder import Corpus, corpora, messages_of, open_corpus, verify
from core.training.corpus.importing import Request, import_corpus
from core.training.corpus.sample import Kind
from core.training.corpus.shards import BatchWriter
from core.training.corpus.sources.source import Source
from core.training.corpus.staging import hold, staging_of
from tests.made_corpora import Made, broken_rocov2, rocov2


@pytest.fixture(autouse=True)
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "SHARD_ROWS", 4)


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return broken_rocov2(tmp_path / "rocov2", 10)


def request_of(made: Made, name: str = "made", **changes: Any) -> Request:
    asked = Request("rocov2", made.folder, made.folder.parent / name, name)
    return replace(asked, **changes)


def kept(corpus: Corpus) -> set[str]:
    return {each for names in corpus.identifiers().values() for each in names}


class Killed(BaseException):
    """What no code of ours catches."""


def stop_after(records: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the import die at its next record."""
    row, seen = judging.Judge.row, Counter[str]()

    def dying(self: Any, record: Any) -> Any:
        seen["records"] += 1
        if seen["records"] > records:
            raise Killed
        return row(self, record)

    monkeypatch.setattr(judging.Judge, "row", dying)


def test_every_record_is_kept_or_dropped_with_its_reason(made: Made) -> None:
    corpus = import_corpus(request_of(made))
    assert kept(corpus) == set(made.kept)
    assert corpus.manifest.drops == Counter(each.value for each in made.dropped.values())
    assert corpus.manifest.records == len(made.kept) + len(made.dropped)
    assert corpus.figures()["refused"] == made.refused
    verify(corpus)
    assert corpora(made.folder.parent) == (corpus,)


def test_nothing_lies_beside_a_corpus_that_was_imported(made: Made) -> None:
    import_corpus(request_of(made))
    assert {each.name for each in made.folder.parent.iterdir()} == {
        "made",
        "rocov2",
        "outside.jpg",
    }


def test_no_group_lies_on_both_sides_and_splits_hold_the_rows(made: Made) -> None:
    corpus = import_corpus(request_of(made))
    groups = {name: set(corpus.split(name)["group"]) for name in ("train", "validation")}
    assert groups["train"].isdisjoint(groups["validation"])
    for name, identifiers in corpus.identifiers().items():
        assert corpus.split(name)["identifier"][:] == identifiers


def test_rows_hold_what_the_record_had(made: Made) -> None:
    corpus = import_corpus(request_of(made))
    row = next(row for row in corpus.split("train") if "consolidation" in row["caption"])
    assert (
        row["original"] == "Chest radiograph shows consolidation in the right lower lobe (arrow)."
    )
    assert row["caption"] == "Chest radiograph shows consolidation in the right lower lobe."
    assert row["findings"] == [
        {"name": "consolidation", "certainty": "present", "laterality": "right"}
    ]
    assert Kind(row["kind"])
    assert (row["licence"], row["group"][:3], row["source"]) == ("CC BY", "PMC", "rocov2")
    turns = messages_of(row)
    assert turns[0]["content"][0] == {"type": "image"}
    assert "right" in turns[1]["content"][0]["text"]
    assert (row["width"], row["height"]) == row["image"].size


def test_the_command_names_no_folder(made: Made) -> None:
    manifest = import_corpus(request_of(made, limit=12)).manifest
    assert manifest.command == "corpus import rocov2 --seed 3407 --share 0.8 --limit 12"
    assert manifest.records == 12


def test_an_import_goes_on_and_ends_the_same(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = import_corpus(request_of(made, "whole"))
    for records in (3, 6, 5):
        with monkeypatch.context() as patched:
            stop_after(records, patched)
            with pytest.raises(Killed):
                import_corpus(request_of(made, "killed"))
        assert corpora(made.folder.parent) == (whole,)
    resumed = import_corpus(request_of(made, "killed"))
    assert resumed.manifest.files == whole.manifest.files
    assert resumed.manifest.digest == whole.manifest.digest
    assert resumed.manifest.drops == whole.manifest.drops


def test_an_import_that_died_while_it_wrote_ends_the_same(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = import_corpus(request_of(made, "whole"))

    def dying(folder: Path, *_: Any) -> None:
        (folder / "train").mkdir(parents=True)
        (folder / "train" / "00000.part").write_bytes(b"half")
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(importing, "write_corpus", dying)
        with pytest.raises(Killed):
            import_corpus(request_of(made, "killed"))
    assert import_corpus(request_of(made, "killed")).manifest.digest == whole.manifest.digest


def test_what_a_kill_after_the_last_step_left_is_cleared_away(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dying(*_: Any) -> None:
        raise Killed

    asked = request_of(made)
    with monkeypatch.context() as patched:
        patched.setattr(importing.shutil, "rmtree", dying)
        with pytest.raises(Killed):
            import_corpus(asked)
    assert staging_of(asked.out).exists()
    with pytest.raises(CorpusError, match="already"):
        import_corpus(asked)
    assert not staging_of(asked.out).exists()
    verify(open_corpus(asked.out))


def test_half_a_character_is_no_crash(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    records = Source.records

    def hurt(self: Source) -> Any:
        for record in records(self):
            yield replace(
                record,
                identifier=f"{record.identifier}\ud800",
                group=f"{record.group}\udfff",
                caption=f"{record.caption} \ud800",
                concepts=("\ud800", *record.concepts),
                licence="\ud800",
            )

    monkeypatch.setattr(Source, "records", hurt)
    assert len(kept(import_corpus(request_of(made)))) >= len(made.kept)


def test_what_was_staged_is_not_decoded_again(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        stop_after(9, patched)
        with pytest.raises(Killed):
            import_corpus(request_of(made))
    looked = Counter[str]()
    look_at = judging.look_at

    def counted(encoded: bytes) -> Any:
        looked["pictures"] += 1
        return look_at(encoded)

    monkeypatch.setattr(judging, "look_at", counted)
    corpus = import_corpus(request_of(made))
    assert looked["pictures"] <= corpus.manifest.records - 8


def test_other_choices_are_refused(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        stop_after(5, patched)
        with pytest.raises(Killed):
            import_corpus(request_of(made))
    for changes in ({"seed": 1}, {"share": 0.7}, {"limit": 11}):
        with pytest.raises(CorpusError, match="begun with other choices"):
            import_corpus(request_of(made, **changes))


def test_a_source_that_has_changed_is_refused(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        stop_after(6, patched)
        with pytest.raises(Killed):
            import_corpus(request_of(made))
    for name, films, split in (("other", 10, "valid"), ("fewer", 2, "train")):
        other = rocov2(tmp_path / name, films, (split,))
        shutil.rmtree(made.folder)
        other.folder.rename(made.folder)
        with pytest.raises(CorpusError, match="changed since"):
            import_corpus(request_of(made))


def test_a_damaged_journal_or_shard_is_one_sentence(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        stop_after(9, patched)
        with pytest.raises(Killed):
            import_corpus(request_of(made))
    shard = staging_of(request_of(made).out) / "00000.arrow"
    shard.write_bytes(b"\0" * 80)
    with pytest.raises(CorpusError, match="damaged"):
        import_corpus(request_of(made))
    shard.with_name("journal.json").write_text("{")
    with pytest.raises(CorpusError, match="damaged"):
        import_corpus(request_of(made))


def test_a_folder_that_is_there_is_not_written_to(made: Made) -> None:
    first = import_corpus(request_of(made))
    with pytest.raises(CorpusError, match="folder made already"):
        import_corpus(request_of(made, seed=5))
    verify(first)


def test_two_processes_do_not_import_to_one_folder(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "PATIENCE_S", 0.2)
    asked = request_of(made)
    with (
        hold(asked.out, asked.asked),
        pytest.raises(CorpusError, match="another process"),
    ):
        import_corpus(asked)


def test_a_source_without_a_usable_record_makes_no_corpus(tmp_path: Path) -> None:
    made = rocov2(tmp_path / "rocov2", 2, ("train",))
    for image in (made.folder / "train").iterdir():
        image.unlink()
    with pytest.raises(CorpusError, match="nothing of its source"):
        import_corpus(request_of(made))
    assert not (tmp_path / "made").exists()


def test_a_full_disk_is_one_sentence_and_the_import_goes_on_later(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(BatchWriter, "close", full)
        with pytest.raises(CorpusError, match="No space left"):
            import_corpus(request_of(made))
    assert kept(import_corpus(request_of(made))) == set(made.kept)


def test_kinds_and_split_hang_on_the_seed_alone(made: Made) -> None:
    one, same = import_corpus(request_of(made)), import_corpus(request_of(made, "again"))
    other = import_corpus(request_of(made, "other", seed=5))
    assert one.manifest.digest == same.manifest.digest != other.manifest.digest
    assert kept(one) == kept(other)
