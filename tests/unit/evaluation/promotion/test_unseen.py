"""A model that writes is not judged by what it was trained on, nor where nobody can tell."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from core.domain.training_errors import EvaluationError
from core.evaluation.promotion import writers
from core.evaluation.promotion.rule import Outcome, Rule
from core.models.language.shelf import Shelf
from core.training.corpus.folder import VALIDATION
from tests.checkpoints import change_json
from tests.judged_writers import caption, write_texts
from tests.run_folders import write_run
from tests.small_corpus import small_corpus

OLD, NEW = ("old", ("a" * 64, caption)), ("new", ("b" * 64, caption))
SYSTEMS = dict([OLD, NEW])


@pytest.fixture
def home(tmp_path: Path) -> writers.Home:
    """A run of the name of the new system, taught by a small corpus, with an entry of its own."""
    corpus = small_corpus(tmp_path / "corpus")
    run = write_run(tmp_path / "runs" / "new")
    (run / "adapter").mkdir()
    about = {"name": "small", "digest": corpus.manifest.digest, "folder": str(corpus.folder)}
    change_json(run / "run.json", corpus=about)
    models = tmp_path / "models"
    models.mkdir()
    (models / "new.toml").write_text(
        '[[model]]\nname = "new"\ntitle = "New"\nkind = "chat"\nadapter_of = "qwen2-vl-2b"\n'
        'folder = "../runs/new/adapter"\n',
        encoding="utf-8",
    )
    return writers.Home(Shelf(models), tmp_path / "runs")


def judged(folder: Path, home: writers.Home, corpus: Mapping[str, str], samples: int = 180) -> None:
    write_texts(folder, SYSTEMS, samples, corpus)
    decision = writers.compare(folder, "old", "new", Rule(), home)
    assert decision.outcome is Outcome.ACCEPTED


def own(home: writers.Home) -> str:
    from core.training.finetuning.runs import read_run

    return str(read_run(home.runs / "new").corpus["digest"])


def test_the_held_out_side_of_its_own_corpus_judges(tmp_path: Path, home: writers.Home) -> None:
    judged(tmp_path / "texts", home, {"split": VALIDATION, "digest": own(home)})


def test_another_corpus_judges_where_it_holds_other_samples(
    tmp_path: Path, home: writers.Home
) -> None:
    judged(tmp_path / "texts", home, {"split": VALIDATION, "digest": "c" * 64})


def test_the_side_that_models_learn_from_judges_nothing(tmp_path: Path, home: writers.Home) -> None:
    with pytest.raises(EvaluationError, match="side that models learn from"):
        judged(tmp_path / "texts", home, {"split": "train", "digest": own(home)})


def test_samples_that_taught_it_are_found_in_another_corpus(
    tmp_path: Path, home: writers.Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.training.corpus.folder.Corpus.identifiers", taught_by_some)
    with pytest.raises(EvaluationError, match="new was trained on some of its samples"):
        judged(tmp_path / "texts", home, {"split": VALIDATION, "digest": "c" * 64})


def taught_by_some(_corpus: object) -> Mapping[str, list[str]]:
    return {"train": ["s3", "s4"], "validation": ["s5"]}


@pytest.mark.parametrize("gone", [True, False])
def test_a_corpus_that_is_gone_or_another_by_now_lets_nobody_tell(
    gone: bool, tmp_path: Path, home: writers.Home
) -> None:
    known = {"name": "small", "digest": own(home), "folder": str(tmp_path / "corpus")}
    changed = {"folder": str(tmp_path / "nowhere")} if gone else {"digest": "d" * 64}
    change_json(home.runs / "new" / "run.json", corpus=known | changed)
    with pytest.raises(EvaluationError, match="what new was trained on is not here"):
        judged(tmp_path / "texts", home, {"split": VALIDATION, "digest": "c" * 64})


def test_weights_without_a_digest_are_not_compared(tmp_path: Path, home: writers.Home) -> None:
    for place, digest in enumerate(("", "../../elsewhere")):
        folder = write_texts(tmp_path / str(place), {**SYSTEMS, "new": (digest, caption)}, 4)
        with pytest.raises(EvaluationError, match="no weights that a digest could name"):
            writers.compare(folder, "old", "new", Rule(), home)
