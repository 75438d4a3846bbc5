"""Make a draft: read the film, map the findings, put them into words, store all of it at once.

This is what a worker runs. It never runs in a page.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from core.domain.draft import Draft, DraftWarning, EvidenceMap, ModelIdentity, Refusal
from core.domain.errors import N_, FeatureError
from core.domain.finding import Finding
from core.domain.job import Job, JobKind, JobState
from core.domain.report import Sections
from core.domain.study import Instance, Projection, Study
from core.explain.map_png import map_png
from core.models import registry
from core.models.base import FilmReading, FindingClassifier, FindingFigures, Grey
from core.models.film_standing import FilmGate, FilmStanding, film_map, upright
from core.processes import forget_peak_memory
from core.reporting import caveats, drafting
from core.reporting.translation import in_language
from dashboard.services import films
from dashboard.services.offer_draft import offer
from dashboard.services.request_draft import DRAFTING_VERSION
from dashboard.services.written_draft import Beside, Writer, memory_held, written_draft
from dashboard.workspace import Workspace

Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class _Looked:
    """A film that was looked at: its grey levels as it lies, and how it lies."""

    film: Instance
    grey: Grey
    standing: FilmStanding

    def read(self, classifier: FindingClassifier) -> FilmReading:
        """Score the film as it should stand; the maps come back in the film's own geometry."""
        reading = classifier.read(upright(self.grey, self.standing))
        maps = {name: film_map(drawn, self.standing) for name, drawn in reading.maps.items()}
        return replace(reading, maps=maps)


def draft_study(
    place: Workspace,
    job: Job,
    classifier: FindingClassifier,
    progress: Progress,
    gate: FilmGate | None = None,
    writer: Writer | None = None,
) -> None:
    """Draft the study of a job and finish the job, in one transaction at the end.

    What the headers say of projection, body part and age is asked first, then the film itself. A
    film that is no frontal chest film gets a draft without findings, unless a reader overrode the
    gate.

    Parameters
    ----------
    progress : callable (fraction, stage)
        Called between the stages; may raise DraftCancelledError.
    gate : FilmGate, optional
        Looks at a film before the classifier; the one that belongs to the job's model if not given.
    writer : Writer, optional
        Writes the text, beside the findings of the classifier; without one the findings are worded.

    Raises
    ------
    ModelError
    """
    started = time.perf_counter()
    forget_peak_memory()
    with place.look() as look:
        study = look.studies.get(job.study_id)
        prior = look.studies.prior(study)
    progress(0.1, N_("reading the film"))
    model = writer.drafter.identity if writer else classifier.identity
    refusal = drafting.refusal_by_headers(study)
    if refusal:
        films = study.chest_projections
        told = _draft(study, films, prior, classifier, (), (), started)
        draft = replace(told, refusal=refusal, model=model)
    else:
        looked = _look(place, study, gate or registry.load_film_check(job.model))
        if looked.standing.chest or job.override_gate:
            progress(0.3, N_("scoring the findings"))
            reading = looked.read(classifier)
            progress(0.4 if writer else 0.7, N_("drawing the maps"))
            beside = _beside(study, classifier, looked, reading)
            if writer is None:
                draft = _worded(study, prior, classifier, beside, started)
            else:
                words = _prior_words(prior)
                draft = written_draft(
                    place, job.id, study, beside, writer, prior=words, started=started
                )
        else:
            draft = _withheld(study, model, started)
    if writer is None:
        # A stop that comes now ends the job; of a text, what was written is kept.
        progress(0.9, N_("storing the draft"))
    _store(place, job, study, draft)


def _look(place: Workspace, study: Study, gate: FilmGate) -> _Looked:
    """The first film that passes the gate, PA before AP; where none does, the first.

    How a film lies is believed only of one that passes.
    """
    first: _Looked | None = None
    for film in study.frontals:
        grey = _grey(place, film)
        standing = gate.check(grey)
        if standing.chest:
            return _Looked(film, grey, standing)
        first = first or _Looked(film, grey, FilmStanding(False, standing.chance))
    assert first is not None
    return first


def _beside(
    study: Study, classifier: FindingClassifier, looked: _Looked, reading: FilmReading
) -> Beside:
    film = looked.film
    findings = drafting.findings_from(
        reading, classifier.figures, projection=film.projection, age=study.age
    )
    named = {finding.name for finding in findings}
    maps = _maps(film, reading, classifier.figures)
    return Beside(
        film=film,
        grey=looked.grey,
        standing=looked.standing,
        classifier=classifier.identity,
        findings=findings,
        figures=classifier.figures,
        maps=tuple(item for item in maps if item.finding in named),
        notes=_notes(looked.standing),
        versions=classifier.versions,
    )


def _worded(
    study: Study,
    prior: Study | None,
    classifier: FindingClassifier,
    beside: Beside,
    started: float,
) -> Draft:
    # A frontal film that was refused, or not needed, is not of this draft. A lateral film is never
    # read, and stands in the technique by its header.
    laterals = (view for view in study.chest_projections if view is Projection.LATERAL)
    films = (beside.film.projection, *laterals)
    draft = _draft(study, films, prior, classifier, beside.findings, beside.maps, started)
    return replace(draft, warnings=(*beside.notes, *draft.warnings))


def _notes(standing: FilmStanding) -> tuple[DraftWarning, ...]:
    """What a reader must know of the film that was read."""
    said = (
        (caveats.GATE_OVERRIDDEN, not standing.chest),
        (caveats.READ_TURNED, standing.quarter_turns != 0),
        (caveats.READ_INVERTED, standing.inverted),
    )
    return tuple(note for note, due in said if due)


def _withheld(study: Study, model: ModelIdentity, started: float) -> Draft:
    """A draft that says why it says nothing. Its report starts with the indication alone."""
    return Draft(
        model=model,
        seconds=time.perf_counter() - started,
        findings=(),
        sentences=(),
        sections=Sections(indication=study.indication),
        warnings=(caveats.NOT_A_CHEST_FILM,),
        versions={"drafting": DRAFTING_VERSION, **memory_held()},
        refusal=Refusal.FILM,
    )


def _grey(place: Workspace, film: Instance) -> Grey:
    grey = films.grey(place, film)
    if grey.max() == grey.min():
        raise FeatureError(reason="it has one grey value only")
    return grey


def _draft(
    study: Study,
    projections: Sequence[Projection],
    prior: Study | None,
    classifier: FindingClassifier,
    findings: tuple[Finding, ...],
    maps: tuple[EvidenceMap, ...],
    started: float,
) -> Draft:
    sentences, sections, warnings = drafting.compose(
        findings,
        classifier.figures,
        study=study,
        films=projections,
        prior=_prior_words(prior),
    )
    return Draft(
        model=classifier.identity,
        seconds=time.perf_counter() - started,
        findings=findings,
        sentences=sentences,
        sections=sections,
        warnings=warnings,
        maps=maps,
        versions={"drafting": DRAFTING_VERSION, **classifier.versions, **memory_held()},
    )


def _prior_words(prior: Study | None) -> str:
    """The model sees one film: an earlier study is named, and not compared with."""
    if prior is None or prior.study_datetime is None:
        return ""
    return f"Study of {prior.study_datetime:%Y-%m-%d} is at hand; not compared by the model."


def _maps(
    film: Instance, reading: FilmReading, figures: Mapping[str, FindingFigures]
) -> tuple[EvidenceMap, ...]:
    return tuple(
        EvidenceMap(
            finding=name,
            instance_id=film.id,
            png=map_png(grey, film.rows, film.columns),
            validated=figures[name].localised,
        )
        for name, grey in reading.maps.items()
    )


def _store(place: Workspace, job: Job, study: Study, draft: Draft) -> None:
    digests = {evidence.finding: place.blobs.put(evidence.png) for evidence in draft.maps}
    seen = [place.blobs.put(attention.png) for attention in draft.attention]
    with place.work() as work:
        # The report's row is the first lock of whoever writes about a study, or two of them
        # would wait for each other.
        report = work.reports.get(study.id, lock=True)
        if work.jobs.overtaken(job):
            work.jobs.finish(job.id, JobState.CANCELLED)
            return
        if not caveats.against_gate(draft):
            work.overrides.withdraw(job.id)
        worded = in_language(draft, report.language)
        stored = work.drafts.add(study.id, job.id, worded, digests, seen)
        # A draft that was compared may have become the report's while it was made.
        if work.jobs.get(job.id).kind is JobKind.DRAFT and not work.signed.is_signed(study.id):
            offer(work, study, stored)
        work.jobs.finish(job.id, JobState.DONE)
