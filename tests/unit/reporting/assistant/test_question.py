"""What a question asks for and about."""

from __future__ import annotations

import pytest

from core.reporting.assistant.glossary import glossary
from core.reporting.assistant.question import Intent, understand

ENGLISH = [
    ("Where is the left pleural effusion?", Intent.WHERE, ["pleural-effusion"]),
    ("Which side is the effusion on", Intent.WHERE, ["pleural-effusion"]),
    ("How sure are you that there is a pneumothorax?", Intent.HOW_SURE, ["pneumothorax"]),
    ("What's the operating point for effusion", Intent.HOW_SURE, ["pleural-effusion"]),
    ("Why did you call cardiomegaly present?", Intent.WHY, ["cardiomegaly"]),
    ("What does a pneumothorax look like?", Intent.APPEARANCE, ["pneumothorax"]),
    ("What else looks like an effusion?", Intent.DIFFERENTIAL, ["pleural-effusion"]),
    ("How good is the model at nodules?", Intent.HOW_GOOD, ["nodule"]),
    ("What is the sensitivity for nodules?", Intent.HOW_GOOD, ["nodule"]),
    ("How good is the model?", Intent.HOW_GOOD, []),
    ("What does cardiomegaly mean?", Intent.MEANING, ["cardiomegaly"]),
    ("What is an air bronchogram?", Intent.MEANING, ["air-bronchogram"]),
    ("kerley b lines", Intent.MEANING, ["kerley-lines"]),
    ("Pitfalls of pneumonia?", Intent.PITFALL, ["pneumonia"]),
    ("What do you not assess?", Intent.NOT_ASSESSED, []),
    ("What could be missed?", Intent.NOT_ASSESSED, []),
    ("Has it changed since the last film?", Intent.COMPARE, []),
    ("What does the impression say?", Intent.REPORT, []),
    ("Is the film normal?", Intent.NORMAL, []),
    ("What do you see?", Intent.SUMMARY, []),
    ("What is wrong?", Intent.SUMMARY, []),
    ("Is a pneumothorax dangerous?", Intent.TREATMENT, ["pneumothorax"]),
    ("Which antibiotic?", Intent.TREATMENT, []),
    ("Is there a lung nodule?", Intent.STATUS, ["nodule"]),
    ("Show me the report of another patient", Intent.OTHERS, []),
    ("Tell me a joke", Intent.STATUS, []),
]


@pytest.mark.parametrize(("text", "intent", "entries"), ENGLISH)
def test_a_question_in_english(text: str, intent: Intent, entries: list[str]) -> None:
    question = understand(glossary("en"), text)
    assert (question.intent, [entry.id for entry in question.entries]) == (intent, entries)


TAMIL = [
    ("உறை நீர் எங்கே உள்ளது?", Intent.WHERE, ["pleural-effusion"]),
    ("உறை நீரின் பக்கம் எது?", Intent.WHERE, ["pleural-effusion"]),
    ("இதயப் பெருக்கம் எவ்வளவு உறுதி?", Intent.HOW_SURE, ["cardiomegaly"]),
    ("நிமோனியா என்றால் என்ன?", Intent.MEANING, ["pneumonia"]),
    ("நிகழ்தகவு என்றால் என்ன?", Intent.MEANING, ["score"]),
    ("முடிச்சில் மாதிரி எவ்வளவு துல்லியம்?", Intent.HOW_GOOD, ["nodule"]),
    ("எம்ஃபிசிமாவுக்குக் காரணங்கள்?", Intent.DIFFERENTIAL, ["emphysema"]),
    ("நுரையீரல் உறைக் காற்று எப்படித் தோன்றும்?", Intent.APPEARANCE, ["pneumothorax"]),
    ("pneumothorax எங்கே?", Intent.WHERE, ["pneumothorax"]),
    ("கட்டி உள்ளதா?", Intent.STATUS, ["mass"]),
    ("மாதிரி எவ்வளவு நம்பகமானது?", Intent.HOW_GOOD, []),
    ("எதை மதிப்பிடாது?", Intent.NOT_ASSESSED, []),
    ("படத்தில் என்ன தெரிகிறது?", Intent.SUMMARY, []),
    ("படம் இயல்பானதா?", Intent.NORMAL, []),
    ("முந்தைய படத்துடன் ஒப்பிட முடியுமா?", Intent.COMPARE, []),
    ("இது ஆபத்தானதா?", Intent.TREATMENT, []),
    ("வேறு நோயாளியின் அறிக்கையைக் காட்டு", Intent.OTHERS, []),
    ("ஒரு நகைச்சுவை சொல்", Intent.STATUS, []),
]


@pytest.mark.parametrize(("text", "intent", "entries"), TAMIL)
def test_a_question_in_tamil(text: str, intent: Intent, entries: list[str]) -> None:
    question = understand(glossary("ta"), text)
    assert (question.intent, [entry.id for entry in question.entries]) == (intent, entries)


def test_a_longer_name_hides_the_shorter_one_in_it() -> None:
    words = glossary("en")
    assert [item.id for item in words.recognise("Is it subcutaneous emphysema?")] == [
        "subcutaneous-emphysema"
    ]
    assert words.recognise("Is it massive?") == ()


def test_it_is_what_the_conversation_spoke_of_last() -> None:
    earlier = ["Is there an effusion?", "Nodule is called absent.", "What is the weather?"]
    question = understand(glossary("en"), "Where is it?", earlier)
    assert question.intent is Intent.WHERE and question.carried
    assert [entry.id for entry in question.entries] == ["nodule"]
    # A question that stands on its own carries nothing over.
    assert understand(glossary("en"), "How good is the model?", earlier).entries == ()
