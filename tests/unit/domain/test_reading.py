"""Seconds of reading and editing, as saves and signature tell them."""

from __future__ import annotations

import datetime as dt

import pytest

from core.domain.reading import ReadingTimes, typed_seconds

NINE = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("gap", "counted"), [(None, 2.0), (0.6, 0.6), (15.0, 15.0), (600.0, 15.0), (-3.0, 0.0)]
)
def test_a_pause_is_no_typing(gap: float | None, counted: float) -> None:
    assert typed_seconds(gap) == counted


def test_reading_is_what_typing_leaves() -> None:
    times = ReadingTimes(NINE, 20.0)
    signed = NINE + dt.timedelta(seconds=90)
    assert (times.seconds_open(signed), times.seconds_reading(signed)) == (90.0, 70.0)
    assert times.seconds_reading(NINE) == 0.0


@pytest.mark.parametrize("times", [ReadingTimes(None, 20.0), ReadingTimes(NINE, None)])
def test_what_was_not_noted_is_not_guessed(times: ReadingTimes) -> None:
    assert times.seconds_reading(NINE) is None
