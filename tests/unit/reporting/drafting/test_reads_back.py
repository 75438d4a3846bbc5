"""A draft's words read back as what was scored."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.draft import DraftSentence
from core.domain.finding import Certainty, Finding, Laterality
from core.domain.report import Sections
from core.findings.contradictions import disputed
from core.findings.labeller import label, stated
from core.findings.vocabulary import BY_NAME, NAMES, narrower
from tests.unit.reporting.drafting.drafts import HIGH, WORDED, draft, finding

_SAID = (Certainty.PRESENT, Certainty.UNCERTAIN)


def _states(name: str) -> list[Finding]:
    """Every way in which a draft can state one finding."""
    sides = (None, *Laterality) if BY_NAME[name].sided else (None,)
    stated_so = [finding(name, sure, side) for sure in _SAID for side in sides]
    likely = [replace(each, probability=0.6) for each in stated_so[len(sides) :]]
    return [*stated_so, *likely]


def _assert_reads_back(findings: Sequence[Finding], **changes: Any) -> None:
    sentences, sections, _ = draft(findings, **changes)
    wanted = {each.name: (each.certainty, each.laterality) for each in findings if each.drafted}
    impression = stated(label(sections.impression))
    assert {n: (m.certainty, m.laterality) for n, m in impression.items()} == wanted
    denied = {name for each in sentences if each.text.startswith("No ") for name in each.findings}
    dictated = stated(label(sections.findings))
    absent = dict.fromkeys(denied, (Certainty.ABSENT, None))
    assert {n: (m.certainty, m.laterality) for n, m in dictated.items()} == wanted | absent
    whole = stated(label(f"{sections.findings}\n\n{sections.impression}"))
    assert {n: (m.certainty, m.laterality) for n, m in whole.items()} == wanted | absent
    assert not any(mention.compared for mention in whole.values())
    assert disputed(f"{sections.findings}\n\n{sections.impression}") == ()


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


@pytest.mark.slow
@pytest.mark.parametrize("name", WORDED)
def test_every_state_of_every_pair_reads_back(name: str) -> None:
    for other in WORDED[WORDED.index(name) + 1 :]:
        for pair in itertools.product(_states(name), _states(other)):
            _assert_reads_back(pair)


@pytest.mark.parametrize("name", WORDED)
def test_every_pair_of_a_finding_and_a_denial_reads_back(name: str) -> None:
    for other in WORDED:
        if other != name:
            _assert_reads_back(
                [_states(name)[-1], finding(other, Certainty.ABSENT)], sensitivity_uncertain=HIGH
            )


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
