"""Mutants that once escaped as something else than a sentence, or never came to an end.

Each is data over a film made here: an edit of its bytes, and what was wrong.
"""

from __future__ import annotations

import pytest

from core.domain.errors import IntakeError
from core.imaging.decoder import decode
from tests.slow.bases import made_files
from tests.slow.mutator import Edit, apply

KEPT: list[tuple[str, str, Edit]] = [
    # pydicom's BytesLengthException is a child of Exception alone.
    ("a group length of one byte", "made plain", ("length", 138, 140, b"\x01\x00")),
]


@pytest.mark.parametrize(("_why", "base", "edit"), KEPT)
def test_a_mutant_that_once_escaped_ends_in_a_sentence(_why: str, base: str, edit: Edit) -> None:
    with pytest.raises(IntakeError, match=r"^mutant .*\.$"):
        decode("mutant", apply(made_files()[base], [edit]))
