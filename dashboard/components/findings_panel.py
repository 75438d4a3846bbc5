"""The findings of the model: certainty, side, number and operating point, one line each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from dashboard.components.registration import register
from dashboard.language import translate as _


@dataclass(frozen=True)
class FindingRow:
    """One line of the panel.

    ``value``, ``operating_point`` and ``uncertain_point`` share one scale in [0, 1]; a finding that
    a text alone states has none of them. ``calibrated`` says whether the value is a probability;
    else it is marked as a score. ``laterality`` is
    ``left``, ``right``, ``bilateral`` or nothing. ``tooltip`` says what the number was measured on.
    """

    name: str
    label: str
    laterality: str | None
    value: float | None
    operating_point: float | None
    uncertain_point: float
    certainty: Literal["present", "uncertain", "absent"] | str
    calibrated: bool
    tooltip: str
    has_map: bool


_mount = register("findings_panel")


def show(
    rows: Sequence[FindingRow], *, not_assessed: Sequence[str], state: str = "", key: str
) -> None:
    """Show the findings, positive and uncertain ones first, absent ones folded.

    Parameters
    ----------
    rows
        In the order to be read within their group.
    not_assessed
        What the model does not look at; shown as a fixed strip.
    state
        One sentence in place of the rows: the draft is awaited, failed, or withheld.
    key
        Streamlit key, the same from run to run.
    """
    absent = sum(row.certainty == "absent" for row in rows)
    data = {
        "rows": [{**asdict(row), "side": _side(row.laterality)} for row in rows],
        "not_assessed": list(not_assessed),
        "state": state,
        "labels": _labels(absent, scored=any(row.value is not None for row in rows)),
    }
    _mount(key=key, data=data)


def _side(laterality: str | None) -> dict[str, str]:
    """Letter and word of the patient's side."""
    return {
        "left": {"letter": _("L"), "word": _("left")},
        "right": {"letter": _("R"), "word": _("right")},
        "bilateral": {"letter": _("B"), "word": _("both sides")},
    }.get(laterality or "", {"letter": "", "word": ""})


def _labels(absent: int, *, scored: bool) -> dict[str, str]:
    return {
        "heading": _("Findings of the model"),
        "present": _("present"),
        "uncertain": _("uncertain"),
        "absent": _("absent"),
        "score": _("score"),
        "score_title": _("Score, not calibrated"),
        "operating_point": _("operating point {value}: from here on called present"),
        "folded": _("+ {count} absent").format(count=absent),
        "beyond": _("+ {count} more"),
        "not_assessed": _("not assessed:"),
        "none_positive": _("No finding above its operating point.")
        if scored
        else _("The text states no finding."),
    }
