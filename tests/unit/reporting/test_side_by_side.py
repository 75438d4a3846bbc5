"""What drafts and texts say of findings, held against each other."""

from __future__ import annotations

import pytest

from core.domain.draft import Draft, DraftSentence, EvidenceMap, ModelIdentity, SentenceMap
from core.domain.finding import Certainty, Finding, Laterality
from core.domain.report import Sections
from core.reporting.places import Place, Topic, place_of, topics
from core.reporting.side_by_side import (
    Call,
    Said,
    said_by_draft,
    said_by_text,
    side_by_side,
)

PRESENT, UNCERTAIN, ABSENT = Certainty.PRESENT, Certainty.UNCERTAIN, Certainty.ABSENT
LEFT, RIGHT = Laterality.LEFT, Laterality.RIGHT


def scored(name: str, score: float, certainty: Certainty) -> Finding:
    return Finding(name, score, 0.5, certainty, uncertain_point=0.3)


def draft(*findings: Finding, text: str = "", language: str = "en", **more: object) -> Draft:
    return Draft(
        model=ModelIdentity("m", "d" * 64),
        seconds=1.0,
        findings=findings,
        sections=Sections(findings=text),
        language=language,
        **{"sentences": (), **more},  # type: ignore[arg-type]
    )


# --- what is said -------------------------------------------------------------------------------


def test_a_classifier_says_what_its_numbers_say() -> None:
    mass = scored("mass", 0.7, PRESENT)
    said = said_by_draft(draft(mass), written=False)
    assert said == Said({"mass": Call(PRESENT, None, mass)})
    assert said.of("nodule") is None


def test_a_written_text_says_it_and_the_classifier_s_number_stands_beside() -> None:
    effusion, mass = scored("pleural effusion", 0.2, ABSENT), scored("mass", 0.7, PRESENT)
    text = "There is a left pleural effusion. There is a nodule."
    said = said_by_draft(draft(effusion, mass, text=text), written=True)
    assert said.of("pleural effusion") == Call(PRESENT, LEFT, effusion)
    assert said.of("mass") == Call(None, None, mass)
    assert said.of("nodule") == Call(PRESENT)
    assert said.of("hernia") == Call()


def test_a_finding_that_the_text_alone_states_has_no_number() -> None:
    stated = Finding("nodule", None, None, PRESENT)
    said = said_by_draft(draft(stated, text="There is a nodule."), written=True)
    assert said.of("nodule") == Call(PRESENT)


def test_a_text_that_cannot_be_read_says_nothing_of_its_own() -> None:
    mass = scored("mass", 0.7, PRESENT)
    said = said_by_draft(draft(mass, text="கட்டி இல்லை.", language="ta"), written=True)
    assert said == Said({"mass": Call(PRESENT, None, mass)})


def test_a_consolidation_is_a_lung_opacity() -> None:
    said = said_by_text(Sections(findings="There is a right consolidation. No lung opacity."))
    assert said.of("lung opacity") == Call(PRESENT, RIGHT, implied_by="consolidation")


def test_an_absence_implies_nothing() -> None:
    assert said_by_text(Sections(findings="No consolidation.")).of("lung opacity") == Call()


# --- where they differ --------------------------------------------------------------------------


def text(**calls: Call) -> Said:
    return Said(calls, of_text=True)


def rows(*columns: Said | None) -> list[tuple[str, bool]]:
    return [(row.finding, row.differs) for row in side_by_side(columns)]


def test_rows_where_columns_differ_stand_first_and_the_widest_difference_before_others() -> None:
    first = text(
        mass=Call(PRESENT), nodule=Call(PRESENT), edema=Call(UNCERTAIN), hernia=Call(ABSENT)
    )
    second = text(mass=Call(PRESENT), nodule=Call(ABSENT), edema=Call(PRESENT))
    assert rows(first, second) == [
        ("nodule", True),
        ("edema", True),
        ("mass", False),
        ("hernia", False),
    ]


def test_a_text_that_does_not_mention_what_others_call_differs() -> None:
    assert rows(text(mass=Call(UNCERTAIN)), text()) == [("mass", True)]


def test_not_mentioned_and_absent_are_no_difference() -> None:
    [row] = side_by_side([text(mass=Call(ABSENT)), text()])
    assert not row.differs and not row.called
    assert row.calls == (Call(ABSENT), Call())


@pytest.mark.parametrize("silent", [None, Said({})])
def test_who_cannot_say_anything_differs_from_nobody(silent: Said | None) -> None:
    """There is no draft yet, or a classifier does not score the finding."""
    [row] = side_by_side([text(mass=Call(PRESENT)), silent])
    assert not row.differs and row.called and row.calls == (Call(PRESENT), None)


def test_what_is_implied_differs_from_nothing() -> None:
    implied = text(mass=Call(PRESENT, implied_by="x"))
    assert rows(implied, text(mass=Call(PRESENT))) == [("mass", False)]
    [row] = side_by_side([implied, text(mass=Call(ABSENT))])
    assert not row.differs and not row.called


def test_two_sides_are_a_difference_and_an_open_side_is_none() -> None:
    left = text(mass=Call(PRESENT, LEFT))
    assert rows(left, text(mass=Call(PRESENT, RIGHT))) == [("mass", True)]
    assert rows(left, text(mass=Call(PRESENT))) == [("mass", False)]
    denied = text(mass=Call(ABSENT, LEFT)), text(mass=Call(ABSENT, RIGHT))
    assert rows(*denied) == [("mass", False)]


# --- where they looked --------------------------------------------------------------------------


CLASSIFIER = draft(
    scored("mass", 0.7, PRESENT),
    maps=(EvidenceMap("mass", 5, b"", True, 11), EvidenceMap("edema", 5, b"", False, 12)),
    sentences=(DraftSentence("There is a mass.", "findings", ("mass",), 11),),
)
WRITER = draft(
    sentences=(
        DraftSentence("The heart is normal.", "findings", (), 21),
        DraftSentence("There is a mass.", "findings", ("mass",), 22),
        DraftSentence("Nothing else.", "findings"),
    ),
    maps=(EvidenceMap("mass", 5, b"", False, 20),),
    attention=(SentenceMap(0, 5, b"", 21), SentenceMap(1, 6, b"", 22)),
)
DRAFTS = {"classifier": CLASSIFIER, "writer": WRITER}


def test_findings_that_most_models_saw_come_first_then_sentences() -> None:
    assert topics(DRAFTS) == (
        Topic("mass"),
        Topic("edema"),
        Topic(model="classifier", sentence=0),
        Topic(model="writer", sentence=0),
        Topic(model="writer", sentence=1),
    )


def place(model: str, topic: Topic) -> Place | None:
    return place_of(DRAFTS[model], model, topic, DRAFTS.get(topic.model))


def test_a_model_that_writes_shows_its_own_attention_to_what_it_says_of_a_finding() -> None:
    assert place("classifier", Topic("mass")) == Place(11, 5, "mass", validated=True)
    assert place("writer", Topic("mass")) == Place(22, 6, sentence=1)
    assert place("writer", Topic("edema")) is None


def test_a_sentence_of_one_model_is_answered_by_what_others_saw_of_its_findings() -> None:
    said = Topic(model="writer", sentence=1)
    assert place("writer", said) == Place(22, 6, sentence=1)
    assert place("classifier", said) == Place(11, 5, "mass", validated=True)
    assert place("classifier", Topic(model="writer", sentence=0)) is None
    assert place("classifier", Topic(model="classifier", sentence=0)) == Place(
        11, 5, "mass", validated=True
    )
    assert place("writer", Topic(model="gone", sentence=0)) is None
