"""What drafts and texts say of findings, held against each other."""

from __future__ import annotations

from core.domain.draft import Draft, DraftSentence, EvidenceMap, ModelIdentity, SentenceMap
from core.domain.finding import Certainty, Finding, Laterality
from core.domain.report import Sections
from core.reporting.places import Place, Topic, place_of, topics
from core.reporting.side_by_side import (
    Call,
    Calls,
    calls_of_draft,
    calls_of_text,
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
    assert calls_of_draft(draft(mass), written=False) == {"mass": Call(PRESENT, None, mass)}


def test_a_written_text_says_it_and_the_classifier_s_number_stands_beside() -> None:
    effusion, mass = scored("pleural effusion", 0.2, ABSENT), scored("mass", 0.7, PRESENT)
    text = "There is a left pleural effusion. There is a nodule."
    calls = calls_of_draft(draft(effusion, mass, text=text), written=True)
    assert calls["pleural effusion"] == Call(PRESENT, LEFT, effusion)
    assert calls["mass"] == Call(None, None, mass)
    assert calls["nodule"] == Call(PRESENT)


def test_a_finding_that_the_text_alone_states_has_no_number() -> None:
    stated = Finding("nodule", None, None, PRESENT)
    calls = calls_of_draft(draft(stated, text="There is a nodule."), written=True)
    assert calls["nodule"] == Call(PRESENT)


def test_a_text_that_cannot_be_read_says_nothing_of_its_own() -> None:
    mass = scored("mass", 0.7, PRESENT)
    calls = calls_of_draft(draft(mass, text="கட்டி இல்லை.", language="ta"), written=True)
    assert calls == {"mass": Call(PRESENT, None, mass)}


def test_a_consolidation_is_a_lung_opacity() -> None:
    calls = calls_of_text(Sections(findings="There is a right consolidation. No lung opacity."))
    assert calls["lung opacity"] == Call(PRESENT, RIGHT, implied_by="consolidation")


def test_an_absence_implies_nothing() -> None:
    assert "lung opacity" not in calls_of_text(Sections(findings="No consolidation."))


# --- where they differ --------------------------------------------------------------------------


def rows(*columns: Calls | None) -> list[tuple[str, bool]]:
    return [(row.finding, row.differs) for row in side_by_side(columns)]


def test_rows_where_columns_differ_stand_first_and_the_widest_difference_before_others() -> None:
    first = {
        "mass": Call(PRESENT),
        "nodule": Call(PRESENT),
        "edema": Call(UNCERTAIN),
        "hernia": Call(ABSENT),
    }
    second = {"mass": Call(PRESENT), "nodule": Call(ABSENT), "edema": Call(PRESENT)}
    assert rows(first, second) == [
        ("nodule", True),
        ("edema", True),
        ("mass", False),
        ("hernia", False),
    ]


def test_not_mentioned_and_absent_are_no_difference() -> None:
    [row] = side_by_side([{"mass": Call(ABSENT)}, {}])
    assert not row.differs and not row.called
    assert row.calls == (Call(ABSENT), Call())


def test_a_column_without_a_draft_differs_from_nobody() -> None:
    [row] = side_by_side([{"mass": Call(PRESENT)}, None])
    assert not row.differs and row.called and row.calls == (Call(PRESENT), None)


def test_two_sides_are_a_difference_and_an_open_side_is_none() -> None:
    assert rows({"mass": Call(PRESENT, LEFT)}, {"mass": Call(PRESENT, RIGHT)}) == [("mass", True)]
    assert rows({"mass": Call(PRESENT, LEFT)}, {"mass": Call(PRESENT)}) == [("mass", False)]
    assert rows({"mass": Call(ABSENT, LEFT)}, {"mass": Call(ABSENT, RIGHT)}) == [("mass", False)]


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
