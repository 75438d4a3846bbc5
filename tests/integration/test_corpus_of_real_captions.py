"""Captions of real figures, under made pictures, become a corpus: nothing is lost on the way."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from core.findings.labeller import label, stated
from core.training.corpus.folder import Corpus, messages_of
from core.training.corpus.importing import Request, import_corpus
from core.training.corpus.instructions import expected
from core.training.corpus.sample import Drop, Kind
from tests.made_corpora import CHEST_CUIS, rocov2_id, write_csv
from tests.made_pictures import film, jpeg

pytestmark = pytest.mark.films
EVERY = 4


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    path = Path(os.environ["OVERREAD_TEST_DATA"]) / "text" / "roco_chest_captions.csv"
    if not path.is_file():
        pytest.skip("no captions of real figures")
    with path.open(newline="", encoding="utf-8") as lines:
        captions = [line["caption"] for line in csv.DictReader(lines)][::EVERY]
    folder = tmp_path_factory.mktemp("source") / "rocov2"
    (folder / "train").mkdir(parents=True)
    names = [rocov2_id(number) for number in range(len(captions))]
    for number, name in enumerate(names):
        (folder / "train" / f"{name}.jpg").write_bytes(jpeg(film(number)))
    write_csv(folder / "train_captions.csv", ("ID", "Caption"), zip(names, captions, strict=True))
    for table in ("train_concepts.csv", "train_concepts_manual.csv"):
        write_csv(folder / table, ("ID", "CUIs"), ((name, CHEST_CUIS) for name in names))
    licences = ((name, name, "") for name in names)
    write_csv(folder / "license_information.csv", ("ID", "PMCID", "License"), licences)
    return import_corpus(Request("rocov2", folder, folder.parent / "corpus", "corpus"))


def test_most_captions_become_samples(corpus: Corpus) -> None:
    manifest = corpus.manifest
    assert set(manifest.drops) <= {Drop.NO_CAPTION, Drop.NOT_CHEST}
    assert sum(manifest.samples.values()) > 0.8 * manifest.records


def test_every_answer_keeps_its_rule(corpus: Corpus) -> None:
    for split in ("train", "validation"):
        for row in corpus.split(split):
            wanted = expected(Kind(row["kind"]), row["caption"])
            answer = messages_of(row)[1]["content"][0]["text"]
            assert wanted is not None
            if wanted.definition:
                answer = answer.removesuffix(wanted.definition).rsplit(". ", 1)[0]
            said = stated(label(answer))
            assert all(name in said for name in wanted.findings)
            assert all(said[name].laterality is side for name, side in wanted.sides.items())


def test_every_finding_of_a_row_is_in_its_caption(corpus: Corpus) -> None:
    for row in corpus.split("validation"):
        said = stated(label(row["caption"]))
        assert [each["name"] for each in row["findings"]] == list(said)
