"""Charts of the ledger: ticks are starts of weeks, numbers stand on a plate of their own."""

from __future__ import annotations

import datetime as dt

import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_hex
from matplotlib.dates import num2date

from core.evaluation.drift.weeks import Week
from core.evaluation.plot_style import BACKGROUND, TEXT
from dashboard.components.ledger.plots import MOST_TICKS, Panel, stacked, week_starts, weeks

MONDAY = dt.date(2026, 11, 23)


def before(*ago: int) -> list[dt.date]:
    return [MONDAY - dt.timedelta(weeks=each) for each in ago]


@pytest.mark.parametrize("ago", [(0,), (2, 0), (5, 1, 0), tuple(range(46, -1, -1)), (26, 13, 0)])
def test_ticks_are_few_starts_of_weeks_within_the_points(ago: tuple[int, ...]) -> None:
    days = before(*ago)
    starts = week_starts(days)
    assert starts[0] == days[0] and starts[-1] <= days[-1] and len(starts) <= MOST_TICKS
    assert all(day.isoweekday() == 1 for day in starts)


def test_points_of_joined_weeks_have_ticks_where_points_stand() -> None:
    assert week_starts(before(26, 13, 0)) == before(26, 13, 0)
    assert week_starts(before(0)) == [MONDAY]


def test_a_single_point_has_one_tick_with_its_day() -> None:
    plot = weeks([Panel("edited", {"m": [Week(MONDAY, 0.4, 0.3, 0.5, 6)]})] * 2, "week")
    figure, axes = plt.subplots(2)
    plot.draw(axes)
    assert [label.get_text() for label in axes[1].get_xticklabels()] == ["2026-11-23"]
    assert [num2date(tick).date() for tick in axes[0].get_xticks()] == [MONDAY]
    plt.close(figure)


def test_numbers_in_bars_are_light_on_a_dark_plate() -> None:
    parts = {"missed": "missed", "false": "false"}
    figure, axes = plt.subplots()
    stacked({"nodule": {"missed": 9, "false": 1}}, parts, "corrections").draw([axes])
    [label] = [text for text in axes.texts if text.get_text() == "1"]
    plate = label.get_bbox_patch()
    assert plate is not None
    assert to_hex(plate.get_facecolor()) == BACKGROUND and to_hex(label.get_color()) == TEXT
    plt.close(figure)
