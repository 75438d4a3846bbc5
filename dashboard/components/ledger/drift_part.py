"""Whether scores of a model, or the agreement of drafts and signed texts, moved with time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import streamlit as st

from core.evaluation.drift.change_points import LEAST, LEVEL
from dashboard.components.ledger import counted, figure, words
from dashboard.components.ledger.counted import State
from dashboard.components.ledger.figure import Chart
from dashboard.components.ledger.plots import Panel, weeks
from dashboard.components.models.figures import NOTHING, decimal
from dashboard.components.models.table import Cell, Table, lead, show_table
from dashboard.language import translate as _
from dashboard.services.ledger_drift import (
    Drift,
    Mark,
    ModelVersion,
    Series,
    drafted_kinds,
    drift,
    model_versions,
)
from dashboard.services.ledger_sheet import changes_csv, weeks_csv
from dashboard.workspace import Workspace

REFRESH_SECONDS = 600
"""Drafts arrive all day; what is a matter of weeks is counted anew after some minutes."""


@dataclass(frozen=True)
class _Asked:
    state: State
    version: ModelVersion


def show(place: Workspace) -> None:
    """The whole part."""
    real, phantoms = drafted_kinds(place)
    counted.switch(real, phantoms)
    state = counted.state(place)
    state = replace(state, phantoms=state.phantoms or not real)
    versions = model_versions(place, phantoms=state.phantoms)
    if not versions:
        counted.note(_("No study was drafted yet: there are no scores to follow."))
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        asked = _Asked(state, _version(versions))
        found = _found(place, asked)
        chosen = _finding(found.scores)
    lead(answer(found))
    left, right = st.columns(2, gap="medium")
    with left:
        if chosen is not None:
            _scores(chosen, (asked, chosen.name))
    with right:
        _agreement(found, (asked,))
    if found.scores:
        show_table(table(found))
        _download(found)
    counted.note(_method())


@st.cache_data(show_spinner=False, max_entries=8, ttl=REFRESH_SECONDS)
def _found(_place: Workspace, asked: _Asked) -> Drift:
    return drift(_place, asked.version, phantoms=asked.state.phantoms)


def _version(versions: Sequence[ModelVersion]) -> ModelVersion:
    by_key = {(each.name, each.digest, each.scorer, each.scorer_digest): each for each in versions}
    picked = st.selectbox(
        _("Model and version"),
        list(by_key),
        format_func=lambda key: _("{version}, {count} studies").format(
            version=_told_version(by_key[key]), count=by_key[key].studies
        ),
        key="ledger_version",
        label_visibility="collapsed",
        width=360,
    )
    return by_key.get(picked, versions[0])


def _told_version(version: ModelVersion) -> str:
    """What drafted and, where that is another model, whose scores stand in its drafts."""
    told = words.version(version.name, version.digest)
    if (version.scorer, version.scorer_digest) == (version.name, version.digest):
        return told
    return _("{version}, scores of {classifier}").format(
        version=told, classifier=words.version(version.scorer, version.scorer_digest)
    )


def _finding(scores: Sequence[Series]) -> Series | None:
    by_name = {each.name: each for each in scores}
    if not by_name:
        return None
    picked = st.selectbox(
        _("Finding"),
        list(by_name),
        format_func=lambda name: f"▲ {_(name)}" if by_name[name].marks else _(name),
        key="ledger_drift_finding",
        label_visibility="collapsed",
        width=280,
    )
    return by_name.get(picked or "", scores[0])


def answer(found: Drift) -> str:
    """One sentence: what moved, or that nothing did, or that there is too little to tell."""
    enough = [each for each in found.scores if each.enough]
    if not enough:
        most = max((each.points for each in found.scores), default=0)
        return _(
            "Too few studies to tell: {count} of the {least} that a change is looked for in."
        ).format(count=most, least=LEAST)
    moved = [each for each in enough if each.marks]
    if not moved:
        return _("The scores of no finding changed their level: {count} were looked at.").format(
            count=len(enough)
        )
    told = ", ".join(f"{_(each.name)} ({each.marks[0].day:%Y-%m-%d})" for each in moved)
    return _("The scores of {count} of {all} findings changed their level: {which}.").format(
        count=len(moved), all=len(enough), which=told
    )


def _scores(series: Series, key: tuple[object, ...]) -> None:
    name = _(series.name)
    axis = _("score")
    lines = {axis: {series.name: series.weeks}}
    panel = Panel(axis, {name: series.weeks}, [mark.day for mark in series.marks], percent=False)
    alt = _("Mean of each week of {finding}, and where eight of ten studies lie").format(
        finding=name
    )
    plot = weeks([panel], _("day of the draft: {axis}").format(axis=words.time_axis(series.step)))
    figure.show(Chart(key, "scores-by-week", plot, alt, partial(weeks_csv, lines)))
    counted.note(" ".join((alt + ".", *map(told, series.marks))))


def _agreement(found: Drift, key: tuple[object, ...]) -> None:
    series = found.agreement
    if series is None:
        counted.note(_("No draft of this version was signed yet: there is no agreement to follow."))
        return
    axis = _("findings signed as drafted")
    lines = {axis: {words.version(found.version.name, found.version.digest): series.weeks}}
    plot = weeks(
        [Panel(axis, lines[axis], [mark.day for mark in series.marks])],
        _("day of the signature: {axis}").format(axis=words.time_axis(series.step)),
    )
    alt = _("Share of findings that were signed as drafted, by week, with 95 % intervals by study")
    figure.show(Chart(key, "agreement-by-week", plot, alt, partial(weeks_csv, lines)))
    few = _("{count} signed studies are too few to look for a change; {least} are needed.").format(
        count=series.points, least=LEAST
    )
    none = _("No change of level was found.")
    verdict = few if not series.enough else none
    counted.note(" ".join((alt + ".", *(map(told, series.marks) if series.marks else [verdict]))))


def told(mark: Mark) -> str:
    """A change in words, with what stood behind it."""
    change = mark.change
    return _(
        "▲ From {day}: mean {before} before ({before_n} studies), {after} after ({after_n}), {p}."
    ).format(
        day=f"{mark.day:%Y-%m-%d}",
        before=decimal(change.before),
        after=decimal(change.after),
        before_n=change.counts[0],
        after_n=change.counts[1],
        p=words.chance(change.p),
    )


def table(found: Drift) -> Table:
    """Return one line a finding, those that moved first."""
    heads: list[Cell | str] = [
        _("finding"),
        Cell(_("studies"), title=_("of a patient one a week"), tone="number"),
        Cell(_("mean score"), tone="number"),
        _("changed from"),
        Cell(_("before"), tone="number"),
        Cell(_("after"), tone="number"),
        Cell(_("chance"), title=_("that noise alone does so, among all findings"), tone="number"),
    ]
    rows: list[list[Cell | str]] = []
    for each in found.scores:
        level = [Cell(str(each.points), tone="number"), _mean(each)]
        told = [_change(mark) for mark in each.marks] or [_none(each)]
        rows += [[_(each.name), *level, *some] for some in told]
    return Table(_("Scores of each finding"), heads, rows)


def _mean(each: Series) -> Cell:
    low, high = decimal(each.mean.low), decimal(each.mean.high)
    interval = _("{low} to {high}").format(low=low, high=high) if each.points > 1 else ""
    return Cell(decimal(each.mean.value), interval, tone="number")


def _change(mark: Mark) -> list[Cell | str]:
    change = mark.change
    return [
        f"▲ {mark.day:%Y-%m-%d}",
        *(Cell(decimal(level), tone="number") for level in (change.before, change.after)),
        Cell(words.chance(change.p), tone="number"),
    ]


def _none(each: Series) -> list[Cell | str]:
    word = _("no change found") if each.enough else _("too few studies")
    return [Cell(word, tone="muted"), *[Cell(NOTHING, tone="muted number")] * 3]


def _method() -> str:
    return _(
        "A change is looked for in studies in time order, in {least} or more, within one version "
        "of the model, in its scores before any calibration. Its place is that of the smallest "
        "squared error (binary segmentation); it is marked where a permutation test of blocks of "
        "neighbours finds a chance of at most {level} over all findings together. That chance "
        "holds for one look; where neighbouring studies resemble each other, false marks are more "
        "frequent. A change may come from films or patients as well as from the model."
    ).format(least=LEAST, level=decimal(LEVEL))


def _download(found: Drift) -> None:
    """The table as a file."""
    st.download_button(
        _("Export {format}").format(format="CSV"),
        partial(changes_csv, found),
        file_name="changes.csv",
        mime="text/csv",
        key="ledger_changes_csv",
        on_click="ignore",
    )
