"""The stages of a worker's start make up the whole, and shares are of the whole."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks.first_draft import Noted, rows_of
from benchmarks.record import Spread


def test_stages_of_a_start_add_up_to_the_whole() -> None:
    rows = rows_of([(1.0, 3.0, 4.0), (1.0, 3.0, 4.0)], Spread.of([2.0, 2.0]))
    seconds = {str(row[0]): row[1] for row in rows}
    shares = [row[-1] for row in rows]
    assert list(seconds.values()) == [1.0, 2.0, 1.0, 4.0, 2.0]
    assert shares == [25.0, 50.0, 25.0, 100.0, 50.0]


def test_the_first_end_of_a_call_is_noted_by_name() -> None:
    noted = Noted(ThreadPoolExecutor(1))
    assert noted.submit(abs, -2).result() == 2
    assert noted.submit(len, "film").result() == 4
    noted.shutdown()
    assert list(noted.ended) == ["abs", "len"]
    assert noted.ended["abs"] <= noted.ended["len"]
    with pytest.raises(RuntimeError):
        noted.submit(abs, -1)
