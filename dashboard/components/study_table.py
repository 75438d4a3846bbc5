"""The studies of the worklist: one line each, dense, and steered by the keyboard."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

import streamlit as st

from dashboard.components.registration import register
from dashboard.language import translate as _


@dataclass(frozen=True)
class StudyRow:
    """One line of the table; the words in it are in the reader's language already.

    ``finding`` is the top finding, ``side`` its side of the patient: ``L``, ``R``, ``B`` for both,
    or nothing. ``value`` and ``operating_point`` share one scale in [0, 1]. ``certainty`` is
    ``present``, ``uncertain``, ``absent`` or nothing. ``status`` picks shape and colour of the
    chip, ``status_label`` is its word. ``age_label`` is the age of the study, for example
    ``3 min``. ``draft_state`` stands in place of the finding until there is one.
    """

    study_id: int
    patient: str
    patient_id: str
    age_sex: str
    projections: str
    indication: str
    finding: str
    side: str
    value: float | None
    operating_point: float | None
    certainty: str
    status: str
    status_label: str
    study_time: str
    age_label: str
    reader: str
    phantom: bool
    draft_state: str


_mount = register("study_table")


def show(rows: Sequence[StudyRow], *, key: str, empty: str, on_open: Callable[[int], None]) -> None:
    """Show the studies in the order given, down to the bottom of the window.

    Parameters
    ----------
    rows
        The studies that the filters leave.
    key
        Streamlit key, the same from run to run: selection and focus hang on it.
    empty
        One sentence in place of the table where there is no row.
    on_open
        Called with the ``study_id`` of the study that the reader opens.
    """
    data = {
        # The browser's own key for a component is a new one after every visit to another page.
        "key": key,
        "rows": [_line(row) for row in rows],
        "empty": empty,
        "labels": _labels(),
    }
    _mount(key=key, data=data, on_open_change=lambda: _with_study(key, on_open))


def _line(row: StudyRow) -> dict[str, object]:
    return {**asdict(row), "side": _side(row.side)}


def _side(letter: str) -> dict[str, str]:
    """Letter and word of the patient's side."""
    return {
        "L": {"letter": _("L"), "word": _("left")},
        "R": {"letter": _("R"), "word": _("right")},
        "B": {"letter": _("B"), "word": _("both sides")},
    }.get(letter, {"letter": "", "word": ""})


def _with_study(key: str, act: Callable[[int], None]) -> None:
    """Hand the study that the browser sent to ``act``; anything but a number is ignored."""
    value = st.session_state[key].get("open")
    study_id = value.get("study_id") if isinstance(value, Mapping) else None
    if isinstance(study_id, int) and not isinstance(study_id, bool):
        act(study_id)


def _labels() -> dict[str, str]:
    return {
        "studies": _("Studies"),
        "urgency": _("Urgency"),
        "patient": _("Patient"),
        "age_sex": _("Age/sex"),
        "projection": _("Projection"),
        "indication": _("Indication"),
        "finding": _("Top finding"),
        "status": _("Status"),
        "study_time": _("Study time"),
        "age": _("Received"),
        "age_title": _("Time since the study arrived here"),
        "reader": _("Reader"),
        "present": _("present"),
        "uncertain": _("uncertain"),
        "absent": _("absent"),
        "operating_point": _("operating point {value}"),
        "open": _("Open {patient}"),
        "phantom": _("phantom"),
        "phantom_title": _("Made for testing, not a patient"),
    }
