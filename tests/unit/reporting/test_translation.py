"""Drafts and reports in another language: there and back, and what stays as it is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.draft import Draft, DraftSentence, ModelIdentity
from core.domain.finding import Certainty, Finding, Laterality
from core.domain.report import Sections
from core.domain.study import Projection
from core.findings.vocabulary import BY_NAME
from core.reporting.drafting import compose
from core.reporting.phrases.catalogue import phrases
from core.reporting.phrases.statement import Compared
from core.reporting.reading import read_text
from core.reporting.translation import in_language, sections_in, translation
from tests.unit.reporting.drafting.drafts import HIGH, WORDED, figures, study

MARK = "[English: {text}]"
OPEN_SIDE = "There is a [side] nodule."
TAMIL_SIDE = "[இடது/வலது] பக்கத்தில் நுரையீரல் முடிச்சு (nodule) காணப்படுகிறது."


def drafted(
    findings: list[Finding], films: tuple[Projection, ...] = (Projection.PA,), prior: str = ""
) -> Draft:
    measured = {each.name: figures(each.name, sensitivity_uncertain=HIGH) for each in findings}
    sentences, sections, warnings = compose(
        findings, measured, study=study(), films=films, prior=prior
    )
    model = ModelIdentity("fake", "")
    return Draft(model, 0.1, tuple(findings), sentences, sections, warnings)


@st.composite
def any_draft(draw: st.DrawFn) -> Draft:
    names = draw(st.lists(st.sampled_from(WORDED), unique=True))
    findings = []
    for name in names:
        certainty = draw(st.sampled_from(Certainty))
        sides = [None, *Laterality] if BY_NAME[name].sided else [None]
        probability = draw(st.sampled_from([None, 0.3, 0.7]))
        findings.append(
            Finding(
                name,
                0.9,
                0.5,
                certainty,
                probability,
                laterality=draw(st.sampled_from(sides)),
                drafted=certainty is not Certainty.ABSENT,
                evidence=3,
            )
        )
    views = draw(st.lists(st.sampled_from(Projection), min_size=1, unique=True))
    prior = draw(st.sampled_from(["", phrases("en").say(Compared("2025-03-01"))]))
    return drafted(findings, tuple(views), prior)


@given(any_draft())
@settings(max_examples=200, deadline=None)
def test_a_draft_goes_into_tamil_and_back_and_says_the_same(draft: Draft) -> None:
    tamil = in_language(draft, "ta")
    assert tamil.language == "ta" and in_language(tamil, "en") == draft
    assert tamil.sections.indication == draft.sections.indication == "Cough."
    for name in ("findings", "impression"):
        before = read_text(getattr(draft.sections, name), "en")
        after = read_text(getattr(tamil.sections, name), "ta")
        assert set(after.mentions) == set(before.mentions) and not after.unread
    # Each sentence stands in its section word for word, with its findings and its map.
    for english, other in zip(draft.sentences, tamil.sentences, strict=True):
        assert other.text in getattr(tamil.sections, other.section)
        assert replace(other, text=english.text) == english


def test_a_draft_with_a_sentence_of_its_own_stays_as_it_is() -> None:
    plain = drafted([Finding("nodule", 0.9, 0.5, Certainty.PRESENT, drafted=True)])
    own = DraftSentence("A small shadow at the right apex.", "findings", ("nodule",))
    mixed = replace(plain, sentences=(*plain.sentences, own))
    assert in_language(mixed, "ta") is mixed
    assert in_language(plain, "en") is plain
    assert in_language(plain, "xx") is plain


def test_sections_follow_one_by_one() -> None:
    sections = Sections(
        "Cough.", "None available.", "PA and lateral chest radiographs.", "Own words.", OPEN_SIDE
    )
    tamil = sections_in(sections, "en", "ta")
    assert (tamil.indication, tamil.findings) == ("Cough.", "Own words.")
    assert tamil.comparison == "ஒப்பிட முந்தைய ஆய்வு இல்லை."
    assert tamil.technique == "மார்பின் எக்ஸ்-ரே படங்கள், PA மற்றும் பக்கவாட்டு நோக்குகள்."
    assert tamil.impression == TAMIL_SIDE
    assert sections_in(tamil, "ta", "en") == sections
    assert sections_in(sections, "en", "xx") == sections


@pytest.mark.parametrize(
    ("text", "translated"),
    [
        ("", ""),
        (OPEN_SIDE, TAMIL_SIDE),
        ("1. Cardiomegaly.\n2. Left nodule.",
         "1. இதயப் பெருக்கம் (cardiomegaly).\n2. இடது பக்க நுரையீரல் முடிச்சு (nodule)."),
        ("Left nodule. It is bulky. No hernia.",
         "இடது பக்க நுரையீரல் முடிச்சு (nodule). [English: It is bulky. No hernia.]"),
        ("No diaphragmatic hernia.\n\n- Cardiomegaly.",
         "உதரவிதானப் பிதுக்கம் (diaphragmatic hernia) காணப்படவில்லை.\n\n"
         "- இதயப் பெருக்கம் (cardiomegaly)."),
        ("A dose of {x} 1.2 mGy.", "[English: A dose of {x} 1.2 mGy.]"),
    ],
)  # fmt: skip
def test_what_is_of_no_file_is_marked(text: str, translated: str) -> None:
    assert translation(text, "en", "ta", MARK) == translated


def test_a_language_without_a_file_is_marked_as_a_whole() -> None:
    assert translation("Herz groß.", "de", "ta", "[de: {text}]") == "[de: Herz groß.]"
    assert translation(" ", "de", "ta", "[de: {text}]") == " "


def test_a_sentence_over_two_lines_with_blanks_is_marked_not_lost() -> None:
    text = "There is a long statement that was wrapped by a dictation system and   \nends here."
    assert translation(text, "en", "ta", MARK) == f"[English: {text}]"
