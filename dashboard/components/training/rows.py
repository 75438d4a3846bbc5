"""The runs at a glance: five figures, and a table with one row a run."""

from __future__ import annotations

from html import escape

import streamlit as st

from dashboard.components.models.figures import NOTHING
from dashboard.components.training.words import (
    TONES,
    corpus_name,
    count,
    loss_words,
    method_words,
    middle,
    model_name,
    number,
    peak,
    percent,
    stage_words,
    when,
)
from dashboard.language import translate as _
from dashboard.services.training_runs import Stage, TrainingRun, TrainingRuns


def show_figures(found: TrainingRuns) -> None:
    """How many runs, how many at work, the lowest last loss, the last that finished."""
    cells = "".join(
        f"<div><b>{escape(value)}</b><span>{escape(label)}</span></div>"
        for value, label in figures(found)
    )
    st.html(f'<div class="figures training">{cells}</div>')


def figures(found: TrainingRuns) -> list[tuple[str, str]]:
    """Return value and label of each; a lowest loss says of which corpus it is."""
    rows = found.rows
    done = [row for row in rows if row.stage is Stage.DONE and row.run is not None]
    with_loss = [row for row in done if row.run and row.run.history]
    lowest = min(
        with_loss, key=lambda row: row.run.history[-1].loss if row.run else 0, default=None
    )
    newest = max(done, key=lambda row: row.run.updated if row.run else "", default=None)
    loss, of_corpus = NOTHING, _("lowest last loss of a finished run")
    if lowest is not None and lowest.run is not None:
        loss = number(lowest.run.history[-1].loss)
        of_corpus = _("lowest last loss, {run} on {corpus}").format(
            run=lowest.name, corpus=corpus_name(lowest)
        )
    return [
        (str(len(rows)), _("runs")),
        (str(len(found.active)), _("at work now")),
        (str(len(done)), _("finished")),
        (loss, of_corpus),
        (when(newest.run.updated) if newest and newest.run else NOTHING, _("last finished")),
    ]


def show_table(found: TrainingRuns) -> None:
    st.html(table_html(found))


def table_html(found: TrainingRuns) -> str:
    """Return the table, every word of it escaped."""
    heads = [
        (_("run"), ""),
        (_("model"), ""),
        (_("state"), ""),
        (_("step"), ""),
        (_("loss, first → last"), _("mean over the tokens that count, in nats")),
        (_("trained"), _("parameters that train, and their share of all")),
        (_("s a step"), _("median")),
        (_("tokens/s"), _("median, without padding")),
        (_("peak memory"), _("as the process logged it")),
        (_("corpus"), ""),
    ]
    cells = "".join(
        f'<th scope="col" title="{escape(title)}">{escape(head)}</th>' for head, title in heads
    )
    caption = escape(_("Training runs, newest first"))
    lines = "".join(_row(row) for row in found.rows)
    return (
        f'<div class="measured training"><table class="plain"><caption>{caption}</caption>'
        f"<thead><tr>{cells}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def _row(row: TrainingRun) -> str:
    run = row.run
    history = run.history if run is not None else ()
    method = method_words(run) if run is not None else ""
    trained = NOTHING, ""
    if run is not None and run.parameters is not None:
        trained = count(run.parameters.trained), percent(run.parameters)
    cells = [
        _cell(model_name(row), method),
        f'<td class="{TONES[row.stage]}">{escape(stage_words(row.stage))}</td>',
        _progress(row),
        _cell(loss_words(history), tone="number"),
        _cell(*trained, tone="number"),
        _cell(middle(step.seconds for step in history), tone="number"),
        _cell(middle((step.tokens_per_second for step in history), 0), tone="number"),
        _cell(peak(history), tone="number"),
        _cell(corpus_name(row)),
    ]
    started = _("started {when}").format(when=when(row.started))
    if row.request is not None:
        started = _("{started} by {reader}").format(started=started, reader=row.request.reader)
    name = f'<th scope="row">{escape(row.name)}<small>{escape(started)}</small></th>'
    return f"<tr>{name}{''.join(cells)}</tr>"


def _cell(text: str, note: str = "", tone: str = "") -> str:
    note = f"<small>{escape(note)}</small>" if note else ""
    return f'<td class="{tone}">{escape(text)}{note}</td>'


def _progress(row: TrainingRun) -> str:
    """Steps as words and as a bar; neither where nobody knows how many there will be."""
    done, of = steps_of(row)
    if not of:
        return _cell(NOTHING, tone="steps")
    words = _("{done} of {all}").format(done=done, all=of)
    share = max(0, min(100, round(100 * done / of)))
    bar = f'<span class="bar"><i style="width: {share}%"></i></span>'
    return f'<td class="steps">{escape(words)}{bar}</td>'


def steps_of(row: TrainingRun) -> tuple[int, int]:
    if row.run is not None:
        return row.run.step, row.run.steps
    return 0, row.request.steps if row.request else 0
