"""A signed report in plain words: what it says, no more, and what could not be said."""

from __future__ import annotations

import pytest

from core.domain.conversation import Evidence, Ground, Level
from core.domain.finding import Laterality
from core.domain.report import Sections
from core.findings.vocabulary import NAMES
from core.reporting.assistant.glossary import glossary, languages
from core.reporting.assistant.patient_answers import answer_patient
from core.reporting.assistant.plain_words import plain_report, plain_sentence
from core.reporting.assistant.said import Answer
from core.reporting.phrases.catalogue import phrases
from core.reporting.phrases.statement import Form, Statement
from core.reporting.study_context import StudyContext

ENGLISH = glossary("en")


def signed(findings: str = "", impression: str = "", *addenda: str) -> StudyContext:
    return StudyContext(Sections(findings=findings, impression=impression), True, addenda)


@pytest.mark.parametrize(
    ("original", "plain", "left_out"),
    [
        ("No pneumothorax.", "The film shows no sign of air between the lung and the chest wall.",
         ()),
        ("There is a small left pleural effusion.",
         "The film shows fluid around the lung, on the left. The report calls it: small.", ()),
        ("Possible nodule in the left upper lobe.",
         "The film may show a small round spot in the lung, on the left; this is not certain.",
         ("upper lobe",)),
        ("Heart size is normal.", "The film shows no sign of an enlarged heart.", ()),
        ("No acute cardiopulmonary abnormality.",
         "Nothing conspicuous was found in what was looked at.", ()),
        # Not "no sign of fluid": what was denied is a large one.
        ("No large pleural effusion.", "The film shows no sign of fluid around the lung.",
         ("large",)),
        ("Pleural effusion has increased since 2024.",
         "The film shows fluid around the lung. Compared with an earlier film: more.", ("2024",)),
        # How large is said of one of two, nobody knows of which.
        ("Small effusion and cardiomegaly.",
         "The film shows fluid around the lung. The film shows an enlarged heart.", ("Small",)),
        # A film shows the opacity; that it is an infection is only suggested.
        ("Opacity consistent with pneumonia.",
         "The film shows a pale area in the lung. The film may show an infection of the lung; "
         "this is not certain.", ()),
        ("A chest tube projects over the heart.", "", ()),
        ("CT recommended.", "", ()),
        ("Pleural effusion with mediastinal widening.", "The film shows fluid around the lung.",
         ("mediastinal widening",)),
    ],
)  # fmt: skip
def test_a_sentence(original: str, plain: str, left_out: tuple[str, ...]) -> None:
    found = plain_sentence(ENGLISH, original)
    assert (found.plain, found.left_out) == (plain, left_out)


@pytest.mark.parametrize("code", list(languages()))
@pytest.mark.parametrize("finding", NAMES)
def test_a_denial_is_never_told_as_a_finding(code: str, finding: str) -> None:
    words = glossary(code)
    found = plain_sentence(words, f"No {finding}.")
    entry = words.by_finding[finding]
    assert found.plain == words.patient["absent"].format(plain=entry.plain)
    assert found.entries == ()
    told = plain_report(signed(f"No {finding}."), language=code, level=Level.FULLER).text
    assert entry.plain_more not in told


def test_the_whole_report_is_marked_as_an_explanation() -> None:
    said = plain_report(
        signed("No pneumothorax. A pacemaker is seen.", "Left effusion.", "Old films seen."),
        language="en",
        level=Level.SHORT,
    )
    lines = said.text.splitlines()
    assert "not part of the report" in lines[0]
    assert "could not put this sentence into plain words: “A pacemaker is seen.”" in lines[2]
    assert lines[3] == "In short:" and lines[5] == "Added later:"
    assert lines[-1] == "For what this means for you, please talk to your doctor."
    assert {item.reference for item in said.evidence if item.ground is Ground.SECTION} == {
        "findings", "impression", "addendum",
    }  # fmt: skip


def test_a_fuller_level_explains_each_finding_once() -> None:
    context = signed("Left pleural effusion.", "Pleural effusion.")
    short = plain_report(context, language="en", level=Level.SHORT).text
    fuller = plain_report(context, language="en", level=Level.FULLER).text
    more = ENGLISH.by_finding["pleural effusion"].plain_more
    assert more not in short and fuller.count(more) == 1


def test_a_report_that_cannot_be_told_says_so() -> None:
    said = plain_report(signed("Siehe Vorbefund."), language="en", level=Level.SHORT)
    assert not said.known and "could not put any sentence" in said.text
    empty = plain_report(signed(), language="en", level=Level.SHORT)
    assert not empty.known and "no findings or impression" in empty.text


def test_a_patient_hears_what_was_signed_and_no_number() -> None:
    context = signed("Small left pleural effusion. No pneumothorax or consolidation.")
    said = answer_patient(context, "Do I have a pneumothorax?", language="en").text
    assert "The film shows no sign of air between the lung and the chest wall." in said
    assert "dense area" not in said
    sure = answer_patient(context, "How sure are you that there is fluid?", language="en").text
    assert "I explain only what was signed." in sure
    assert (
        "does not mention Nodule"
        in answer_patient(context, "Is there a nodule?", language="en").text
    )


AIR = "air between the lung and the chest wall"
DENIED, SEEN = f"The film shows no sign of {AIR}.", f"The film shows {AIR}, on the left."


def asked(context: StudyContext, question: str) -> Answer:
    return answer_patient(context, question, language="en")


def test_a_patient_hears_an_addendum_after_the_sentence_that_it_contradicts() -> None:
    seen = "There is a left pneumothorax."
    said = asked(signed("No pneumothorax.", "", seen), "Is there a pneumothorax?")
    assert said.text.index(DENIED) < said.text.index(f"Added later: {SEEN}")
    assert Evidence(Ground.SECTION, "addendum") in said.evidence
    # The last word is the newest, though the report once said the same.
    again = signed("No pneumothorax.", "", seen, "No pneumothorax.")
    text = asked(again, "Is there a pneumothorax?").text
    assert text.index(f"Added later: {SEEN}") < text.index(f"Added later: {DENIED}")
    alone = asked(signed("Effusion.", "", seen), "Is there a pneumothorax?").text
    assert f"Added later: {SEEN}" in alone and "does not mention" not in alone


def test_how_large_is_told_of_no_other_finding_than_the_one_it_was_said_of() -> None:
    written = "Mild cardiomegaly and a large right pleural effusion."
    found = plain_sentence(ENGLISH, written, about="pleural effusion")
    assert found.plain == "The film shows fluid around the lung, on the right."
    assert found.left_out == ("Mild", "large")
    said = asked(signed(written), "Is there an effusion?").text
    assert f"In the report's own words: “{written}”" in said and "calls it" not in said
    # Of a finding that stands alone it is told, and nothing is left to quote.
    said = asked(signed("Large pleural effusion."), "Is there an effusion?").text
    assert "The report calls it: large." in said and "own words" not in said


def test_a_finding_that_a_narrower_one_says_is_told_when_it_is_asked_for() -> None:
    said = asked(signed("Left opacity, a consolidation."), "Is there a lung opacity?").text
    assert "The film shows a pale area in the lung" in said
    # What was only suggested stays so.
    found = plain_sentence(ENGLISH, "Opacity consistent with pneumonia.", about="pneumonia")
    assert found.plain.endswith("this is not certain.")


@pytest.mark.parametrize("code", list(languages()))
def test_a_patient_is_not_told_that_words_are_silent_which_nobody_read(code: str) -> None:
    words = glossary(code)
    term = words.by_finding["pneumothorax"].term
    unread, silent = (words.patient[key].format(term=term) for key in ("unread", "silent"))
    tamil, own = Sections(findings="இது என் சொந்த வாக்கியம்."), "இது என் சொந்த வாக்கியம்."
    for context in (
        StudyContext(tamil, True, report_language="ta"),
        signed("Effusion.", "", own),
        signed("No pneumothorax.", "", own),
    ):
        said = answer_patient(context, "pneumothorax?", language=code).text
        assert unread in said and silent not in said
    said = answer_patient(signed("Effusion."), "pneumothorax?", language=code).text
    assert silent in said and unread not in said


@pytest.mark.parametrize(
    "question", ["Is it dangerous?", "What should I do?", "Will I die?", "Which medicine?"]
)
def test_a_patient_is_sent_to_the_doctor_for_advice(question: str) -> None:
    said = answer_patient(signed("Left pleural effusion."), question, language="en").text
    assert "Please talk to your doctor." in said and "fluid" not in said


def test_a_tamil_report_is_told_as_far_as_it_is_made_of_drafted_sentences() -> None:
    tamil = phrases("ta")
    denied = tamil.say(Statement(Form.DENIED, ("pneumothorax",)))
    seen = tamil.say(Statement(Form.SEEN, ("pleural effusion",), Laterality.LEFT))
    own, english = "இது என் சொந்த வாக்கியம்.", "No cardiomegaly."
    findings = f"{denied} {seen} {own} {english}"
    context = StudyContext(Sections(findings=findings), True, report_language="ta")
    for code in languages():
        words = glossary(code)
        told = plain_report(context, language=code, level=Level.SHORT).text
        air, fluid = words.by_finding["pneumothorax"], words.by_finding["pleural effusion"]
        assert words.patient["absent"].format(plain=air.plain) in told
        assert fluid.plain in told and words.words["left"] in told
        assert words.patient["not_explained"].format(sentence=own) in told
        heart = words.by_finding["cardiomegaly"]
        assert words.patient["absent"].format(plain=heart.plain) in told


def test_no_language_is_guessed_among_those_of_one_script() -> None:
    context = StudyContext(Sections(findings="Kein Pneumothorax."), True, report_language="de")
    assert not plain_report(context, language="en", level=Level.SHORT).known
