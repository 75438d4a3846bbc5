"""A draft says what was scored, in words that read back as what was scored, and nothing else."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.draft import DraftSentence, DraftWarning
from core.domain.errors import DraftFailedError
from core.domain.finding import Certainty, Finding, Laterality
from core.domain.report import Sections
from core.domain.study import Patient, Projection, Source, Study, StudyStatus
from core.findings.labeller import label, stated
from core.findings.vocabulary import BY_NAME, CARDIOMEGALY, NAMES, TERMS, URGENCY, narrower
from core.models.base import FilmReading, FindingFigures, Interval
from core.reporting.drafting import compose, findings_from
from core.reporting.wording import technique

WORDED = [term.name for term in TERMS if term.worded]
HIGH = Interval(0.97, 0.93, 0.99, 60)


def figures(name: str, **changes: Any) -> FindingFigures:
    measured = {
        "name": name,
        "positives": 60,
        "prevalence": 0.1,
        "operating_point": 0.5,
        "uncertain_point": 0.2,
        "calibrated": False,
        "auroc": HIGH,
    }
    return FindingFigures(**(measured | changes))


def study(age: str = "063Y", indication: str = "Cough.") -> Study:
    return Study(
        id=1,
        study_instance_uid="1.2.3",
        patient=Patient(age=age),
        accession_number="",
        description="",
        indication=indication,
        study_datetime=None,
        received_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        source=Source.UPLOAD,
        status=StudyStatus.WAITING,
    )


def read(
    scores: Mapping[str, float],
    *,
    projection: Projection = Projection.PA,
    age: int | None = 63,
    sides: Mapping[str, Laterality] | None = None,
    probabilities: Mapping[str, float] | None = None,
    **changes: Any,
) -> dict[str, Finding]:
    found = findings_from(
        FilmReading(scores, probabilities or {}, {}),
        {name: figures(name, **changes) for name in scores},
        projection=projection,
        age=age,
        sides=sides or {},
    )
    return {finding.name: finding for finding in found}


def finding(
    name: str,
    certainty: Certainty = Certainty.PRESENT,
    side: Laterality | None = None,
    *,
    drafted: bool = True,
) -> Finding:
    score = {Certainty.PRESENT: 0.9, Certainty.UNCERTAIN: 0.3, Certainty.ABSENT: 0.1}[certainty]
    drafted = drafted and certainty is not Certainty.ABSENT
    return Finding(name, score, 0.5, certainty, laterality=side, drafted=drafted, evidence=7)


def draft(
    findings: Sequence[Finding],
    *,
    films: Sequence[Projection] = (Projection.PA,),
    age: str = "063Y",
    **changes: Any,
) -> tuple[tuple[DraftSentence, ...], Sections, tuple[DraftWarning, ...]]:
    measured = {each.name: figures(each.name, **changes) for each in findings}
    return compose(findings, measured, study=study(age), films=films)


def codes(warnings: Iterable[DraftWarning]) -> list[str]:
    return [warning.code for warning in warnings]


@pytest.mark.parametrize(
    ("auroc", "positives", "drafted"),
    [
        (Interval(0.8, 0.51, 0.9, 10), 10, True),
        (Interval(0.8, 0.50, 0.9, 10), 10, False),
        (Interval(0.9, 0.80, 0.9, 9), 9, False),
        (None, 60, False),
    ],
)
def test_a_word_is_earned_by_figures_better_than_chance(
    auroc: Interval | None, positives: int, drafted: bool
) -> None:
    found = read({"nodule": 0.9}, auroc=auroc, positives=positives)["nodule"]
    assert found.certainty is (Certainty.PRESENT if drafted else Certainty.UNCERTAIN)
    assert found.drafted is drafted
    _, sections, warnings = draft([found], auroc=auroc, positives=positives)
    assert bool(sections.impression) is drafted
    assert ("scored_but_not_earned" in codes(warnings)) is not drafted


# --- findings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("score", "certainty"),
    [
        (0.5, Certainty.PRESENT),
        (0.49, Certainty.UNCERTAIN),
        (0.2, Certainty.UNCERTAIN),
        (0.19, Certainty.ABSENT),
    ],
)
def test_certainty_by_the_two_points(score: float, certainty: Certainty) -> None:
    found = read({"nodule": score})["nodule"]
    assert found.certainty is certainty
    assert found.drafted == (certainty is not Certainty.ABSENT)
    assert found.operating_point == 0.5
    assert (found.probability, found.prevalence) == (None, None)


def test_points_are_on_the_shown_scale() -> None:
    found = read({"nodule": 0.9}, probabilities={"nodule": 0.3}, calibrated=True)["nodule"]
    assert found.certainty is Certainty.UNCERTAIN
    assert (found.score, found.shown, found.prevalence) == (0.9, 0.3, 0.1)


def test_a_probability_without_calibration_is_not_shown() -> None:
    found = read({"nodule": 0.9}, probabilities={"nodule": 0.3})["nodule"]
    assert (found.certainty, found.shown) == (Certainty.PRESENT, 0.9)


@pytest.mark.parametrize(
    ("score", "changes"), [(float("nan"), {}), (float("inf"), {}), (0.9, {"calibrated": True})]
)
def test_a_missing_number_is_an_error_not_a_negative(score: float, changes: Any) -> None:
    with pytest.raises(DraftFailedError, match="nodule"):
        read({"nodule": score}, **changes)


def test_order_is_by_region_then_by_value() -> None:
    scores = {CARDIOMEGALY: 0.9, "pneumothorax": 0.7, "nodule": 0.1, "edema": 0.4, "hernia": 0.95}
    assert list(read(scores)) == ["edema", "nodule", "pneumothorax", "hernia", CARDIOMEGALY]


def test_unknown_findings_and_findings_without_figures_are_left_out() -> None:
    reading = FilmReading({"nodule": 0.9, "mass": 0.9, "gallstone": 0.9}, {}, {})
    measured = {"nodule": figures("nodule"), "gallstone": figures("gallstone")}
    found = findings_from(reading, measured, projection=Projection.PA, age=63)
    assert [each.name for each in found] == ["nodule"]


@pytest.mark.parametrize("name", [term.name for term in TERMS if not term.worded])
def test_diagnoses_are_scored_but_never_words(name: str) -> None:
    found = read({name: 0.99})
    assert found[name].certainty is Certainty.PRESENT
    assert not found[name].drafted
    sentences, _, warnings = draft(list(found.values()))
    assert (sentences, codes(warnings)) == ((), ["scored_but_not_worded"])


@pytest.mark.parametrize(
    ("projection", "drafted"),
    [(Projection.PA, True), (Projection.AP, False), (Projection.UNKNOWN, False)],
)
def test_heart_size_is_drafted_on_pa_only(projection: Projection, drafted: bool) -> None:
    found = read({CARDIOMEGALY: 0.9, "nodule": 0.9}, projection=projection)
    assert (found[CARDIOMEGALY].drafted, found["nodule"].drafted) == (drafted, True)
    _, sections, warnings = draft(list(found.values()), films=[projection])
    assert ("cardiomegaly" in sections.findings) == drafted
    assert ("heart_size_not_drafted" in codes(warnings)) != drafted


@pytest.mark.parametrize(("age", "drafted"), [(15, False), (16, True), (None, True)])
def test_age(age: int | None, drafted: bool) -> None:
    assert read({"nodule": 0.9}, age=age)["nodule"].drafted == drafted


@pytest.mark.parametrize(
    ("side_accuracy", "name", "side"),
    [
        (None, "nodule", None),
        (Interval(0.95, 0.899, 0.99, 80), "nodule", None),
        (Interval(0.95, 0.90, 0.99, 80), "nodule", Laterality.LEFT),
        (Interval(0.95, 0.90, 0.99, 80), CARDIOMEGALY, None),
    ],
)
def test_a_side_is_earned(
    side_accuracy: Interval | None, name: str, side: Laterality | None
) -> None:
    found = read({name: 0.9}, sides={name: Laterality.LEFT}, side_accuracy=side_accuracy)
    assert found[name].laterality is side


# --- sentences ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("drafted", "in_findings", "in_impression"),
    [
        (finding("pleural effusion"), "There is a [side] pleural effusion.",
         "[side] pleural effusion."),
        (finding("pleural effusion", side=Laterality.LEFT),
         "There is a left pleural effusion.", "Left pleural effusion."),
        (finding("pleural effusion", side=Laterality.BILATERAL),
         "There are bilateral pleural effusions.", "Bilateral pleural effusions."),
        (finding("atelectasis", side=Laterality.BILATERAL),
         "There is bilateral atelectasis.", "Bilateral atelectasis."),
        (finding("nodule", Certainty.UNCERTAIN), "Possible [side] nodule.",
         "Possible [side] nodule."),
        (finding("edema"), "There is pulmonary edema.", "Pulmonary edema."),
        (finding(CARDIOMEGALY, Certainty.UNCERTAIN), "Possible cardiomegaly.",
         "Possible cardiomegaly."),
    ],
)  # fmt: skip
def test_templates(drafted: Finding, in_findings: str, in_impression: str) -> None:
    sentences, sections, _ = draft([drafted])
    assert sentences == (
        DraftSentence(in_findings, "findings", (drafted.name,), 7),
        DraftSentence(in_impression, "impression", (drafted.name,), 7),
    )
    assert (sections.findings, sections.impression) == (in_findings, in_impression)


def test_impression_ranks_certainty_then_urgency() -> None:
    names = ["pneumothorax", "edema", CARDIOMEGALY, "hernia"]
    found = [finding("pneumothorax", Certainty.UNCERTAIN), *map(finding, names[1:])]
    _, sections, _ = draft(found)
    assert sections.impression.splitlines() == [
        "Pulmonary edema.",
        "Cardiomegaly.",
        "Diaphragmatic hernia.",
        "Possible [side] pneumothorax.",
    ]


def test_urgency_names_every_worded_term_once() -> None:
    assert sorted(URGENCY) == sorted(WORDED)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, ""),
        ({"sensitivity_uncertain": HIGH}, "No pleural effusion or pneumothorax."),
        ({"sensitivity": HIGH}, ""),
        ({"sensitivity_uncertain": Interval(0.95, 0.89, 0.99, 60)}, ""),
        ({"sensitivity_uncertain": Interval(0.95, 0.93, 0.99, 29)}, ""),
        ({"sensitivity_uncertain": HIGH, "positives": 29}, ""),
    ],
)
def test_a_negative_is_earned(changes: Any, text: str) -> None:
    found = [finding(name, Certainty.ABSENT) for name in ("pleural effusion", "pneumothorax")]
    sentences, sections, warnings = draft(found, **changes)
    assert sections.findings == text
    assert sections.impression == ""
    assert [each.findings for each in sentences] == (
        [("pleural effusion", "pneumothorax")] if text else []
    )
    assert codes(warnings) == ["nothing_above_operating_point"]


def test_no_negative_denies_what_a_narrower_finding_states() -> None:
    found = [finding("consolidation"), finding("lung opacity", Certainty.ABSENT)]
    _, sections, _ = draft(found, sensitivity_uncertain=HIGH)
    assert sections.findings == "There is [side] consolidation."


@pytest.mark.parametrize(
    ("films", "denied"),
    [((Projection.PA, Projection.LATERAL), True), ((Projection.AP,), False),
     ((Projection.PA, Projection.AP), False)],
)  # fmt: skip
def test_heart_size_is_denied_on_pa_only(films: tuple[Projection, ...], denied: bool) -> None:
    absent = [finding(CARDIOMEGALY, Certainty.ABSENT)]
    _, sections, _ = draft(absent, films=films, sensitivity_uncertain=HIGH)
    assert sections.findings == ("No cardiomegaly." if denied else "")


def test_dictated_by_region_with_negatives_at_the_end_of_each() -> None:
    found = [
        finding("nodule"),
        finding("edema", Certainty.ABSENT),
        finding("pneumothorax", Certainty.ABSENT),
        finding(CARDIOMEGALY),
    ]
    _, sections, _ = draft(found, sensitivity_uncertain=HIGH)
    assert sections.findings == (
        "There is a [side] nodule. No pulmonary edema. No pneumothorax. There is cardiomegaly."
    )


@pytest.mark.parametrize(
    ("films", "age", "expected"),
    [
        ((Projection.LATERAL,), "063Y", ["not_a_frontal_chest_film"]),
        ((), "063Y", ["not_a_frontal_chest_film"]),
        ((Projection.PA,), "015Y", ["under_16"]),
        ((Projection.PA,), "", ["age_unknown"]),
        ((Projection.UNKNOWN,), "063Y", ["projection_not_stated"]),
    ],
)
def test_who_gets_no_draft(films: tuple[Projection, ...], age: str, expected: list[str]) -> None:
    sentences, sections, warnings = draft([finding("nodule")], films=films, age=age)
    assert codes(warnings) == expected
    silent = bool({"under_16", "not_a_frontal_chest_film"} & set(expected))
    assert (sentences == (), sections.findings + sections.impression == "") == (silent, silent)
    assert sections.indication == "Cough."


def test_comparison_is_the_prior_or_none() -> None:
    _, alone, _ = compose([], {}, study=study(), films=[Projection.PA])
    _, followed, _ = compose([], {}, study=study(), films=[Projection.PA], prior="Film of 2025.")
    assert (alone.comparison, followed.comparison) == ("None available.", "Film of 2025.")


@pytest.mark.parametrize(
    ("films", "text"),
    [
        ("PA", "Frontal chest radiograph, PA projection."),
        ("AP AP", "Frontal chest radiograph, AP projection."),
        ("PA LATERAL", "PA and lateral chest radiographs."),
        ("LATERAL PA AP", "PA, AP and lateral chest radiographs."),
        ("UNKNOWN", "Chest radiograph, projection not stated."),
        ("LATERAL UNKNOWN", "Chest radiographs, lateral; one projection not stated."),
        ("LATERAL", "Lateral chest radiograph."),
        ("", ""),
    ],
)
def test_technique_from_projections_alone(films: str, text: str) -> None:
    assert technique([Projection(name) for name in films.split()]) == text


# --- reads back ---------------------------------------------------------------------------------

_SAID = (Certainty.PRESENT, Certainty.UNCERTAIN)


def _states(name: str) -> list[Finding]:
    """Every way in which a draft can state one finding."""
    sides = (None, *Laterality) if BY_NAME[name].sided else (None,)
    return [finding(name, sure, side) for sure in _SAID for side in sides]


def _assert_reads_back(findings: Sequence[Finding], **changes: Any) -> None:
    sentences, sections, _ = draft(findings, **changes)
    wanted = {each.name: (each.certainty, each.laterality) for each in findings if each.drafted}
    impression = stated(label(sections.impression))
    assert {n: (m.certainty, m.laterality) for n, m in impression.items()} == wanted
    denied = {name for each in sentences if each.text.startswith("No ") for name in each.findings}
    whole = stated(label(f"{sections.findings}\n\n{sections.impression}"))
    wanted |= dict.fromkeys(denied, (Certainty.ABSENT, None))
    assert {n: (m.certainty, m.laterality) for n, m in whole.items()} == wanted
    assert not any(mention.compared for mention in whole.values())


def _assert_sentences_are_verbatim(sentences: Sequence[DraftSentence], sections: Sections) -> None:
    dictated = [each.text for each in sentences if each.section == "findings"]
    ranked = [each.text for each in sentences if each.section == "impression"]
    assert sections.findings == " ".join(dictated)
    assert sections.impression == "\n".join(ranked)


@pytest.mark.parametrize("name", WORDED)
def test_every_single_finding_reads_back(name: str) -> None:
    for state in _states(name):
        _assert_reads_back([state])


@pytest.mark.parametrize("name", WORDED)
def test_every_pair_of_findings_reads_back(name: str) -> None:
    for other in WORDED[WORDED.index(name) + 1 :]:
        for pair in itertools.product(_states(name)[::3], _states(other)[1::3] or _states(other)):
            _assert_reads_back(pair)


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_any_set_of_findings_reads_back(data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from(NAMES), unique=True))
    found = []
    for name in names:
        absent = finding(name, Certainty.ABSENT)
        worded = BY_NAME[name].worded
        found.append(data.draw(st.sampled_from([*_states(name), absent])) if worded else absent)
    # A broader finding that is absent is not denied beside a narrower one.
    said = {each.name for each in found if each.drafted}
    earned = data.draw(st.sampled_from([None, HIGH]))
    _assert_reads_back(found, sensitivity_uncertain=earned)
    sentences, sections, _ = draft(found, sensitivity_uncertain=earned)
    _assert_sentences_are_verbatim(sentences, sections)
    denied = {name for each in sentences if each.text.startswith("No ") for name in each.findings}
    assert not any(said & narrower(name) for name in denied)
