"""The two systems that write nothing of their own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.evaluation.drafts import baselines
from core.evaluation.drafts.baselines import (
    MEDOID,
    MOST_FREQUENT,
    NO_NORMAL,
    most_frequent_normal,
)
from core.evaluation.drafts.features import FilmFeatures
from core.evaluation.drafts.samples import film_of, without_pixels
from core.evaluation.drafts.texts import Asked
from core.training.corpus.folder import TRAIN, Corpus
from core.training.corpus.sample import Kind
from tests.unit.evaluation.drafts.made_split import CAPTIONS, corpus

PRESENT = [{"name": "edema", "certainty": "present", "laterality": None}]
UNCERTAIN = [{"name": "edema", "certainty": "uncertain", "laterality": None}]
DENIED = [{"name": "edema", "certainty": "absent", "laterality": None}]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return corpus(tmp_path_factory.mktemp("corpora") / "made")


def chosen(*pairs: tuple[str, list[dict[str, object]]]) -> tuple[str, str]:
    return most_frequent_normal([text for text, _ in pairs], [found for _, found in pairs])


def test_the_most_frequent_caption_without_a_finding_is_taken() -> None:
    text, rule = chosen(
        ("Edema.", PRESENT),
        ("Edema.", PRESENT),
        ("Edema.", PRESENT),
        ("Clear lungs.", DENIED),
        ("clear  lungs", DENIED),
        ("Normal.", []),
    )
    assert (text, rule) == ("Clear lungs.", MOST_FREQUENT)


def test_of_several_as_frequent_the_shortest_is_taken() -> None:
    pairs = [(text, DENIED) for text in ("No change at all.", "Normal.", "Clear.")]
    assert chosen(*pairs, *pairs)[0] == "Clear."


def test_where_none_occurs_twice_the_one_most_like_all_is_taken() -> None:
    pairs = [
        (text, DENIED)
        for text in ("The lungs are clear.", "The heart and the lungs are clear.", "Tube in place.")
    ]
    expected = ("The lungs are clear.", MEDOID)
    assert chosen(*pairs)[1] == MEDOID
    assert chosen(*pairs) == chosen(*pairs[::-1])
    assert chosen(*pairs)[0] != "Tube in place.", expected


def test_where_no_caption_is_normal_all_are_looked_through() -> None:
    text, rule = chosen(("Edema.", PRESENT), ("Possible edema.", UNCERTAIN), ("edema", PRESENT))
    assert (text, rule) == ("Edema.", f"{NO_NORMAL}: {MOST_FREQUENT}")
    assert chosen(("", [])) == ("", NO_NORMAL)


def test_the_nearest_film_is_itself_unless_it_is_of_the_same_group(
    made: Corpus, tmp_path: Path
) -> None:
    table = without_pixels(made.split(TRAIN))
    answers = baselines.nearest(made, table, tmp_path).open()
    for row, caption in enumerate(CAPTIONS):
        film = film_of(table, row)
        stranger = Asked("s", "nobody", Kind.DESCRIBE.value, "?", "", "")
        assert answers(film, stranger).text == caption
        own = Asked("s", f"patient-{row // 2:03d}", Kind.DESCRIBE.value, "?", "", "")
        assert answers(film, own).text not in CAPTIONS[row // 2 * 2 : row // 2 * 2 + 2]


def test_features_of_train_films_are_made_once(
    made: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = without_pixels(made.split(TRAIN))
    first = FilmFeatures().of_rows(table, tmp_path)
    second = FilmFeatures()
    monkeypatch.setattr(FilmFeatures, "of_film", lambda *_: pytest.fail("it was made again"))
    np.testing.assert_array_equal(second.of_rows(table, tmp_path), first)
    monkeypatch.undo()
    (tmp_path / "00000.npy").write_bytes(b"damaged")
    np.testing.assert_array_equal(FilmFeatures().of_rows(table, tmp_path), first)


def test_baselines_answer_as_their_caption_would_have_been_answered(
    made: Corpus, tmp_path: Path
) -> None:
    table = without_pixels(made.split(TRAIN))
    answers = baselines.nearest(made, table, tmp_path).open()
    identify = Asked("s", "nobody", Kind.IDENTIFY.value, "?", "", "")
    explain = Asked("s", "nobody", Kind.EXPLAIN.value, "?", "", "")
    film = film_of(table, 3)
    assert answers(film, identify).text != CAPTIONS[3]
    assert answers(film, explain).text.startswith(CAPTIONS[3])
