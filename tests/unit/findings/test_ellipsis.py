"""Clauses that leave their finding out (all sentences written for the test)."""

from __future__ import annotations

import pytest

from core.findings.labeller import label

MARKS = {"present": "+", "uncertain": "?", "absent": "-"}


def _read(text: str) -> list[str]:
    return [
        f"{MARKS[each.certainty]}{(each.laterality or ' ')[0].upper()}".strip()
        for each in label(text)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # denied, then found
        ("Effusion not seen on the right; large on left.", ["-R", "+L"]),
        ("The effusion is not seen on the right; it is large on the left.", ["-R", "+L"]),
        ("No effusion on the right, but small on the left.", ["-R", "+L"]),
        ("No right effusion; small left one.", ["-R", "+L"]),
        ("No effusion on the right; possible on the left.", ["-R", "?L"]),
        # found, then denied
        ("Large effusion on the left, none on the right.", ["+L", "-R"]),
        ("Effusion on the left but not on the right.", ["+L", "-R"]),
        ("Effusion is present on the left and absent on the right.", ["+L", "-R"]),
        ("Possible effusion on the left, none on the right.", ["?L", "-R"]),
        # the same of the other side, as a clause of its own
        ("No effusion on the left, none on the right.", ["-L", "-R"]),
        ("Right effusion has increased while the left is unchanged.", ["+R", "+L"]),
        # no contrast: the sides of one finding
        ("Effusion, small on the right and large on the left.", ["+B"]),
        ("Bilateral effusions, larger on the left.", ["+B"]),
        ("Effusion on the left and right.", ["+B"]),
        # a clause that says more is not read as one
        ("No effusion on the right; large scar on the left.", ["-R"]),
        # nothing stands before it, or nothing with a side
        ("Large on the left, none on the right.", []),
        ("No cardiomegaly; large on the left.", ["-"]),
    ],
)
def test_clause(text: str, expected: list[str]) -> None:
    assert _read(text) == expected


def test_only_the_finding_before_it_is_meant() -> None:
    read = [(each.name, each.certainty.value) for each in label(
        "Left nodule and effusion, none on the right."
    )]  # fmt: skip
    assert read == [
        ("nodule", "present"),
        ("pleural effusion", "present"),
        ("pleural effusion", "absent"),
    ]
