from __future__ import annotations

import pytest

from core.findings.contradictions import disputed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No effusion. Small left effusion.", ["pleural effusion"]),
        ("Small left effusion. No left effusion.", ["pleural effusion"]),
        ("Bilateral effusions. No right effusion.", ["pleural effusion"]),
        ("Heart size is normal. Cardiomegaly. Nodule. No nodule.", ["cardiomegaly", "nodule"]),
        ("No right effusion. Left effusion.", []),
        ("No effusion on the right; large on the left.", []),
        ("Effusion. No effusion on the right.", []),
        ("Small effusion. No large effusion.", []),
        ("Left nodule. No other nodule. No new nodule.", []),
        ("No effusion. Possible effusion.", []),
        ("", []),
    ],
)
def test_disputed(text: str, expected: list[str]) -> None:
    assert list(disputed(text)) == expected
