"""Failed tries in a sliding minute."""

from __future__ import annotations

from dashboard.classroom.rate import Tries


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_who_fails_too_often_waits_a_minute_and_the_others_go_on() -> None:
    clock = Clock()
    tries = Tries(of_one=3, of_all=100, clock=clock)
    for _ in range(3):
        assert tries.allowed("a")
        tries.failed("a")
    assert not tries.allowed("a") and tries.allowed("b")
    clock.now = 59.0
    assert not tries.allowed("a")
    clock.now = 60.5
    assert tries.allowed("a")


def test_many_addresses_together_meet_a_bound_too() -> None:
    tries = Tries(of_one=3, of_all=5, clock=Clock())
    for number in range(5):
        assert tries.allowed(str(number))
        tries.failed(str(number))
    assert not tries.allowed("another")


def test_what_is_old_is_forgotten() -> None:
    clock = Clock()
    tries = Tries(of_one=3, of_all=100, clock=clock)
    for number in range(50):
        tries.failed(str(number))
    clock.now = 61.0
    tries.allowed("a")
    assert tries._failed == {}
