"""What captions answer, and how kinds of question are shared out."""

from __future__ import annotations

import csv
import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.finding import Certainty, Laterality
from core.findings.labeller import label, stated
from core.findings.vocabulary import TERMS
from core.reporting.assistant.glossary import glossary
from core.training.corpus.expected import Expected, answer_of, zones_of
from core.training.corpus.instructions import (
    answerable,
    assign,
    expected,
    expected_of,
    messages,
    question,
    questions,
    read_caption,
)
from core.training.corpus.sample import Kind

PRESENT, UNCERTAIN, ABSENT = Certainty.PRESENT, Certainty.UNCERTAIN, Certainty.ABSENT
RICH = (
    "PA chest radiograph. There is a left pleural effusion. Possible pneumonia in the right "
    "lower lobe. No pneumothorax. The heart is normal in size"
)


def answer(kind: Kind, caption: str) -> str:
    return answer_of(kind, read_caption(caption))


def test_identify_names_what_is_stated_and_what_is_denied() -> None:
    assert answer(Kind.IDENTIFY, RICH) == (
        "Possible right pneumonia. There is a left pleural effusion. "
        "No pneumothorax or cardiomegaly."
    )
    assert expected(Kind.IDENTIFY, RICH) == Expected(
        findings={
            "pneumonia": UNCERTAIN,
            "pleural effusion": PRESENT,
            "pneumothorax": ABSENT,
            "cardiomegaly": ABSENT,
        },
        sides={"pneumonia": Laterality.RIGHT, "pleural effusion": Laterality.LEFT},
    )


def test_a_finding_denied_on_one_side_is_not_denied() -> None:
    caption = "Cardiomegaly. No left pleural effusion."
    assert answer(Kind.IDENTIFY, caption) == "There is cardiomegaly."


def test_nothing_found_is_an_answer_unless_something_is() -> None:
    assert answer(Kind.IDENTIFY, "No acute cardiopulmonary abnormality.") == (
        "No acute abnormality is seen."
    )
    both = "Cardiomegaly. No acute cardiopulmonary abnormality."
    assert answer(Kind.IDENTIFY, both) == "There is cardiomegaly."


def test_locate_takes_the_sentences_that_place_a_finding() -> None:
    assert answer(Kind.LOCATE, RICH) == (
        "There is a left pleural effusion. Possible pneumonia in the right lower lobe."
    )
    found = expected(Kind.LOCATE, RICH)
    assert found is not None
    assert found.zones == {"lower"}
    assert found.sides == {"pneumonia": Laterality.RIGHT, "pleural effusion": Laterality.LEFT}


@pytest.mark.parametrize(
    "caption",
    [
        "Chest radiograph showing cardiomegaly.",
        "No left pleural effusion.",
        "The tip of the catheter lies in the right atrium.",
        "Left upper quadrant drain. There is edema.",
    ],
)
def test_what_places_no_finding_does_not_locate(caption: str) -> None:
    assert expected(Kind.LOCATE, caption) is None
    assert answer(Kind.LOCATE, caption) == ""


def test_explain_is_the_sentence_and_the_glossary_and_nothing_else() -> None:
    entry = glossary("en").by_finding["pleural effusion"]
    assert answer(Kind.EXPLAIN, RICH) == (
        f"There is a left pleural effusion. Pleural effusion: {entry.definition}"
    )
    found = expected(Kind.EXPLAIN, RICH)
    assert found is not None
    assert (found.findings, found.definition) == (
        {"pleural effusion": PRESENT},
        entry.definition,
    )


def test_explain_closes_a_caption_without_a_stop() -> None:
    assert answer(Kind.EXPLAIN, "Chest X-ray showing pneumothorax,").startswith(
        "Chest X-ray showing pneumothorax. Pneumothorax: "
    )


def test_explain_joins_the_sides_of_its_sentence() -> None:
    found = expected(Kind.EXPLAIN, "Nodule in the left lung, and a small nodule in the right lung.")
    assert found is not None
    assert found.sides == {"nodule": Laterality.BILATERAL}


@pytest.mark.parametrize("caption", ["Chest X-ray.", "மார்பு எக்ஸ்ரே", "Pacemaker in place."])
def test_a_caption_without_findings_describes_alone(caption: str) -> None:
    assert answerable(read_caption(caption)) == {Kind.DESCRIBE}
    assert answer(Kind.DESCRIBE, caption) == caption


sides = st.sampled_from([None, Laterality.LEFT, Laterality.RIGHT, Laterality.BILATERAL])
terms = st.lists(
    st.tuples(st.sampled_from(TERMS), st.sampled_from(["a", "possible", "no"]), sides),
    min_size=1,
    max_size=5,
    unique_by=lambda each: each[0].name,
)


@given(terms)
@settings(max_examples=80, deadline=None)
def test_what_identify_answers_reads_back_as_it_is_expected(made: list) -> None:
    caption = " ".join(
        f"There is {word} {side or ''} {term.name}." if word != "no" else f"No {term.name}."
        for term, word, side in made
    )
    found = expected(Kind.IDENTIFY, caption)
    assert found is not None
    reads_back(answer(Kind.IDENTIFY, caption), found)


def reads_back(text: str, wanted: Expected) -> None:
    read = stated(label(text))
    assert {name: each.certainty for name, each in read.items()} == wanted.findings
    for name, side in wanted.sides.items():
        assert read[name].laterality is side


@pytest.mark.parametrize(
    ("text", "zones"),
    [
        ("RLL and both apices", {"lower", "apex"}),
        ("left perihilar and retrocardiac", {"hilum", "retrocardiac"}),
        ("bibasilar", {"base"}),
        ("mid-zone, lingula", {"middle"}),
        ("upper abdomen and lower limb", set()),
    ],
)
def test_zones_are_read(text: str, zones: set[str]) -> None:
    assert zones_of(text) == zones


# --- sharing out --------------------------------------------------------------------------------

able = st.sets(st.sampled_from(list(Kind))).map(lambda kinds: frozenset({*kinds, Kind.DESCRIBE}))


@given(st.lists(able, max_size=60), st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_every_record_gets_a_kind_that_it_answers(each: list[frozenset[Kind]], seed: int) -> None:
    answers = {f"film {n}": kinds for n, kinds in enumerate(each)}
    chosen = assign(answers, seed)
    assert chosen.keys() == answers.keys()
    assert all(kind in answers[name] for name, kind in chosen.items())
    assert assign(dict(reversed(answers.items())), seed) == chosen


def test_kinds_are_even_where_captions_answer_all() -> None:
    chosen = assign({str(n): frozenset(Kind) for n in range(403)}, 3407)
    counts = Counter(chosen.values())
    assert max(counts.values()) - min(counts.values()) <= 1


def test_kinds_that_few_captions_answer_share_these() -> None:
    nested = {
        **{f"plain {n}": frozenset({Kind.DESCRIBE}) for n in range(500)},
        **{f"placed {n}": frozenset(Kind) for n in range(300)},
        **{f"found {n}": frozenset(set(Kind) - {Kind.LOCATE}) for n in range(100)},
    }
    counts = Counter(assign(nested, 1).values())
    assert counts[Kind.DESCRIBE] == 500
    assert {counts[kind] for kind in Kind} - {500} <= {133, 134}


def test_the_kind_hangs_on_the_seed() -> None:
    answers = {str(n): frozenset(Kind) for n in range(100)}
    assert assign(answers, 1) != assign(answers, 2)


# --- words --------------------------------------------------------------------------------------


def test_every_kind_has_several_wordings_and_all_are_used() -> None:
    for kind in Kind:
        assert len(set(questions(kind))) >= 3
        used = {question(kind, str(n), 3407) for n in range(200)}
        assert used == set(questions(kind))


def test_the_first_edition_s_question_is_among_them() -> None:
    from core.models.language.catalogue import prompt_text

    assert prompt_text("describe.txt") in questions(Kind.DESCRIBE)


def test_messages_are_a_picture_with_a_question_and_an_answer() -> None:
    turns = messages(Kind.LOCATE, read_caption(RICH), "Where?")
    assert [turn["role"] for turn in turns] == ["user", "assistant"]
    assert turns[0]["content"] == [{"type": "image"}, {"type": "text", "text": "Where?"}]
    assert turns[1]["content"] == [{"type": "text", "text": answer(Kind.LOCATE, RICH)}]


@pytest.mark.films
def test_every_answer_to_real_captions_reads_back() -> None:
    path = Path(os.environ["OVERREAD_TEST_DATA"]) / "text" / "roco_chest_captions.csv"
    if not path.is_file():
        pytest.skip("no captions")
    with path.open(newline="", encoding="utf-8") as lines:
        captions = [line["caption"] for line in csv.DictReader(lines)]
    for said in map(read_caption, captions):
        wanted = expected_of(Kind.IDENTIFY, said)
        if wanted is not None:
            reads_back(answer_of(Kind.IDENTIFY, said), wanted)
        for kind in answerable(said):
            assert answer_of(kind, said).strip()
