"""Every word rule becomes a warning, with the findings or words that it is about."""

from __future__ import annotations

import pytest

from core.domain.finding import Certainty, Laterality
from core.domain.study import Projection
from core.models.base import Interval
from core.reporting import text_caveats as caveats
from core.reporting.text_caveats import in_words
from tests.unit.reporting.written.texts import about, beside, filmed, scored, written

LEFT, RIGHT = Laterality.LEFT, Laterality.RIGHT
PRESENT, UNCERTAIN, ABSENT = Certainty.PRESENT, Certainty.UNCERTAIN, Certainty.ABSENT
SENSITIVE = Interval(0.97, 0.93, 0.99, 60)


def test_plain_words_raise_no_warning() -> None:
    assert about(written("There is a pleural effusion. Possible atelectasis.")) == {}


# --- sides and denials --------------------------------------------------------------------------


def test_sides_of_a_text_are_not_earned() -> None:
    draft = written("Left effusion and right nodule. No left consolidation. Edema.")
    assert about(draft)["side_not_earned"] == (("pleural effusion", "nodule"), "")


def test_a_side_that_the_classifier_earned_is() -> None:
    text = "There is a left pleural effusion."
    assert "side_not_earned" not in about(beside(text, [scored("pleural effusion", PRESENT, LEFT)]))
    assert "side_not_earned" in about(beside(text, [scored("pleural effusion", PRESENT)]))


def test_denials_are_not_earned() -> None:
    draft = written("No effusion or pneumothorax. There is a nodule.")
    assert about(draft)["negative_not_earned"] == (("pleural effusion", "pneumothorax"), "")


@pytest.mark.parametrize(
    ("certainty", "sensitivity", "earned"),
    [
        (ABSENT, SENSITIVE, True),
        (ABSENT, Interval(0.9, 0.85, 0.95, 60), False),
        (ABSENT, None, False),
        (UNCERTAIN, SENSITIVE, False),
    ],
)
def test_a_denial_is_earned_by_a_classifier_that_misses_few(
    certainty: Certainty, sensitivity: Interval | None, earned: bool
) -> None:
    classifier = [scored("pneumothorax", certainty)]
    draft = beside("No pneumothorax.", classifier, sensitivity_uncertain=sensitivity)
    assert ("negative_not_earned" not in about(draft)) is earned


@pytest.mark.parametrize(
    ("text", "called"),
    [("Normal chest.", True), ("No acute cardiopulmonary disease.", True), ("Nodule.", False)],
)
def test_a_film_that_is_called_normal(text: str, called: bool) -> None:
    assert ("called_normal" in about(written(text))) is called


@pytest.mark.parametrize(
    ("projection", "due"),
    [(Projection.PA, False), (Projection.AP, True), (Projection.UNKNOWN, True)],
)
@pytest.mark.parametrize("text", ["Cardiomegaly.", "The heart is not enlarged.", "Nodule."])
def test_the_heart_is_judged_on_pa_films_alone(
    projection: Projection, due: bool, text: str
) -> None:
    draft = written(text, filmed(projection), films=(projection,))
    assert ("heart_size_stated" in about(draft)) is (due and text != "Nodule.")


@pytest.mark.parametrize(
    ("text", "findings", "words"),
    [
        ("Left lower lobe pneumonia.", ("pneumonia",), ""),
        ("No infiltrate.", ("infiltration",), ""),
        ("Findings of COVID-19 and pneumonia.", ("COVID-19", "pneumonia"), ""),
        ("Consistent with congestive heart failure.", (), "congestive heart failure"),
        ("Suspicious for Malignancy.", (), "Malignancy"),
        ("Healed tuberculosis. Pneumonia.", ("pneumonia",), "tuberculosis"),
    ],
)
def test_diagnoses(text: str, findings: tuple[str, ...], words: str) -> None:
    assert about(written(text))["diagnosis_worded"] == (findings, words)


# --- facts that nobody gave ---------------------------------------------------------------------


def test_comparisons() -> None:
    text = "The effusion is unchanged."
    assert about(written(text))["comparison_without_prior"][1]
    with_prior = about(written(text, prior="Study of 2024-01-02 is at hand."))
    assert "comparison_without_prior" not in with_prior
    assert with_prior["comparison_not_seen"] == ((), "unchanged")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A nodule of 12 mm.", "12 mm"),
        ("A 1.2 x 3 cm mass.", "1.2 x 3 cm"),
        ("A 3-cm mass.", "3-cm"),
        ("Pneumothorax of about 20%.", "20%"),
        ("The cardiothoracic ratio is 0.55.", "ratio is 0.55"),
        ("An effusion of 200 ml.", "200 ml"),
        ("The tip is 3 centimeters above.", "3 centimeters"),
        ("Old fracture of the 5th rib, 2 nodules, T12.", ""),
    ],
)
def test_measurements(text: str, words: str) -> None:
    assert about(written(text)).get("measurement_not_given", ((), ""))[1] == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Seen on 2019-03-04.", "2019-03-04"),
        ("Seen on 3/4/2019.", "3/4/2019"),
        ("Seen on March 4, 2019.", "March 4"),
        ("Seen on 4 March.", "4 March"),
        ("Seen in 2019.", "in 2019"),
        ("Read at 10:45 a.m.", "10:45"),
        ("May represent 2 nodules.", ""),
        ("Left lateral decubitus. 1. Effusion.", ""),
        ("Ribs 3-5 and L1/L2 are intact.", ""),
    ],
)
def test_dates_and_times(text: str, words: str) -> None:
    assert about(written(text)).get("date_not_given", ((), ""))[1] == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Discussed with Dr. Smith.", "Dr. Smith"),
        ("Results were discussed with the team.", "discussed with"),
        ("Mrs. Doe has an effusion.", "Mrs. Doe"),
        ("A 45-year-old with effusion.", "45-year-old"),
        ("A 63-year-old with effusion.", ""),
        ("Reported by telephone.", "by telephone"),
        ("The drain is in place.", ""),
    ],
)
def test_people_talks_and_ages(text: str, words: str) -> None:
    assert about(written(text)).get("person_not_given", ((), ""))[1] == words


def test_marks_of_removed_words() -> None:
    assert about(written("Compared to XXXX, a nodule."))["masked_words"] == ((), "XXXX")
    assert "masked_words" in about(written("Nodule seen on ___."))


def test_what_was_given_may_be_repeated() -> None:
    text = "A 12 mm nodule, known since March 4, as Dr. Smith wrote."
    given = "Known 12  mm nodule since March 4; sent by Dr. Smith."
    for known in (written(text, filmed(indication=given)), written(text, given=given)):
        assert not {"measurement_not_given", "date_not_given", "person_not_given"} & set(
            about(known)
        )


# --- text and classifier ------------------------------------------------------------------------


def test_disagreements_are_marked_by_finding() -> None:
    classifier = [
        scored("nodule", PRESENT),
        scored("mass", PRESENT, drafted=False),
        scored("edema", PRESENT),
        scored("atelectasis", ABSENT),
        scored("consolidation", UNCERTAIN),
        scored("pleural effusion", PRESENT, RIGHT),
        scored("pneumothorax", ABSENT),
    ]
    text = "No edema. Atelectasis and left pleural effusion. Consolidation. Possible pneumothorax."
    found = about(beside(text, classifier))
    assert found["scored_but_not_stated"] == (("nodule",), "")
    assert found["scored_but_denied"] == (("edema",), "")
    assert found["stated_but_scored_absent"] == (("atelectasis",), "")
    assert found["sides_differ"] == (("pleural effusion",), "")


def test_a_narrower_word_mentions_the_broader_finding() -> None:
    draft = beside("There is a consolidation.", [scored("lung opacity", PRESENT)])
    assert "scored_but_not_stated" not in about(draft)


def test_agreement_is_no_warning() -> None:
    classifier = [scored("nodule", PRESENT), scored("edema", ABSENT)]
    assert about(beside("There is a nodule.", classifier)) == {}


# --- in words -----------------------------------------------------------------------------------


def test_a_warning_names_what_it_is_about_in_the_language_of_the_interface() -> None:
    words = {
        "nodule": "Knoten",
        "mass": "Masse",
        caveats.SIDE_NOT_EARNED.message: "Eine Seite steht da.",
    }
    [warning] = caveats.about(caveats.SIDE_NOT_EARNED, ["nodule", "mass", "nodule"])
    assert in_words(warning, words.__getitem__) == "Eine Seite steht da: Knoten, Masse."
    [warning] = caveats.about(caveats.DATE, words="in 2019")
    assert in_words(warning, str) == ('The text holds a date or time that nobody gave: "in 2019".')
    assert in_words(caveats.CUT_AT_REPEAT, str) == caveats.CUT_AT_REPEAT.message
