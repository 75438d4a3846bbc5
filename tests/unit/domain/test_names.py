"""Names of strangers' files, as they may stand in a sentence."""

from __future__ import annotations

import pytest

from core.domain.names import shown_name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("film.dcm", "film.dcm"),
        ("IMAGES/IM 1", "IMAGES/IM 1"),
        ("முருகன்.png", "முருகன்.png"),
        ("a\u200db\u200c", "a\u200db\u200c"),
        ("IM\u202egnp.exe", "IMgnp.exe"),
        ("\u2066a\u2069\u200e", "a"),
        ("a\nb\x00c\x1b[31m", "abc[31m"),
        ("a\u2028b", "ab"),
        ("\udcfc.dcm", ".dcm"),
        ("  a   b  ", "a b"),
        ("", "?"),
        ("\u202e", "?"),
    ],
)
def test_a_name_is_shown_on_one_line_in_its_own_direction(name: str, shown: str) -> None:
    assert shown_name(name) == shown


def test_a_long_name_loses_its_middle() -> None:
    assert shown_name("begin" + "x" * 1000 + "end", 20) == "beginxxxxx…xxxxxxend"
    assert len(shown_name("y" * 120)) == 120 and shown_name("y" * 120).isalpha()
    assert len(shown_name("z" * 10_000_000)) == 120


def test_a_name_stays_short_where_nothing_of_it_is_shown() -> None:
    assert shown_name("\u202e" * 100_000 + "end") == "end"
