"""Words, numbers and pictures of the Compare page, each for itself."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from core.domain.draft import Draft, DraftSentence, EvidenceMap, ModelIdentity, SentenceMap
from core.domain.finding import Certainty, Finding, Laterality
from core.domain.report import Sections
from core.reporting.places import Place, Topic
from core.reporting.side_by_side import Call, Row
from dashboard.components.compare.calls import calls_html
from dashboard.components.compare.choice import Chosen
from dashboard.components.compare.heads import head_lines
from dashboard.components.compare.maps import place_words, topic_words
from dashboard.components.compare.texts import Text, differences, texts_html
from dashboard.services.compare import Column, ColumnState

HOSTILE = "<img src=x onerror=alert(1)>"


def draft(**more: object) -> Draft:
    return Draft(
        **{  # type: ignore[arg-type]
            "model": ModelIdentity("m", "d" * 64),
            "seconds": 2.04,
            "findings": (),
            "sentences": (),
            "sections": Sections(),
            **more,
        }
    )


class Words(HTMLParser):
    """The runs of a fragment, with the tag that each stands in."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self._tags: list[str] = []
        self.runs: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, _attrs: object) -> None:
        self._tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._tags.pop() == tag

    def handle_data(self, data: str) -> None:
        self.runs.append((self._tags[-1] if self._tags else "", data))


# --- texts --------------------------------------------------------------------------------------


def test_words_of_one_text_alone_are_underlined_and_those_of_the_reference_struck() -> None:
    columns = [
        Text("first", Sections(findings="A left mass.")),
        Text("second", Sections(findings="A right mass.")),
    ]
    assert Words(texts_html(columns, 0)).runs == [
        ("h3", "Findings"),
        ("small", "first"),
        ("div", "A left mass."),
        ("small", "second"),
        ("span", "A "),
        ("del", "left"),
        ("ins", "right"),
        ("span", " mass."),
    ]
    unmarked = texts_html(columns, None)
    assert "<del>" not in unmarked and "<ins>" not in unmarked


def test_a_section_that_is_the_same_in_all_stands_once() -> None:
    sections = Sections(technique="Frontal  film."), Sections(technique="Frontal film.")
    runs = Words(texts_html([Text("a", sections[0]), Text("b", sections[1])], 0)).runs
    assert runs == [("h3", "Technique"), ("div", "Frontal  film."), ("span", "the same in all")]


def test_a_column_without_a_draft_has_an_empty_place_and_an_empty_section_says_so() -> None:
    columns = [
        Text("a", Sections(findings="Mass.", impression="Mass.")),
        Text("b", Sections(findings="Nodule.")),
        Text("c", None, so_far="There is"),
    ]
    html = texts_html(columns, None)
    assert ("p", "empty") in Words(html).runs and ("div", "There is") in Words(html).runs
    assert html.count('class="nothing"') == 2 + 2
    assert "--columns: 3" in html


def test_no_word_of_a_text_becomes_markup() -> None:
    column = Text(HOSTILE, Sections(findings=HOSTILE), so_far=HOSTILE, notes=(HOSTILE,))
    other = Text("b", Sections(findings="Mass."))
    for reference in (None, 0, 1):
        assert "<img" not in texts_html([column, other], reference)


def test_white_space_alone_is_no_difference() -> None:
    assert differences("A  mass.", "A mass.") == (("same", "A mass."),)
    assert differences("", "") == ()


# --- findings -----------------------------------------------------------------------------------

SCORED = Finding("mass", 0.7, 0.5, Certainty.PRESENT, uncertain_point=0.3)
CALIBRATED = Finding("mass", 0.9, 0.5, Certainty.UNCERTAIN, probability=0.4999, prevalence=0.1)


def test_each_call_stands_with_its_number_and_point() -> None:
    calls = (
        Call(Certainty.PRESENT, Laterality.LEFT, SCORED),
        Call(Certainty.UNCERTAIN, None, CALIBRATED),
        Call(None, None, SCORED),
        Call(Certainty.PRESENT, implied_by="consolidation"),
        None,
    )
    html = calls_html(list("abcde"), [Row("mass", calls, differs=True)], [None] * 5)
    cells = re.findall(r"<td[^>]*>(.*?)</td>", html)
    assert cells == [
        "● present left<small>score 0.70 ≥ 0.50</small>",
        "◐ uncertain<small>0.4999 &lt; 0.5000</small>",
        "not mentioned<small>score 0.70 ≥ 0.50</small>",
        "● present<small>as consolidation</small>",
        "–",
    ]
    assert "they differ" in html and 'class="differs"' in html


def test_findings_that_nobody_calls_are_folded() -> None:
    quiet = Row("mass", (Call(Certainty.ABSENT), Call()), differs=False)
    html = calls_html(["a", "b"], [quiet], [None, None])
    assert "No model calls a finding present or uncertain." in html
    assert "<details><summary>+ 1 that none calls" in html


# --- maps ---------------------------------------------------------------------------------------


def test_a_map_is_called_a_location_only_where_that_was_measured() -> None:
    classifier = draft(maps=(EvidenceMap("mass", 1, b"", True, 2),))
    assert place_words(Place(2, 1, "mass", validated=True), classifier, written=False) == (
        "mass: evidence on the film"
    )
    writer = draft(
        sentences=(DraftSentence("A mass.", "findings"),),
        attention=(SentenceMap(0, 1, b"", 3),),
        versions={"classifier": "cxr-net", "classifier_digest": "c" * 64},
    )
    assert place_words(Place(3, 1, sentence=0), writer, written=True) == (
        "“A mass.”: model attention, not location"
    )
    assert place_words(Place(2, 1, "mass"), writer, written=True) == (
        "mass, of cxr-net beside it: model attention, not location"
    )
    assert place_words(None, writer, written=True) == "no map of this"


def test_a_long_sentence_is_cut_in_the_list() -> None:
    drafts = {"m": draft(sentences=(DraftSentence("word " * 40, "findings"),))}
    words = topic_words(Topic(model="m"), drafts, Chosen(("m",), {"m": "Model"}, ()))
    assert words.startswith("Model: “word word") and words.endswith("word …”") and len(words) < 110
    assert topic_words(Topic("mass"), drafts, Chosen((), {}, ())) == "mass"


# --- heads --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("versions", "said"),
    [
        ({}, "2.0 s · memory not measured"),
        ({"peak_memory_bytes": "2500000000"}, "2.0 s · 2.5 GB"),
        (
            {"peak_memory_bytes": "2500000000", "peak_gpu_memory_bytes": "7100000000"},
            "2.0 s · 2.5 GB · 7.1 GB on the GPU",
        ),
    ],
)
def test_a_head_says_what_its_draft_took(versions: dict[str, str], said: str) -> None:
    column = Column("m", ColumnState.DRAFTED, draft=draft(versions=versions))
    [line] = head_lines(column, Chosen(("m",), {}, ("m",)))
    assert f">{said}<" in line


def test_a_draft_of_before_and_a_model_that_is_gone_are_said() -> None:
    column = Column("m", ColumnState.DRAFTED, draft=draft(), outdated=True)
    lines = list(head_lines(column, Chosen(("m",), {}, ())))
    assert "Made before the study, the model or a setting changed." in lines[1]
    assert lines[2] == "It cannot draft here now."
