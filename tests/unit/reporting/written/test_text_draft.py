"""What a language model wrote becomes a draft without a word of it changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.draft import Refusal
from core.domain.errors import DraftFailedError
from core.domain.finding import Certainty, Laterality
from core.domain.study import Projection
from tests.unit.reporting.written.texts import about, filmed, scored, written

REPORT = (
    "FINDINGS: There is a small left pleural effusion. No pneumothorax.\n"
    "Possible atelectasis at the\nleft base.\n\n"
    "IMPRESSION:\n1. Small left pleural effusion.\n2. Possible atelectasis."
)


def test_sections_are_the_models_words_and_the_files_facts() -> None:
    sections = written(REPORT).sections
    assert sections.as_dict() == {
        "indication": "Cough.",
        "comparison": "None available.",
        "technique": "Frontal chest radiograph, PA projection.",
        "findings": "There is a small left pleural effusion. No pneumothorax.\n"
        "Possible atelectasis at the\nleft base.",
        "impression": "1. Small left pleural effusion.\n2. Possible atelectasis.",
    }


def test_sentences_name_their_findings_and_stand_where_they_were_written() -> None:
    draft = written("<s>" + REPORT)
    assert [(each.section, each.text, each.findings) for each in draft.sentences] == [
        ("findings", "There is a small left pleural effusion.", ("pleural effusion",)),
        ("findings", "No pneumothorax.", ("pneumothorax",)),
        ("findings", "Possible atelectasis at the\nleft base.", ("atelectasis",)),
        ("impression", "Small left pleural effusion.", ("pleural effusion",)),
        ("impression", "Possible atelectasis.", ("atelectasis",)),
    ]
    for sentence, (start, end) in zip(draft.sentences, draft.spans, strict=True):
        assert ("<s>" + REPORT)[start:end] == sentence.text
        assert sentence.text in draft.sections.as_dict()[sentence.section]


def test_the_same_sentence_in_both_sections_has_a_place_in_each() -> None:
    text = "Findings: Left effusion. Left effusion.\nImpression: Left effusion."
    draft = written(text)
    assert draft.spans == ((10, 24), (25, 39), (52, 66))


def test_without_headings_there_is_no_impression() -> None:
    draft = written("There is a small effusion.  Clear lungs.")
    assert draft.sections.findings == "There is a small effusion.  Clear lungs."
    assert draft.sections.impression == ""
    assert {each.section for each in draft.sentences} == {"findings"}


def test_findings_of_the_text_alone_have_no_number() -> None:
    draft = written(REPORT)
    found = {each.name: each for each in draft.findings}
    effusion, pneumothorax = found["pleural effusion"], found["pneumothorax"]
    assert effusion.score is effusion.operating_point is effusion.shown is None
    assert (effusion.certainty, effusion.laterality, effusion.drafted) == (
        Certainty.PRESENT,
        Laterality.LEFT,
        True,
    )
    assert (pneumothorax.certainty, pneumothorax.drafted) == (Certainty.ABSENT, False)
    assert found["atelectasis"].certainty is Certainty.UNCERTAIN
    assert [each.name for each in draft.findings] == [
        "atelectasis",
        "pleural effusion",
        "pneumothorax",
    ]


def test_a_normal_film_is_no_finding() -> None:
    draft = written("No acute cardiopulmonary abnormality.")
    assert draft.findings == () and draft.sentences[0].findings == ()
    assert "called_normal" in about(draft)


def test_a_classifier_keeps_its_findings_as_they_are() -> None:
    classifier = (
        scored("nodule", Certainty.ABSENT),
        scored("pleural effusion", Certainty.UNCERTAIN),
    )
    draft = written(REPORT, findings=classifier)
    assert draft.findings[:2] == classifier
    assert [each.name for each in draft.findings[2:]] == ["atelectasis", "pneumothorax"]
    assert all(each.score is None for each in draft.findings[2:])


def test_what_the_files_say_is_not_the_models_to_write() -> None:
    draft = written("TECHNIQUE: PA and lateral views.\nCOMPARISON: 2019.\nFINDINGS: Clear lungs.")
    assert draft.sections.technique == "Frontal chest radiograph, PA projection."
    assert draft.sections.findings == "Clear lungs." and "own_sections" in about(draft)
    assert "own_sections" not in about(written("FINDINGS: Clear lungs."))


def test_words_before_the_first_heading_are_kept() -> None:
    draft = written("Here is my report.\nFINDINGS: Clear lungs.")
    assert draft.sections.findings == "Here is my report.\nClear lungs."
    assert "before_first_heading" in about(draft)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Clear lungs. " + "No effusion here at all. " * 6, "cut_at_repeat"),
        ("Clear lungs.<|im_end|>user", "cut_at_control_token"),
        ("Clear\x00 lungs.", "cut_at_control_token"),
        (" ".join(f"word{number}" for number in range(5000)), "cut_at_length"),
    ],
)
def test_what_was_cut_is_said(text: str, code: str) -> None:
    assert [each for each in about(written(text)) if each.startswith("cut")] == [code]


@pytest.mark.parametrize(
    "text", ["", " \n ", "...", "<s></s>", "TECHNIQUE: PA.", "\x00", "USER: hi"]
)
def test_nothing_is_no_draft(text: str) -> None:
    if text == "USER: hi":
        assert written(text).sections.findings == "hi"
        return
    with pytest.raises(DraftFailedError, match="wrote no report"):
        written(text)


def test_nothing_is_drafted_for_a_child() -> None:
    draft = written(REPORT, filmed(age="012Y"))
    assert draft.refusal is Refusal.UNDER_16 and list(about(draft)) == ["under_16"]
    assert draft.sentences == draft.findings == () and draft.sections.findings == ""
    assert draft.sections.indication == "Cough."


def test_nothing_is_drafted_without_a_frontal_film() -> None:
    draft = written(REPORT, filmed(Projection.LATERAL))
    assert draft.refusal is Refusal.NO_FRONTAL and draft.findings == ()


def test_what_is_not_known_of_study_and_film_is_said() -> None:
    draft = written(REPORT, filmed(Projection.UNKNOWN, age=""), films=(Projection.UNKNOWN,))
    assert {"age_unknown", "projection_not_stated"} <= set(about(draft))


PIECES = st.sampled_from(
    [
        "FINDINGS:",
        "Impression:",
        "There is a left effusion.",
        "No pneumothorax",
        "1. Nodule.",
        "\n",
        "  ",
        "Dr. XXXX",
        "?",
        "\x0b",
        "\u2028",
        "சிறு",
        "<|im_end|>",
        "x" * 60,
        "and\nthe",
    ]
)


@given(st.lists(PIECES, max_size=14))
def test_whatever_is_written_each_sentence_is_where_it_says(pieces: list[str]) -> None:
    text = " ".join(pieces)
    try:
        draft = written(text)
    except DraftFailedError:
        return
    for sentence, (start, end) in zip(draft.sentences, draft.spans, strict=True):
        there = text[start:end]
        assert [a for a, b in zip(there, sentence.text, strict=True) if a != b and b != " "] == []
        assert sentence.text in draft.sections.as_dict()[sentence.section]
    assert list(draft.spans) == sorted(draft.spans)
