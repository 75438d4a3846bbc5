"""The review's parts filled with one study: film, findings of the model, report."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.domain.draft import Draft, SentenceMap
from core.domain.errors import OverreadError
from core.domain.finding import Finding
from core.domain.job import Job, JobState
from core.domain.study import Instance, Projection
from core.findings.vocabulary import NOT_ASSESSED
from core.models import registry
from core.models.measured import Measured
from core.reporting.drafting import in_reading_order
from core.reporting.phrases.catalogue import languages
from dashboard import addresses, language
from dashboard.components import (
    draft_request,
    findings_panel,
    messages,
    reading_first,
    report_editor,
    sign_dialog,
    viewer,
)
from dashboard.components.findings_tooltip import tooltip
from dashboard.language import translate as _
from dashboard.services.edit_report import Review, choose_language
from dashboard.services.report_document import draft_notes, evidence_title
from dashboard.services.request_draft import failure
from dashboard.workspace import Workspace

HEIGHT = "calc(100vh - 96px)"
_LANGUAGE_ERROR = "language_error"


def show_film(review: Review, more: Sequence[viewer.MapView] = ()) -> None:
    """Films with the maps that exist so far; ``more`` are those of answers."""
    study, draft = review.study, review.draft
    films = sorted(study.instances, key=lambda film: film.projection is Projection.LATERAL)
    rank = {
        item.name: n for n, item in enumerate(in_reading_order(draft.findings if draft else ()))
    }
    maps = [
        viewer.MapView(
            finding=item.finding,
            instance_id=item.instance_id,
            url=addresses.evidence(item.id) or "",
            title=f"{_(item.finding)}: {evidence_title(item.validated)}",
            validated=item.validated,
            label=_(item.finding),
        )
        for item in sorted(draft.maps if draft else (), key=lambda item: rank[item.finding])
    ]
    maps += [_sentence_map(item) for item in (draft.attention if draft else ())]
    views = [_film(film, study.phantom) for film in films]
    viewer.show(views, [*maps, *more], height_css=HEIGHT, key=f"viewer_{study.id}")


def _sentence_map(seen: SentenceMap) -> viewer.MapView:
    """Where the model looked while it wrote a sentence: attention, never a location."""
    label = _("sentence {number}").format(number=seen.sentence + 1)
    return viewer.MapView(
        finding=_map_of(seen.id),
        instance_id=seen.instance_id,
        url=addresses.evidence(seen.id) or "",
        title=f"{label}: {evidence_title(validated=False)}",
        validated=False,
        label=label,
    )


def _map_of(evidence: int | None) -> str:
    """The viewer's name of a sentence's own map."""
    return f"sentence-{evidence}"


def _film(film: Instance, phantom: bool) -> viewer.FilmView:
    labels = {Projection.LATERAL: _("LAT"), Projection.UNKNOWN: _("film")}
    return viewer.FilmView(
        instance_id=film.id,
        url=addresses.pixels(film.id),
        rows=film.rows,
        columns=film.columns,
        window_center=film.window.center,
        window_width=film.window.width,
        window_function=film.window.function,
        monochrome1=film.monochrome1,
        spacing_mm=film.spacing_mm,
        label=labels.get(film.projection, film.projection.value),
        phantom=phantom,
    )


def show_findings(place: Workspace, review: Review) -> None:
    """The findings panel, or where its draft stands; nothing of either while it is hidden."""
    if review.hidden:
        _show_hidden(review.study.id)
        return
    draft, job = review.draft, review.job
    mapped = {item.finding for item in draft.maps} if draft else set()
    measured = registry.measured_of(draft.scorer) if draft else None
    found = draft.findings if draft else ()
    rows = [_row(item, measured, item.name in mapped) for item in in_reading_order(found)]
    findings_panel.show(
        rows,
        not_assessed=[_(item) for item in NOT_ASSESSED],
        state="" if rows else _state(draft, job),
        key=f"findings_{review.study.id}",
    )
    if rows:
        _show_notes(review)
    draft_request.show(place, review)


def _show_hidden(study_id: int) -> None:
    state = _("The draft is hidden: the film is read first. R reveals it.")
    strip = [_(item) for item in NOT_ASSESSED]
    findings_panel.show([], not_assessed=strip, state=state, key=f"findings_{study_id}")


def _show_notes(review: Review) -> None:
    """The limits of a draft in a few small lines; one made against the gate says so on its own."""
    notes = [messages.plain(note) for note in draft_notes(review)]
    first = 1 if review.override else 0
    lines = [*notes[:first], " ".join(notes[first:])]
    st.caption("  \n".join(line for line in lines if line))


def _state(draft: Draft | None, job: Job | None) -> str:
    """One sentence in place of the findings."""
    if draft is not None and not (job and job.state.open):
        return " ".join(_(warning.message) for warning in draft.warnings)
    if job is None:
        return _("No draft was asked for.")
    if job.state is JobState.FAILED:
        error = failure(job)
        return f"{language.sentence(error)} {language.remedy(error)}"
    if job.state is JobState.CANCELLED:
        return _("The draft was stopped.")
    if job.state is JobState.QUEUED:
        return _("Waiting for the model; you can write meanwhile.")
    percent = round(job.progress * 100)
    return _("The model is at work: {stage}, {percent} %; you can write meanwhile.").format(
        stage=_(job.stage) if job.stage else _("starting"), percent=percent
    )


def _row(finding: Finding, measured: Measured | None, has_map: bool) -> findings_panel.FindingRow:
    return findings_panel.FindingRow(
        name=finding.name,
        label=_(finding.name),
        laterality=finding.laterality,
        value=finding.shown,
        operating_point=finding.operating_point,
        uncertain_point=finding.uncertain_point,
        certainty=finding.certainty.value,
        calibrated=finding.probability is not None,
        tooltip=tooltip(finding, measured),
        has_map=has_map,
    )


def show_report(place: Workspace, review: Review) -> None:
    """The editor, read-only once signed."""
    for name in (_LANGUAGE_ERROR, reading_first.ERROR):
        if error := st.session_state.pop(name, None):
            messages.error(error)
    study, report, draft = review.study, review.report, review.draft
    signed = review.signed[0] if review.signed else None
    own_maps = {seen.id for seen in draft.attention} if draft else set()
    report_editor.show(
        study_id=study.id,
        url=addresses.report(study.id),
        sections=(signed.sections if signed else report.sections).as_dict(),
        version=report.version,
        typed=report.typed,
        read_only=signed is not None,
        draft_sentences=[
            report_editor.DraftSentenceView(
                item.text,
                item.section,
                item.findings,
                map=_map_of(item.evidence) if item.evidence in own_maps else "",
            )
            for item in (draft.sentences if draft else ())
        ],
        checks_open=len(review.checks),
        can_sign=signed is None,
        draft_hidden=review.hidden,
        pdf_url=addresses.report_pdf(study.id),
        key=f"report_{study.id}",
        language=review.language,
        translations={
            code: addresses.translation_pdf(study.id, code)
            for code in (languages() if signed else ())
            if code != review.language
        },
        on_language=lambda code: _choose_language(place, study.id, code),
        height_css=HEIGHT if signed is None else "420px",
        on_sign=lambda version: sign_dialog.ask(study.id, "report", version),
        on_next=lambda: st.session_state.update(next_after=study.id),
        on_reveal=lambda: reading_first.show_draft(place, study.id),
        on_saved=lambda _version: None,
    )


def _choose_language(place: Workspace, study_id: int, code: str) -> None:
    try:
        choose_language(place, study_id, code, reader=place.reader())
    except OverreadError as error:
        st.session_state[_LANGUAGE_ERROR] = error
