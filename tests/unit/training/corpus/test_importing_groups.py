"""What an import holds apart: folders, errors, and groups that the source does not name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.domain.training_errors import CorpusError
from core.training.commands.corpus import summary
from core.training.corpus import importing
from core.training.corpus.folder import verify
from core.training.corpus.importing import Request, import_corpus
from core.training.corpus.sources.source import Source
from core.training.corpus.staging import staging_of
from tests import made_corpora
from tests.made_corpora import Made, rocov2
from tests.unit.training.corpus.test_importing import Killed, request_of


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return rocov2(tmp_path / "rocov2", 4)


def test_another_folder_does_not_end_an_import(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even one whose records had all been read."""

    def dying(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(importing, "write_corpus", dying)
        with pytest.raises(Killed):
            import_corpus(request_of(made))
    other = rocov2(tmp_path / "other", 3, ("train",))
    with pytest.raises(CorpusError, match="from another folder"):
        import_corpus(replace(request_of(made), path=other.folder))
    journal = (staging_of(request_of(made).out) / "journal.json").read_text()
    assert str(made.folder) not in journal


def test_a_source_that_cannot_be_read_is_told_apart_from_a_full_disk(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Source, "records", broken)
    with pytest.raises(CorpusError, match="its source cannot be read: Input/output error"):
        import_corpus(request_of(made))


def test_samples_of_which_the_source_names_no_group_are_counted_and_told(tmp_path: Path) -> None:
    made = made_corpora.parquet(tmp_path / "hub", films=3)
    corpus = import_corpus(Request("huggingface", made.folder, tmp_path / "made", "made"))
    assert corpus.manifest.ungrouped == corpus.figures()["ungrouped"] == 6
    assert any("names no patient or figure of 6 samples" in line for line in summary(corpus))
    verify(corpus)
    (corpus.folder / "corpus.json").write_text(
        (corpus.folder / "corpus.json").read_text().replace('"ungrouped": 6', '"ungrouped": 0')
    )
    with pytest.raises(CorpusError, match="changed since"):
        verify(importing.open_corpus(corpus.folder))


def test_where_every_group_is_named_nothing_is_said_of_it(made: Made) -> None:
    corpus = import_corpus(request_of(made))
    assert corpus.manifest.ungrouped == 0 and "ungrouped" not in corpus.figures()
    assert not any("names no patient" in line for line in summary(corpus))
    verify(corpus)


def test_lines_that_are_no_record_are_told(made: Made) -> None:
    made_corpora.append_csv(made.folder / "train_captions.csv", [("../x", "Chest."), ("a",)])
    said = list(summary(import_corpus(request_of(made))))
    assert "  no record at all, identifier: 1" in said
    assert "  no record at all, columns: 1" in said
