"""What a corpus holds, counted sample by sample."""

from __future__ import annotations

from dataclasses import replace

from core.domain.finding import Certainty, Mention
from core.training.corpus.figures import Origin, Tally, share
from core.training.corpus.sample import Kind, Sample

BARE = Sample("made", "a", "p", b"", 1, 1, "one two three", "", Kind.LOCATE, [], ())


def found(*names: str, certainty: Certainty = Certainty.PRESENT) -> tuple[Mention, ...]:
    return tuple(Mention(name, certainty) for name in names)


def tally(*samples: Sample, split: str = "train") -> Tally:
    counted = Tally(("train", "validation"))
    for sample in samples:
        counted.add(split, sample)
    return counted


def test_findings_are_counted_by_certainty_and_split() -> None:
    document = tally(
        replace(BARE, findings=found("mass")),
        replace(BARE, findings=found("mass", certainty=Certainty.ABSENT)),
        replace(BARE, findings=found("mass", certainty=Certainty.UNCERTAIN)),
        BARE,
    ).document(Origin("n", "s", 1, "c", 9, {"duplicate": 5}))
    mass = document["findings"]["train"]["mass"]
    assert (mass["present"], mass["uncertain"], mass["absent"]) == (1, 1, 1)
    assert mass["share"]["value"] == 0.25
    assert mass["share"]["low"] < 0.25 < mass["share"]["high"]
    assert mass["share"]["cases"] == 4
    assert document["findings"]["validation"]["mass"]["share"] is None
    assert (document["records"], document["drops"]) == (9, {"duplicate": 5})


def test_the_matrix_is_symmetric_and_its_diagonal_the_finding() -> None:
    together = tally(
        replace(BARE, findings=found("pleural effusion", "mass")),
        replace(BARE, findings=found("mass", "nodule")),
    ).document(Origin("n", "s", 1, "c", 2))["together"]
    names, counts = together["names"], together["counts"]
    mass = names.index("mass")
    assert counts[mass][mass] == 2
    assert counts[mass][names.index("pleural effusion")] == 1
    assert counts == [list(column) for column in zip(*counts, strict=True)]


def test_every_caption_lies_in_a_bin() -> None:
    lengths = (0, 1, 3, 250)
    words = tally(*(replace(BARE, caption="w " * length) for length in lengths)).document(
        Origin("n", "s", 1, "c", 4)
    )
    histogram = words["caption_words"]["train"]
    assert sum(histogram["counts"]) == 4
    assert len(histogram["edges"]) == len(histogram["counts"]) + 1
    assert histogram["edges"][-1] > 250
    assert words["caption_words"]["validation"]["edges"] == histogram["edges"]


def test_groups_and_kinds_by_split() -> None:
    counted = tally(BARE, BARE, replace(BARE, group="q", kind=Kind.EXPLAIN))
    document = counted.document(Origin("n", "s", 1, "c", 3))
    assert document["groups"] == {"train": 2, "validation": 0}
    assert document["kinds"]["train"] == {"identify": 0, "describe": 0, "locate": 2, "explain": 1}


def test_a_share_of_nothing_is_none() -> None:
    assert share(0, 0) is None
    assert share(0, 10) == {"value": 0.0, "low": 0.0, "high": 0.277533, "cases": 10}
