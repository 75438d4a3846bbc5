"""The one table: what was trained, how well it writes, what it costs; claims stand apart."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from core.evaluation.drafts.claims import Claim, claims
from core.evaluation.drafts.measured import Role, System
from core.training.corpus.folder import TRAIN
from core.training.finetuning.runs import Run
from dashboard.components.models.figures import NOTHING, decimal
from dashboard.components.models.table import Cell, Table, table_html
from dashboard.components.scoreboard.words import (
    cell,
    definition,
    in_percent,
    parameters,
    share,
    title,
    titles,
)
from dashboard.language import translate as _
from dashboard.services.scoreboard import Board

ACCURACY = "instruction_all"
WORDS = ("bleu_4", "rouge_l", "meteor_exact_stem", "cider_d")
FINDINGS = ("micro_f1", "macro_f1", "critical_f1")
SIDES = ("side_accuracy",)
COST = ("seconds_median", "peak_memory_bytes")
DICTATED = ("films", "phantoms")
"""Sources of corpora whose captions are drafted from labels; see `corpus.sources.dictated`."""
COLUMNS = (*WORDS, *FINDINGS, *SIDES, *COST)


def show(board: Board) -> None:
    """The table and what must be said below it."""
    st.html(f'<div class="scoreboard">{table_html(table(board))}{_below(board)}</div>')


def table(board: Board) -> Table:
    """Return one line a system, then one a claim of the original project."""
    rows = [_row(board, system, name) for system, name in _named(board)]
    rows += [_claim(claim) for claim in claims().models]
    return Table(_("Systems on the same films"), _heads(), rows, _groups())


def _named(board: Board) -> list[tuple[System, str]]:
    return [(board.system(name), word) for name, word in titles(board).items()]


def _heads() -> list[Cell | str]:
    short = _short_findings()
    asked = [
        Cell(short.get(name, title(name)), title=f"{title(name)}: {definition(name)}")
        for name in COLUMNS
    ]
    return [
        _("system"),
        Cell(_("trained"), title=_("parameters that were trained")),
        Cell(_("total"), title=_("parameters of the whole model")),
        _("share"),
        Cell(_("loss"), title=_("first and last of the training run")),
        Cell(_("accuracy"), title=f"{title(ACCURACY)}: {definition(ACCURACY)}"),
        *asked,
    ]


def _short_findings() -> dict[str, str]:
    return {"micro_f1": _("micro"), "macro_f1": _("macro"), "critical_f1": _("critical five")}


def _groups() -> list[tuple[str, int]]:
    return [
        ("", 1),
        (_("as the original project told it"), 5),
        (_("words"), len(WORDS)),
        (_("findings, F1"), len(FINDINGS)),
        (_("sides"), len(SIDES)),
        (_("cost"), len(COST)),
    ]


def _row(board: Board, system: System, name: str) -> list[Cell | str]:
    run = board.trained.get(system.name)
    baseline = system.role is Role.BASELINE
    notes = (
        _("baseline") if baseline else _run_note(run),
        _taught(board, run),
        _failed(system),
    )
    kept = system.figures.get(ACCURACY)
    return [
        Cell(
            name,
            " · ".join(note for note in notes if note),
            system.name,
            "baseline" if baseline else "",
        ),
        *_training(run, baseline),
        in_percent(kept) if kept is not None else cell(board, system, ACCURACY),
        *(cell(board, system, figure) for figure in COLUMNS),
    ]


def _run_note(run: Run | None) -> str:
    return "" if run is None else _("run {name}").format(name=run.name)


def _taught(board: Board, run: Run | None) -> str:
    """Say of a system that it was taught the answers, or may have been."""
    if run is None:
        return ""
    evaluated, taught = board.measured.corpus, str(run.corpus.get("digest", ""))
    if taught != evaluated.get("digest"):
        return _("taught on another corpus, which may hold these films")
    return _("taught these films") if evaluated.get("split") == TRAIN else ""


def _failed(system: System) -> str:
    """Texts that failed count as empty in every figure: that is said beside the name."""
    found = system.figures.get("failed_share")
    if found is None or not found.value:
        return ""
    return _("{share} of its texts failed").format(share=share(found.value))


def _training(run: Run | None, baseline: bool) -> list[Cell | str]:
    """Trained, total, share and loss, from the record of the run alone."""
    if run is None:
        reason = (
            _("a baseline is not trained")
            if baseline
            else _("no finished run here has these weights")
        )
        return [_dash(reason)] * 4
    counted = run.parameters
    told: list[Cell | str] = (
        [_dash(_("its run did not count them"))] * 3
        if counted is None
        else [
            Cell(parameters(counted.trained), title=f"{counted.trained:,}"),
            Cell(parameters(counted.total), title=f"{counted.total:,}"),
            share(counted.share),
        ]
    )
    if not run.history:
        return [*told, _dash(_("its run logged no step"))]
    first, last = run.history[0], run.history[-1]
    steps = _("{count} steps").format(count=last.step)
    return [*told, Cell(_losses(first.loss, last.loss), steps)]


def _losses(first: float, last: float) -> str:
    return f"{decimal(first)} → {decimal(last)}"


def _claim(claim: Claim) -> list[Cell | str]:
    absent = Cell(NOTHING, title=_("the original project states none"), tone="claim")
    said = (
        parameters(claim.trained),
        parameters(claim.total),
        share(claim.share),
        _losses(claim.first_loss, claim.last_loss),
        f"{decimal(100 * claim.accuracy, digits=0)} %",
    )
    return [
        Cell(claim.title, _("claim, not measured here"), tone="claim"),
        *(Cell(text, tone="claim") for text in said),
        *[absent] * len(COLUMNS),
    ]


def _dash(reason: str) -> Cell:
    return Cell(NOTHING, title=reason, tone="muted")


def _below(board: Board) -> str:
    lines = (*_references_note(board), *_claims_note(), *_others_note(board), _notice())
    return "".join(f'<p class="muted note">{escape(line)}</p>' for line in lines)


def _references_note(board: Board) -> Sequence[str]:
    if board.measured.corpus.get("source") not in DICTATED:
        return ()
    return (
        _(
            "Nobody wrote the references of this corpus: they are this program's sentences for the "
            "labels of its films. Figures of words reward who has learned those sentences."
        ),
    )


def _claims_note() -> Sequence[str]:
    stated = claims()
    source = _("Claims are the original project's own, after {steps} steps: {source}.").format(
        steps=stated.steps, source=_(stated.source)
    )
    apart = _(
        "They were made on other films, without intervals, and how the accuracy was counted is "
        "not said; ours counts samples whose answer keeps the written rules of its kind."
    )
    return (f"{source} {apart}",)


def _others_note(board: Board) -> Sequence[str]:
    if not board.others:
        return ()
    names = ", ".join(sorted({run.name for run in board.others}))
    return (_("Finished runs that this evaluation does not hold: {names}.").format(names=names),)


def _notice() -> str:
    intervals = _(
        "Intervals are 95 %, resampled by patient or article figure; a dash says why on hover."
    )
    notice = _("Drafts by research models: not for diagnosis without a qualified reader.")
    return f"{intervals} {notice}"
