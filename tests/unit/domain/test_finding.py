"""Numbers that are told apart are read apart."""

from __future__ import annotations

import pytest

from core.domain.finding import digits_apart


@pytest.mark.parametrize(
    ("numbers", "digits"),
    [
        ((0.42, 0.5), 2),
        ((0.5, 0.5), 2),
        ((0.497, 0.5), 3),
        ((0.4981, 0.5, 0.1905), 3),
        ((0.49996, 0.5), 5),
        ((0.0, -0.0012), 3),
        ((0.5, 0.5 - 1e-12), 6),
    ],
)
def test_unlike_numbers_get_the_digits_that_keep_them_apart(
    numbers: tuple[float, ...], digits: int
) -> None:
    assert digits_apart(*numbers) == digits
