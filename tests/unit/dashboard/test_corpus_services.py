"""Corpora as the page finds, reads and exports them, without Streamlit."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.domain.training_errors import CorpusError
from core.training.corpus.folder import FIGURES, MANIFEST, STAGING, TRAIN, VALIDATION, Corpus
from dashboard.services.corpus_export import as_csv
from dashboard.services.corpus_picture import LONGEST_PX, shown_jpeg
from dashboard.services.corpus_samples import CorpusRows, Shelfmark, Wish
from dashboard.services.corpus_shelf import corpus_shelf, figures_of
from dashboard.workspace import Workspace
from tests.corpus_folder import CAPTIONS, QUESTION, write_small_corpus
from tests.made_pictures import bomb, film, jpeg

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return write_small_corpus(tmp_path_factory.mktemp("corpora") / "small")


# --- the shelf ----------------------------------------------------------------------------------


def test_the_newest_corpus_stands_first(place: Workspace, corpus: Corpus) -> None:
    for name, day in (("older", "2020-01-01"), ("newer", "2030-01-01")):
        folder = place.settings.corpora / name
        shutil.copytree(corpus.folder, folder)
        manifest = json.loads((folder / MANIFEST).read_text())
        (folder / MANIFEST).write_text(json.dumps({**manifest, "made": f"{day}T00:00:00+00:00"}))
    assert [found.folder.name for found in corpus_shelf(place).corpora] == ["newer", "older"]


def test_what_is_no_corpus_is_named_with_its_reason(place: Workspace, corpus: Corpus) -> None:
    shutil.copytree(corpus.folder, place.settings.corpora / "whole")
    for name in ("empty", f"{STAGING}half", ".hidden"):
        (place.settings.corpora / name).mkdir()
    (place.settings.corpora / "a file.txt").write_text("no folder")
    shelf = corpus_shelf(place)
    assert [found.folder.name for found in shelf.corpora] == ["whole"]
    assert [(problem.folder, problem.error is None) for problem in shelf.problems] == [
        ("half", True),
        ("empty", False),
    ]


def test_no_folder_at_all_is_an_empty_shelf(place: Workspace) -> None:
    assert corpus_shelf(place).corpora == () == corpus_shelf(place).problems


def test_changed_figures_are_refused(corpus: Corpus, tmp_path: Path) -> None:
    assert figures_of(corpus)["records"] == 32
    shutil.copytree(corpus.folder, tmp_path / "changed")
    changed = Corpus(tmp_path / "changed", corpus.manifest)
    file = changed.folder / FIGURES
    file.write_text(file.read_text().replace("32", "33"))
    with pytest.raises(CorpusError, match="was changed since the import"):
        figures_of(changed)


# --- samples ------------------------------------------------------------------------------------


def test_every_sample_has_a_mark_with_what_it_is_found_by(corpus: Corpus) -> None:
    marks = CorpusRows(corpus).marks
    assert [mark.split for mark in marks] == [TRAIN] * 16 + [VALIDATION] * 4
    assert marks[1].findings == {"cardiomegaly", "pleural effusion"}
    assert marks[2].findings == {"consolidation"}


@pytest.mark.parametrize(
    ("wish", "fits"),
    [
        (Wish(), True),
        (Wish(split=TRAIN, kind="locate", finding="mass"), True),
        (Wish(split=VALIDATION), False),
        (Wish(kind="explain"), False),
        (Wish(finding="nodule"), False),
    ],
)
def test_a_wish_fits_where_all_of_it_does(wish: Wish, fits: bool) -> None:
    assert wish.fits(Shelfmark(TRAIN, 0, "locate", frozenset({"mass"}))) is fits


def test_a_pair_is_read_without_decoding_its_picture(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "open", lambda *_a, **_k: pytest.fail("a picture was decoded"))
    rows = CorpusRows(corpus)
    pair = rows.pair(rows.marks[0])
    assert (pair.question, pair.answer) == (QUESTION, CAPTIONS[0].caption)
    assert pair.findings == CAPTIONS[0].findings
    assert pair.image == jpeg(film(0))


def test_a_row_that_is_not_there_is_an_error_of_the_corpus(corpus: Corpus) -> None:
    with pytest.raises(CorpusError, match="cannot be read"):
        CorpusRows(corpus).pair(Shelfmark(TRAIN, 999, "locate", frozenset()))


# --- pictures and tables ------------------------------------------------------------------------


def test_a_large_picture_is_made_small_and_keeps_its_shape() -> None:
    out = io.BytesIO()
    Image.fromarray(np.full((1500, 3000), 40_000, np.uint16)).save(out, "PNG")
    with Image.open(io.BytesIO(shown_jpeg(out.getvalue()) or b"")) as shown:
        assert shown.size == (LONGEST_PX, LONGEST_PX // 2)
        assert abs(int(np.asarray(shown)[5, 5]) - 40_000 // 256) < 4


@pytest.mark.parametrize("content", [b"", b"no picture", bomb(), jpeg(film(0))[:300]])
def test_what_cannot_be_shown_is_nothing(content: bytes) -> None:
    assert shown_jpeg(content) is None


def test_a_spreadsheet_runs_nothing_of_a_table() -> None:
    table = as_csv(["name", "count"], [["=1+1", 2], ['a "quoted", word', None]])
    assert table == b'name,count\r\n\'=1+1,2\r\n"a ""quoted"", word",\r\n'


def test_the_page_needs_no_torch_not_even_to_read_samples(corpus: Corpus) -> None:
    code = (
        "import sys, dashboard.components.corpus.view\n"
        "from pathlib import Path\n"
        "from core.training.corpus.folder import open_corpus\n"
        "from dashboard.services.corpus_samples import CorpusRows\n"
        f"rows = CorpusRows(open_corpus(Path({str(corpus.folder)!r})))\n"
        "rows.pair(rows.marks[0])\n"
        "assert not {'torch', 'transformers', 'matplotlib'} & sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
