"""The draft that is borne out best is kept, whatever order the drafts came in."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.finding import Certainty, Finding, Laterality, Mention
from core.findings.labeller import label, stated
from core.findings.vocabulary import NAMES, NO_FINDING
from core.reporting.refine import Agreement, agreements, best, f1
from tests.unit.reporting.written.texts import scored

PRESENT, UNCERTAIN, ABSENT = Certainty.PRESENT, Certainty.UNCERTAIN, Certainty.ABSENT


def said(*texts: str) -> list[Mapping[str, Mention]]:
    return [stated(label(text)) for text in texts]


# --- choosing -----------------------------------------------------------------------------------


def test_what_most_say_is_kept() -> None:
    drafts = said(
        "There is a mass. Hernia.",
        "There is a pleural effusion. No pneumothorax.",
        "There is a pleural effusion. Atelectasis. No pneumothorax.",
        "There is a pleural effusion. No pneumothorax.",
    )
    assert best(drafts) == 1


def test_a_side_of_its_own_counts_against_a_draft() -> None:
    drafts = said("Right effusion.", "Left effusion.", "Left effusion.")
    assert best(drafts) == 1
    right, left, _ = agreements(drafts)
    assert right.others is not None and left.others is not None
    assert 0 < right.others < left.others < 1


def test_denying_is_not_stating() -> None:
    assert best(said("No nodule.", "Nodule.", "There is a nodule.")) == 1


def test_the_classifier_decides_between_two() -> None:
    drafts = said("There is a mass.", "There is a pleural effusion.")
    assert best(drafts) == 0
    assert best(drafts, [scored("pleural effusion", PRESENT), scored("mass", ABSENT)]) == 1


def test_what_the_classifier_is_unsure_of_speaks_for_nobody() -> None:
    classifier = [scored("pleural effusion", PRESENT), scored("nodule", UNCERTAIN)]
    drafts = said("Pleural effusion. Nodule.", "Pleural effusion.")
    assert [each.classifier for each in agreements(drafts, classifier)] == [1.0, 1.0]


def test_a_text_need_not_deny_what_it_does_not_find() -> None:
    classifier = [scored("pleural effusion", PRESENT), scored("mass", ABSENT)]
    silent, denying = agreements(said("Effusion.", "Effusion. No mass."), classifier)
    assert silent.classifier == denying.classifier == 1.0


def test_calling_a_film_normal_agrees_with_a_classifier_that_finds_nothing() -> None:
    [normal] = agreements(said("No acute abnormality."), [scored("mass", ABSENT)])
    assert normal == Agreement(None, 1.0)


def test_one_candidate_is_the_best_one() -> None:
    assert best(said("Anything.")) == 0 and agreements(said(""))[0].overall == 0.0


def test_of_no_candidates_none_is_best() -> None:
    with pytest.raises(ValueError, match="empty"):
        best([])


# --- properties ---------------------------------------------------------------------------------

MENTIONS = st.builds(
    Mention,
    name=st.sampled_from([*NAMES[:5], NO_FINDING]),
    certainty=st.sampled_from(Certainty),
    laterality=st.sampled_from([None, *Laterality]),
)
LABELS = st.lists(MENTIONS, max_size=5).map(lambda found: {each.name: each for each in found})
CANDIDATES = st.lists(LABELS, min_size=1, max_size=6)
FINDINGS = st.lists(
    st.builds(scored, st.sampled_from(NAMES[:5]), st.sampled_from(Certainty)),
    max_size=5,
    unique_by=lambda each: each.name,
)
SETS = st.frozensets(st.tuples(st.sampled_from("abcde")))


@given(SETS, SETS)
def test_f1_is_a_likeness(one: frozenset[tuple[str]], other: frozenset[tuple[str]]) -> None:
    assert f1(one, other) == f1(other, one) and 0 <= f1(one, other) <= 1
    assert (f1(one, other) == 1) == (one == other)


@given(CANDIDATES, FINDINGS)
def test_the_first_of_the_highest_that_states_something_is_kept(
    candidates: list[Mapping[str, Mention]], findings: list[Finding]
) -> None:
    overall = [each.overall for each in agreements(candidates, findings)]
    kept = best(candidates, findings)
    assert all(0 <= each <= 1 for each in overall)
    stating = [number for number, said in enumerate(candidates) if said]
    compared = stating or list(range(len(candidates)))
    highest = max(overall[number] for number in compared)
    assert kept == next(number for number in compared if overall[number] == highest)


@given(CANDIDATES, FINDINGS, st.randoms(use_true_random=False))
def test_the_order_of_the_candidates_does_not_matter(
    candidates: list[Mapping[str, Mention]], findings: list[Finding], random: object
) -> None:
    order = list(range(len(candidates)))
    random.shuffle(order)  # type: ignore[attr-defined]
    before = agreements(candidates, findings)
    after = agreements([candidates[i] for i in order], findings)
    for place, i in enumerate(order):
        assert after[place].overall == pytest.approx(before[i].overall)


@given(LABELS, LABELS, FINDINGS, st.integers(3, 6))
def test_one_that_differs_never_beats_all_the_rest_that_agree(
    common: Mapping[str, Mention], odd: Mapping[str, Mention], findings: list[Finding], rest: int
) -> None:
    """Without a classifier, a lone voice loses to any number of voices that say one thing."""
    drafts = [odd, *[common] * rest]
    agreed = agreements(drafts)
    assert agreed[0].overall <= agreed[1].overall
    assert agreements(drafts, findings)[1] == agreements(drafts, findings)[-1]
