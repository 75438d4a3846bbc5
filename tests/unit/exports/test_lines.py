"""The lines of an export: what they hold, and that nobody can be found in them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.report import Sections
from core.domain.study import Patient
from core.reporting.headings import parts
from core.training.corpus.sources.ledger import HOLDOUT
from dashboard.services.export_ledger import (
    Named,
    answer,
    chat_line,
    correction_line,
    label_row,
    ledger_line,
    preference_line,
)
from dashboard.services.export_split import HOLDOUT_SHARE, Pseudonyms, Sides
from dashboard.services.export_study import (
    LeftOut,
    Searched,
    Stored,
    Withheld,
    reason_to_leave_out,
    report_words,
    searched,
)
from tests.unit.exports import made

NAMED = Named("a" * 64, "b" * 64, "train")


def may_leave(of: Stored) -> Searched:
    film = of.film
    assert film is not None
    return searched(of, film, made.search(of))


def lines_of(of: Searched) -> list[str]:
    found = [
        ledger_line(of, NAMED),
        chat_line(of, NAMED),
        preference_line(of, NAMED) or "",
        correction_line(of, NAMED, Pseudonyms()) or "",
        json.dumps(label_row(of, NAMED)),
    ]
    return [line for line in found if line]


def test_a_chat_asks_what_writers_are_asked_and_answers_with_the_report() -> None:
    line = json.loads(chat_line(may_leave(made.stored()), NAMED))
    asked, said = line["messages"]
    assert line["images"] == [f"images/{NAMED.image}.png"] and line["split"] == "train"
    picture, words = asked["content"]
    assert picture == {"type": "image"} and "FINDINGS" in words["text"]
    assert '"indication": "Cough."' in words["text"] and '"age": 69' in words["text"]
    (text,) = said["content"]
    sections = {part.section: text["text"][part.start : part.end] for part in parts(text["text"])}
    assert sections["impression"].strip() == made.SIGNED.impression
    assert sections["findings"].strip() == made.SIGNED.findings


def test_the_signed_report_is_preferred_to_the_draft() -> None:
    line = json.loads(preference_line(may_leave(made.stored()), NAMED) or "")
    assert line["chosen"][0]["content"][0]["text"] == answer(made.SIGNED)
    assert line["rejected"][0]["content"][0]["text"] == answer(made.DRAFTED)
    assert [turn["role"] for turn in line["prompt"]] == ["user"]


@pytest.mark.parametrize(
    "drafted",
    [
        Sections(findings=f" {made.SIGNED.findings}\n", impression="Left  pleural effusion."),
        Sections(),
    ],
)
def test_what_differs_in_white_space_alone_is_no_preference(drafted: Sections) -> None:
    of = made.stored(drafted=made.draft(drafted))
    assert preference_line(may_leave(of), NAMED) is None


def test_a_correction_says_what_changed_why_and_how_long_it_took() -> None:
    of = made.stored(read=made.reading(reason="The meniscus is seen."))
    line = json.loads(correction_line(may_leave(of), NAMED, Pseudonyms()) or "")
    assert (line["seconds_reading"], line["seconds_editing"]) == (61.3, 12.0)
    assert line["reason"] == "seen_on_the_film" and line["reason_text"] == "The meniscus is seen."
    assert line["sentences"][0]["natures"] == ["missed"]
    assert line["findings"][0]["finding"] == "pleural effusion"
    assert line["model"]["name"] == made.MODEL.name and len(line["reader"]) == 16


def test_what_was_written_before_the_draft_was_seen_gives_the_labels() -> None:
    before = Sections(findings="Right pneumothorax.")
    row = label_row(may_leave(made.stored(read=made.reading(before))), NAMED)
    assert row["before_reveal"] == "1" and row["pneumothorax"] == "1"
    assert row["pleural effusion"] == ""
    row = label_row(may_leave(made.stored(read=made.reading(Sections()))), NAMED)
    assert row["before_reveal"] == "0" and row["pneumothorax"] == "0"


def test_what_was_written_before_in_another_language_stays_and_labels_nothing() -> None:
    """The labeller reads English: pneumothorax in Latin letters between Tamil would be a label."""
    before = Sections(findings="வலது pneumothorax காணப்படுகிறது.")
    read = replace(made.reading(before), before_language="ta")
    found = may_leave(made.stored(read=read))
    assert found.withheld == (Withheld.BEFORE_LANGUAGE,)
    row = label_row(found, NAMED)
    assert row["before_reveal"] == "0" and row["pneumothorax"] == "0"
    assert not any("காணப்படுகிறது" in line for line in lines_of(found))


def test_a_report_that_grew_from_no_draft_corrects_nothing() -> None:
    of = replace(made.stored(), draft=None, reading=None, corrections=())
    found = may_leave(of)
    assert correction_line(found, NAMED, Pseudonyms()) is None
    assert preference_line(found, NAMED) is None and label_row(found, NAMED)["before_reveal"] == "0"


WORDS: dict[Withheld, Callable[[str], Stored]] = {
    Withheld.INDICATION: lambda words: made.stored(made.study(indication=words)),
    Withheld.DRAFT: lambda words: made.stored(drafted=made.draft(Sections(findings=words))),
    Withheld.BEFORE_REVEAL: lambda words: made.stored(read=made.reading(Sections(findings=words))),
    Withheld.REASON: lambda words: made.stored(read=made.reading(reason=words)),
}


@pytest.mark.parametrize("part", list(WORDS))
@pytest.mark.parametrize(
    "words", ["Asked Dr. Miller.", "Compared with 19.11.2026.", "Call 030 450 12-34."]
)
def test_a_text_in_which_somebody_is_found_stays_and_the_study_goes(
    part: Withheld, words: str
) -> None:
    found = may_leave(WORDS[part](words))
    assert found.withheld == (part,)
    assert not any(words in line for line in lines_of(found))
    assert made.SIGNED.impression in ledger_line(found, NAMED)


NAMES = st.text("BCDFGHJKLMNPRSTVWZ", min_size=7, max_size=10)
NUMBERS = st.integers(10**8, 10**9).map(lambda number: f"N{number}")
DAYS = st.dates(dt.date(1940, 1, 1), dt.date(2025, 12, 31))


@settings(max_examples=60, deadline=None)
@given(NAMES, NUMBERS, NUMBERS, DAYS, DAYS, st.sampled_from([*WORDS, None]), st.data())
def test_no_name_number_or_date_of_a_patient_is_in_any_line(
    name: str,
    patient_id: str,
    accession: str,
    born: dt.date,
    taken: dt.date,
    part: Withheld | None,
    data: st.DataObject,
) -> None:
    spelt = [name, name.title(), patient_id, accession, f"{born:%d.%m.%Y}", f"{taken:%Y-%m-%d}"]
    told = data.draw(st.sampled_from(spelt))
    words = f"Seen again {told}, stable."
    base = WORDS[part](words) if part else made.stored(sections=Sections(words, "", "", words, "x"))
    study = replace(
        base.study,
        patient=Patient(patient_id, f"{name}^EVA", born, "F"),
        accession_number=accession,
        study_datetime=dt.datetime.combine(taken, dt.time(9, 14)),
    )
    of = replace(base, study=study)
    if made.search(of).found(report_words(of.signed.sections)):
        # The whole study stays here.
        return
    assert part is not None
    text = "".join(lines_of(may_leave(of)))
    uids = (study.study_instance_uid, study.instances[0].sop_instance_uid)
    for known in (*spelt, *uids, f"{born:%Y%m%d}", f"{taken:%Y%m%d}", made.READERS[0]):
        assert known not in text
    assert "Quillfeather" not in text


def test_the_oldest_are_of_one_age() -> None:
    old = Patient("1", "A^B", dt.date(1920, 1, 1), "F")
    words = chat_line(may_leave(made.stored(made.study(patient=old))), NAMED)
    assert '\\"age\\": 90' in words


def test_consent_counts_before_anything_else_of_a_patient() -> None:
    of = made.stored(sections=Sections())
    assert reason_to_leave_out(of, consented=False) is LeftOut.CONSENT
    assert reason_to_leave_out(of, consented=True) is LeftOut.EMPTY
    assert reason_to_leave_out(made.stored(), consented=True) is None


def test_a_patient_is_on_one_side_for_good_and_has_another_name_in_each_export() -> None:
    sides = Sides.of_chain(b"k" * 32)
    patients = [f"P{number}" for number in range(2000)]
    held_out = [one for one in patients if sides.of(one) == HOLDOUT]
    assert abs(len(held_out) / len(patients) - HOLDOUT_SHARE) < 0.03
    assert held_out == [
        one for one in patients if Sides.of_chain(b"k" * 32).of(f" {one}") == HOLDOUT
    ]
    assert Pseudonyms().patient("P1") != Pseudonyms().patient("P1")
    assert b"k" not in repr(sides).encode() and "key" not in repr(Pseudonyms())
