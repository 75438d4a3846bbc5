"""One run in detail: where it stands, what was tried on it, and all that made it."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from statistics import median
from typing import Any

import streamlit as st

from core.training.finetuning.recipe import documentation
from core.training.finetuning.runs import LOG, Run
from dashboard.components.models.figures import NOTHING
from dashboard.components.models.table import Cell, Table, show_table
from dashboard.components.training.checks import checks_table
from dashboard.components.training.words import (
    TONES,
    error_words,
    number,
    stage_words,
    when,
)
from dashboard.language import translate as _
from dashboard.services.training_runs import RESUMABLE, Stage, TrainingRun

TAIL = 12
"""Steps of the history that are shown; all of them are in the CSV."""


def show_standing(row: TrainingRun) -> None:
    """Where a run stands, in a sentence or two."""
    stage = f'<span class="{TONES[row.stage]}">{escape(stage_words(row.stage))}</span>'
    st.html(f'<p class="lead">{stage} · {escape(standing_words(row))}</p>')


def standing_words(row: TrainingRun) -> str:
    """Return what a stage means for this run, and what to do about it."""
    run = row.run
    if row.stage is Stage.STARTING:
        return _("Its process was started; it looks through the files of the model and the corpus.")
    if row.stage is Stage.NOT_BEGUN or run is None:
        return _("Its process ended before the run began; what it said stands in {log}.").format(
            log=row.folder / LOG
        )
    if row.active:
        return _at_work(run)
    if row.stopped_at_once:
        return _(
            "The process that should go on with it ended before it did; what it said stands in "
            "{log}."
        ).format(log=row.folder / LOG)
    if row.stage in RESUMABLE and not row.resumable:
        words = _("It ended after step {step}; its own command goes on with it by --resume.")
        return f"{words.format(step=run.step)} {_failed(run) if run.error else ''}".strip()
    templates = {
        Stage.CANCELLED: _("Stopped as asked after step {step}; it can be resumed from there."),
        Stage.INTERRUPTED: _(
            "Its process ended without a word after step {step}: it was killed, or the machine "
            "went down. Resuming goes on from the last checkpoint."
        ),
        Stage.DONE: _("Ended {when}, after {step} steps; weights SHA-256 {digest}."),
    }
    if row.stage is Stage.FAILED:
        return _failed(run)
    digest = run.weights_sha256[:12] or NOTHING
    return templates[row.stage].format(step=run.step, when=when(run.updated), digest=digest)


def _failed(run: Run) -> str:
    """The sentence that a run ended with, and its remedy; a run writes both."""
    return error_words(run.error or {}) or _("It did not say why.")


def _at_work(run: Run) -> str:
    words = _("Step {step} of {steps}.").format(step=run.step, steps=run.steps)
    seconds = [step.seconds for step in run.history]
    left = run.steps - run.step
    if len(seconds) < 2 or left <= 0:
        return words
    remain = _("About {minutes} min remain at the median pace.").format(
        minutes=max(1, round(left * median(seconds) / 60))
    )
    return f"{words} {remain}"


def show_parts(run: Run) -> None:
    """Checks, recipe, corpus, environment and last steps, each in a tab."""
    titles = [_("Checks"), _("Recipe"), _("Environment"), _("Last steps")]
    tables = (checks_table, recipe_table, environment_table, steps_table)
    tabs = st.tabs(titles, key="training_tabs", on_change="rerun")
    for tab, table in zip(tabs, tables, strict=True):
        if tab.open:
            with tab:
                show_table(table(run))


def recipe_table(run: Run) -> Table:
    """Return every field of the recipe with what it is for."""
    known = documentation()
    rows: list[list[Cell | str]] = []
    for name, value in run.recipe.items():
        unit, reason = known.get(name, ("", ""))
        told = f"{_words(value)} {_(unit) if unit else ''}".strip()
        rows.append([name, told, Cell(_(reason) if reason else NOTHING, tone="prose")])
    return Table(_("Recipe of the run"), [_("field"), _("value"), _("what it is for")], rows)


def environment_table(run: Run) -> Table:
    """Return what the run was asked for and what it ran on."""
    facts: dict[str, Any] = {
        _("command"): run.command,
        _("backend"): run.backend,
        **_named(_("model"), run.model),
        **_named(_("corpus"), run.corpus),
        **run.environment,
    }
    rows: list[list[Cell | str]] = [
        [name, Cell(_words(value) or NOTHING, tone="prose file")] for name, value in facts.items()
    ]
    return Table(_("Environment of the run"), ["", _("value")], rows)


def steps_table(run: Run) -> Table:
    """Return the newest steps, the last one first."""
    rows: list[list[Cell | str]] = [
        [
            str(step.step),
            number(step.loss, 4),
            f"{step.learning_rate:.2e}",
            number(step.seconds, 2),
            number(step.tokens_per_second, 0),
            NOTHING if step.gradient_norm is None else number(step.gradient_norm, 3),
        ]
        for step in run.history[: -TAIL - 1 : -1]
    ]
    heads = [
        _("step"),
        _("loss, nats a token"),
        _("learning rate"),
        _("seconds"),
        _("tokens/s"),
        _("gradient norm"),
    ]
    return Table(_("Last steps of the run"), heads, rows)


def _named(part: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{part}, {name}": value for name, value in facts.items()}


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return f"{value:g}" if isinstance(value, float) else str(value)
