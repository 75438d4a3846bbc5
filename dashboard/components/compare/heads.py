"""The head of each column: which model, where its draft stands, and what it took."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import streamlit as st

from core.domain.draft import Draft, Refusal
from core.domain.errors import N_
from core.domain.job import Job, JobKind, JobState
from core.models.language.precision import gigabytes
from core.reporting.text_caveats import in_words
from dashboard import language
from dashboard.components.compare import choice
from dashboard.components.compare.choice import REPORT, Chosen
from dashboard.language import translate as _
from dashboard.services.compare import Column, ColumnState, Compared
from dashboard.services.request_draft import cancel_draft, failure
from dashboard.workspace import Workspace

_VERSIONS = {
    "drafting": N_("rules of drafting"),
    "prompt": N_("prompt (SHA-256)"),
    "precision": N_("precision"),
    "candidates": N_("candidates"),
    "classifier": N_("classifier beside it"),
    "classifier_digest": N_("its weights (SHA-256)"),
    "model_version": N_("version"),
    "writer_version": N_("version that wrote"),
    "site_calibration": N_("calibration to this site (SHA-256)"),
}
"""What a draft depended on, by the keys of `Draft.versions`; other keys are shown as they are."""
_NOT_SHOWN = ("peak_memory_bytes", "peak_gpu_memory_bytes")


def show(place: Workspace, now: Compared, chosen: Chosen, reference: str) -> None:
    """One head a column; the reader's own text has one too where others are held against it."""
    own = reference == REPORT
    places = st.columns(len(now.columns) + own, gap="small")
    if own:
        with places[0]:
            st.html(_own(now))
    for spot, column in zip(places[own:], now.columns, strict=True):
        with spot:
            _head(place, now, column, chosen, reference)


def _own(now: Compared) -> str:
    title = _("Signed report") if now.signed else _("Report as it stands")
    reference = escape(_("reference"))
    return f'<div class="head"><b>{escape(title)}</b> <span class="tag">{reference}</span></div>'


def _head(place: Workspace, now: Compared, column: Column, chosen: Chosen, reference: str) -> None:
    title = chosen.titles.get(column.model, column.model)
    reference_word = escape(_("reference"))
    against = f' <span class="tag">{reference_word}</span>'
    lines = "".join(f"<p>{line}</p>" for line in head_lines(column, chosen)) + _bar(column)
    st.html(
        f'<div class="head"><b>{escape(title)}</b>'
        f"{against if column.model == reference else ''}{lines}{_details(column.draft)}</div>"
    )
    job = column.job
    # The report's own draft is stopped where it was asked for.
    if job is not None and job.state.open and job.kind is JobKind.COMPARISON:
        stop = (place, job.id)
        st.button(_("Stop"), type="tertiary", on_click=_stop, args=stop, key=f"stop_{job.id}")
    if _may_override(column) and column.model in chosen.ready:
        again = (place, now.study.id, (column.model,), True)
        key = f"anyway_{column.model}"
        st.button(_("Draft anyway"), on_click=choice.ask, args=again, key=key)


def _bar(column: Column) -> str:
    """How far a draft is that is being made, as the line above says it in words."""
    if column.state is not ColumnState.WAITING or column.job is None:
        return ""
    share = min(1.0, max(0.0, column.job.progress))
    return f'<progress aria-hidden="true" value="{share:.2f}" max="1"></progress>'


def _stop(place: Workspace, job_id: int) -> None:
    cancel_draft(place, job_id, reader=place.reader())


def _may_override(column: Column) -> bool:
    """Whether the film itself, and no header, kept the model from drafting."""
    draft = column.draft
    return draft is not None and draft.refusal is Refusal.FILM and not column.outdated


def head_lines(column: Column, chosen: Chosen) -> Iterator[str]:
    """Short lines of HTML, every word escaped."""
    if column.state is ColumnState.DRAFTED and column.draft is not None:
        yield _took(column, column.draft)
    else:
        yield escape(state_words(column))
    if column.outdated:
        said = _("Made before the study, the model or a setting changed.")
        yield f'<span class="warn">{escape(said)}</span>'
    if column.model not in chosen.ready:
        yield escape(_("It cannot draft here now."))


def _took(column: Column, draft: Draft) -> str:
    said = _(
        "As measured at this draft: seconds from reading the film to the finished draft, and the "
        "most memory that the worker held meanwhile, all models that it keeps loaded included."
    )
    parts = [_("{seconds} s").format(seconds=f"{draft.seconds:.1f}"), _memory(column)]
    if column.peak_gpu_memory_bytes is not None:
        card = gigabytes(column.peak_gpu_memory_bytes)
        parts.append(_("{memory} on the GPU").format(memory=card))
    return f'<span class="took" title="{escape(said)}">{escape(" · ".join(parts))}</span>'


def _memory(column: Column) -> str:
    peak = column.peak_memory_bytes
    return _("memory not measured") if peak is None else gigabytes(peak)


def state_words(column: Column) -> str:
    """One sentence in place of a draft; empty where there is one."""
    job = column.job
    if column.state is ColumnState.WAITING and job is not None:
        return _waiting(job)
    if column.state is ColumnState.FAILED and job is not None:
        return language.sentence(failure(job))
    if column.state is ColumnState.WITHHELD and column.draft is not None:
        return " ".join(in_words(warning, _) for warning in column.draft.warnings)
    words = {
        ColumnState.STOPPED: _("The draft was stopped."),
        ColumnState.MISSING: _("Not asked yet."),
    }
    return words.get(column.state, "")


def _waiting(job: Job) -> str:
    if job.state is JobState.QUEUED:
        return _("Waiting for the model.")
    stage = _(job.stage) if job.stage else _("starting")
    return _("At work: {stage}, {percent} %.").format(
        stage=stage, percent=round(100 * job.progress)
    )


def _details(draft: Draft | None) -> str:
    """What the draft depended on, folded."""
    if draft is None:
        return ""
    facts = [(_("weights (SHA-256)"), draft.model.digest)]
    facts += [
        (_(_VERSIONS.get(name, name)), value)
        for name, value in sorted(draft.versions.items())
        if name not in _NOT_SHOWN
    ]
    rows = "".join(
        f'<dt>{escape(name)}</dt><dd title="{escape(value)}">{escape(_short(value))}</dd>'
        for name, value in facts
    )
    summary = escape(_("How it was made"))
    return f"<details><summary>{summary}</summary><dl>{rows}</dl></details>"


def _short(value: str) -> str:
    """Digests by their beginning; the whole stands in the tooltip."""
    digest = len(value) == 64 and all(each in "0123456789abcdef" for each in value)
    return value[:12] if digest else value
