"""One trainee: findings over the weeks, drawn lesions by contrast, what is due again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from html import escape

import streamlit as st

from core.domain.teaching import Trainee
from dashboard.components.models.charts import show_chart
from dashboard.components.models.figures import inline
from dashboard.components.teaching import charts
from dashboard.components.teaching.view_words import day, present_words
from dashboard.language import translate as _
from dashboard.services.teaching import progress, standing
from dashboard.services.teaching.progress import DetectionCurve, Due
from dashboard.workspace import Workspace

TRAINEE = "teaching_trainee"
_DRAWN = 3
"""Findings of one trainee that are drawn: the most read."""
_LISTED = 12
_BESIDE = 2
"""Detection curves side by side."""


def show(place: Workspace, cohort: str) -> None:
    """Ask for a trainee of the cohort and show how they do."""
    members = standing.members_of_cohort(place, cohort)
    if not members:
        return
    by_id = {trainee.id: trainee for trainee in members}
    if st.session_state.get(TRAINEE) not in by_id:
        st.session_state.pop(TRAINEE, None)
    heading = _("One trainee")
    st.html(f'<h4 class="part_heading">{escape(heading)}</h4>')
    chosen = st.selectbox(
        _("Trainee"),
        list(by_id),
        index=None,
        format_func=lambda number: by_id[number].nickname,
        placeholder=_("Choose a nickname"),
        key=TRAINEE,
        width=320,
        label_visibility="collapsed",
    )
    if chosen is not None:
        show_one(place, by_id[chosen])


def show_one(place: Workspace, trainee: Trainee) -> None:
    """The trainee's own curve, drills and repetitions, for the teacher."""
    show_curves(place, trainee)
    _due(place, progress.due(place, trainee))


def show_curves(place: Workspace, trainee: Trainee) -> None:
    """Findings over the weeks and drawn lesions by contrast: nothing that names a case."""
    _own_curve(place, trainee)
    _drills(progress.detection_curves(place, trainee))


def _own_curve(place: Workspace, trainee: Trainee) -> None:
    found = progress.trainee_progress(place, trainee)
    if not found:
        _muted(_("No scored read of a case is committed yet."))
        return
    counted: Counter[str] = Counter()
    for week in found:
        counted[week.finding] += week.reads
    names = [name for name, _count in counted.most_common(_DRAWN)]
    alt = _("Reads of {nickname} by week").format(nickname=trainee.nickname)
    show_chart(charts.weeks(found, names), alt)


def _drills(curves: Sequence[DetectionCurve]) -> None:
    if not curves:
        _muted(_("No drawn lesion was read yet: drills give a detection curve."))
        return
    columns = st.columns(_BESIDE, gap="medium")
    for place, curve in enumerate(curves):
        with columns[place % _BESIDE]:
            title = _("Drawn lesions: {finding}").format(finding=_(curve.finding))
            st.html(f'<p class="lead">{escape(title)}</p>')
            if curve.points:
                show_chart(charts.detection(curve), title)
            _muted(told(curve))


def told(curve: DetectionCurve) -> str:
    """Threshold and false calls in words; that there is none says why."""
    if curve.threshold is None:
        threshold = _("No threshold: too few films, or all of them called alike.")
    else:
        threshold = _("Half of them are detected at a contrast of {value}.").format(
            value=inline(asdict(curve.threshold))
        )
    if curve.false_rate is None:
        return threshold
    called = _("Films without one were called at a rate of {value}, {count} films.").format(
        value=inline(asdict(curve.false_rate)), count=curve.false_rate.cases
    )
    return f"{threshold} {called}"


def _due(place: Workspace, found: Sequence[Due]) -> None:
    title = _("Due again: {count}").format(count=len(found))
    st.html(f'<p class="lead">{escape(title)}</p>')
    if not found:
        _muted(_("Nothing that was missed is due."))
        return
    lines = "".join(f"<li>{escape(_due_words(place, each))}</li>" for each in found[:_LISTED])
    st.html(f'<ul class="said">{lines}</ul>')


def _due_words(place: Workspace, each: Due) -> str:
    case = standing.case(place, each.case_id)
    missed = ", ".join(_(name) for name in each.missed)
    words = _("{title} ({there}), since {day}").format(
        title=case.title, there=present_words(case.findings), day=day(each.due_at)
    )
    return _("{words}; missed: {missed}").format(words=words, missed=missed) if missed else words


def _muted(words: str) -> None:
    st.html(f'<p class="muted note">{escape(words)}</p>')
