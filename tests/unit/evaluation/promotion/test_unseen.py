"""A model that writes is not judged by what it was trained on, nor where nobody can tell."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from core.domain.training_errors import EvaluationError
from core.evaluation.drafts.candidates import Place
from core.evaluation.drafts.folders import of_folder
from core.evaluation.drafts.texts import Texts, Writer, read_texts
from core.evaluation.promotion import writers
from core.evaluation.promotion.rule import Outcome, Rule
from core.evaluation.promotion.unseen import check_unseen
from core.models.language.digests import folder_digest
from core.models.language.shelf import Shelf
from core.training.corpus.folder import VALIDATION, Corpus, open_corpus
from core.training.finetuning.runs import ADAPTER, RUN, STATE
from tests.checkpoints import change_json, write_checkpoint
from tests.judged_writers import BASE, caption, write_texts
from tests.run_folders import write_adapter_of, write_run
from tests.small_corpus import small_corpus

OTHER = {"split": VALIDATION, "digest": "c" * 64}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A run of the name of the new system, taught by a small corpus, with an entry of its own."""
    corpus = small_corpus(tmp_path / "corpus")
    base = write_checkpoint(tmp_path / "models" / BASE)
    run = write_run(tmp_path / "runs" / "new")
    adapter = write_adapter_of(run, base)
    about = {"name": "small", "digest": corpus.manifest.digest, "folder": str(corpus.folder)}
    beneath = {"name": BASE, "digest": folder_digest(base).digest}
    change_json(run / RUN, corpus=about, model=beneath)
    change_json(run / STATE, weights_sha256=folder_digest(adapter).digest)
    register(tmp_path / "models", "new", "../runs/new/adapter")
    return Place(Shelf(tmp_path / "models"), tmp_path / "runs")


def register(models: Path, name: str, folder: str) -> None:
    (models / f"{name}.toml").write_text(
        f'[[model]]\nname = "{name}"\ntitle = "New"\nkind = "chat"\nadapter_of = "{BASE}"\n'
        f'folder = "{folder}"\n',
        encoding="utf-8",
    )


def judged(folder: Path, place: Place, corpus: Mapping[str, str]) -> None:
    digest = place.shelf.open("new").digest
    write_texts(folder, {"old": ("a" * 64, caption), "new": (digest, caption)}, 180, corpus)
    decision = writers.compare(folder, "old", "new", Rule(), place)
    assert decision.outcome is Outcome.ACCEPTED


def own(tmp_path: Path) -> Corpus:
    return open_corpus(tmp_path / "corpus")


def asked(tmp_path: Path, *samples: str) -> Texts:
    """An evaluation of another corpus that holds these samples."""
    texts = read_texts(write_texts(tmp_path / "asked", {}, len(samples), OTHER))
    assert texts is not None
    each = dict(zip(samples, texts.samples.values(), strict=True))
    texts.samples = {name: replace(one, sample=name) for name, one in each.items()}
    return texts


def system(place: Place, folder: Path | None = None) -> Writer:
    """The new system as an evaluation names it: by its run's folder, or by its entry."""
    written, _files = of_folder(folder or place.runs / "new", place.shelf)
    return written


def test_the_held_out_side_of_its_own_corpus_judges(tmp_path: Path, place: Place) -> None:
    digest = own(tmp_path).manifest.digest
    judged(tmp_path / "texts", place, {"split": VALIDATION, "digest": digest})


def test_another_corpus_judges_where_it_holds_other_samples(tmp_path: Path, place: Place) -> None:
    judged(tmp_path / "texts", place, OTHER)


def test_the_side_that_models_learn_from_judges_nothing(tmp_path: Path, place: Place) -> None:
    digest = own(tmp_path).manifest.digest
    with pytest.raises(EvaluationError, match="side that models learn from"):
        judged(tmp_path / "texts", place, {"split": "train", "digest": digest})


def test_samples_that_taught_it_are_found_in_another_corpus(tmp_path: Path, place: Place) -> None:
    taught = own(tmp_path).identifiers()["train"][0]
    held_out = own(tmp_path).identifiers()[VALIDATION][0]
    check_unseen(asked(tmp_path, held_out, "elsewhere"), system(place), place)
    with pytest.raises(EvaluationError, match="new was trained on some of its samples"):
        check_unseen(asked(tmp_path / "again", held_out, taught), system(place), place)


@pytest.mark.parametrize("entry", [True, False])
def test_an_adapter_that_was_copied_is_found_by_its_weights(
    entry: bool, tmp_path: Path, place: Place
) -> None:
    copied = shutil.copytree(place.runs / "new" / ADAPTER, tmp_path / "models" / "copied")
    if entry:
        register(tmp_path / "models", "copied", "copied")
    place = replace(place, shelf=Shelf(tmp_path / "models"))
    taught = own(tmp_path).identifiers()["train"][0]
    with pytest.raises(EvaluationError, match="copied was trained on some of its samples"):
        check_unseen(asked(tmp_path, taught), system(place, copied), place)


@pytest.mark.parametrize("by_entry", [True, False])
def test_a_run_that_went_on_under_the_same_name_tells_nothing_of_former_weights(
    by_entry: bool, tmp_path: Path, place: Place
) -> None:
    written = system(place)
    if by_entry:
        written = replace(written, digest=written.checkpoint, versions={})
    change_json(place.runs / "new" / ADAPTER / "adapter_config.json", note="trained again")
    digest = folder_digest(place.runs / "new" / ADAPTER).digest
    change_json(place.runs / "new" / STATE, weights_sha256=digest)
    with pytest.raises(EvaluationError, match="what new was trained on is not here"):
        check_unseen(asked(tmp_path, "elsewhere"), written, place)


@pytest.mark.parametrize("gone", [True, False])
def test_a_corpus_that_is_gone_or_another_by_now_lets_nobody_tell(
    gone: bool, tmp_path: Path, place: Place
) -> None:
    known = {"name": "small", "digest": own(tmp_path).manifest.digest, "folder": str(tmp_path)}
    known["folder"] = str(tmp_path / ("nowhere" if gone else "corpus"))
    change_json(place.runs / "new" / RUN, corpus=known | ({} if gone else {"digest": "d" * 64}))
    with pytest.raises(EvaluationError, match="what new was trained on is not here"):
        judged(tmp_path / "texts", place, OTHER)


def test_weights_without_a_digest_are_not_compared(tmp_path: Path, place: Place) -> None:
    for number, digest in enumerate(("", "../../elsewhere")):
        systems = {"old": ("a" * 64, caption), "new": (digest, caption)}
        folder = write_texts(tmp_path / str(number), systems, 4)
        with pytest.raises(EvaluationError, match="no weights that a digest could name"):
            writers.compare(folder, "old", "new", Rule(), place)
