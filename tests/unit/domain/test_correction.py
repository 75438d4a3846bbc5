"""Draft against signed text: sentences, findings, words."""

from __future__ import annotations

import time
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.correction import align_sentences, compare_findings, word_diff
from core.domain.finding import Certainty, Laterality, Mention

PRESENT, UNCERTAIN, ABSENT = Certainty.PRESENT, Certainty.UNCERTAIN, Certainty.ABSENT


def _aligned(before: list[str], after: list[str]) -> list[tuple[str, str, str]]:
    pairs = align_sentences(
        [("findings", text) for text in before], [("findings", text) for text in after]
    )
    return [(each.change, each.before, each.after) for each in pairs]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([], [], []),
        (["A."], [], [("removed", "A.", "")]),
        ([], ["A."], [("added", "", "A.")]),
        (["Left effusion."], ["Left effusion."], [("kept", "Left effusion.", "Left effusion.")]),
        (["Left effusion."], ["Left  effusion. "],
         [("kept", "Left effusion.", "Left  effusion. ")]),
        (["There is a left pleural effusion."], ["There is a right pleural effusion."],
         [("changed", "There is a left pleural effusion.",
           "There is a right pleural effusion.")]),
        (["Cardiomegaly."], ["Mild cardiomegaly."],
         [("changed", "Cardiomegaly.", "Mild cardiomegaly.")]),
        # the frame of a sentence is no likeness
        (["There is a pneumothorax."], ["There is a hernia."],
         [("removed", "There is a pneumothorax.", ""), ("added", "", "There is a hernia.")]),
        # what was kept is never given up for what was changed
        (["Possible nodule.", "Nodule."], ["Nodule."],
         [("removed", "Possible nodule.", ""), ("kept", "Nodule.", "Nodule.")]),
        # inserted in the middle
        (["No nodule.", "Cardiomegaly."], ["No nodule.", "Old rib fracture.", "Cardiomegaly."],
         [("kept", "No nodule.", "No nodule."), ("added", "", "Old rib fracture."),
          ("kept", "Cardiomegaly.", "Cardiomegaly.")]),
    ],
)  # fmt: skip
def test_alignment(
    before: list[str], after: list[str], expected: list[tuple[str, str, str]]
) -> None:
    assert _aligned(before, after) == expected


def test_greedy_would_lose_a_pair() -> None:
    before = ["Small left pleural effusion.", "Small left pleural effusion and atelectasis."]
    after = ["Small left pleural effusion and atelectasis.", "Right basal atelectasis effusion."]
    assert [change for change, *_ in _aligned(before, after)] == ["removed", "kept", "added"]


def test_sections_are_apart() -> None:
    corrections = align_sentences([("findings", "Nodule.")], [("impression", "Nodule.")])
    assert [(each.section, each.change) for each in corrections] == [
        ("findings", "removed"),
        ("impression", "added"),
    ]


_SENTENCES = st.lists(
    st.lists(st.sampled_from(["left", "right", "effusion", "nodule", "no"]), min_size=1, max_size=4)
    .map(" ".join),
    max_size=6,
)  # fmt: skip


@given(_SENTENCES, _SENTENCES)
def test_every_sentence_stands_once_in_order(before: list[str], after: list[str]) -> None:
    aligned = _aligned(before, after)
    assert [old for _, old, _ in aligned if old] == before
    assert [new for _, _, new in aligned if new] == after
    assert aligned == _aligned(before, after)


@given(_SENTENCES)
def test_an_unchanged_text_is_kept(text: list[str]) -> None:
    assert [change for change, *_ in _aligned(text, text)] == ["kept"] * len(text)


def _mention(certainty: Certainty, side: Laterality | None = None) -> Mention:
    return Mention("nodule", certainty, side)


@pytest.mark.parametrize(
    ("drafted", "signed", "change", "detail"),
    [
        (_mention(PRESENT), _mention(PRESENT), "kept", ""),
        (_mention(PRESENT), _mention(UNCERTAIN), "changed", "present -> uncertain"),
        (_mention(PRESENT), _mention(ABSENT), "changed", "present -> absent"),
        (_mention(PRESENT, Laterality.LEFT), _mention(PRESENT, Laterality.RIGHT), "changed",
         "left -> right"),
        (_mention(PRESENT), _mention(PRESENT, Laterality.LEFT), "changed", "no side -> left"),
        (_mention(PRESENT, Laterality.LEFT), _mention(UNCERTAIN), "changed",
         "present -> uncertain, left -> no side"),
        (None, _mention(PRESENT, Laterality.LEFT), "added", "present, left"),
        (_mention(UNCERTAIN), None, "removed", "uncertain"),
    ],
)  # fmt: skip
def test_findings(
    drafted: Mention | None, signed: Mention | None, change: str, detail: str
) -> None:
    (correction,) = compare_findings(
        {"nodule": drafted} if drafted else {}, {"nodule": signed} if signed else {}
    )
    assert (correction.kind, correction.finding) == ("finding", "nodule")
    assert (correction.change, correction.detail) == (change, detail)


@pytest.mark.parametrize(
    ("before", "after", "runs"),
    [
        ("", "", []),
        ("Nodule.", "Nodule.", [("same", "Nodule.")]),
        ("", "New.", [("added", "New.")]),
        ("A left effusion.", "A right effusion.",
         [("same", "A "), ("removed", "left"), ("added", "right"), ("same", " effusion.")]),
        ("left pleural effusion", "right basal effusion",
         [("removed", "left pleural"), ("added", "right basal"), ("same", " effusion")]),
        ("2.5 cm", "2.7 cm", [("removed", "2.5"), ("added", "2.7"), ("same", " cm")]),
        ("Effusion.", "Effusion, small.",
         [("same", "Effusion"), ("added", ", small"), ("same", ".")]),
        ("வலது நுரையீரல்", "இடது நுரையீரல்",
         [("removed", "வலது"), ("added", "இடது"), ("same", " நுரையீரல்")]),
    ],
)  # fmt: skip
def test_word_diff(before: str, after: str, runs: list[tuple[str, str]]) -> None:
    assert list(word_diff(before, after)) == runs


@given(st.text(max_size=60), st.text(max_size=60))
def test_word_diff_joins_back(before: str, after: str) -> None:
    runs = word_diff(before, after)
    assert "".join(text for op, text in runs if op in ("same", "removed")) == before
    assert "".join(text for op, text in runs if op in ("same", "added")) == after
    assert all(text for _, text in runs)


@pytest.mark.parametrize("text", ["a ", "mass, "])
def test_the_longest_texts_are_compared_in_time(text: str) -> None:
    random = Random(0)
    common = ["the", "lung", "is", "clear", "no", "effusion"] + [f"word{n}" for n in range(200)]
    before, after = text * 4_000, text.upper() * 4_000
    before += " ".join(random.choices(common, k=2_000))
    after += " ".join(random.choices(common, k=2_000))
    started = time.process_time()
    runs = word_diff(before, after)
    assert time.process_time() - started < 5
    assert "".join(run for op, run in runs if op != "added") == before
