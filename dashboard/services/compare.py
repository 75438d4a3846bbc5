"""Drafts of one study by several models, side by side.

Asking for a draft here puts nothing into the report and changes no draft that the review shows.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.domain.draft import Draft, Refusal
from core.domain.errors import (
    ModelError,
    NothingToOverrideError,
    OverreadError,
)
from core.domain.job import Job, JobKind, JobPriority, JobState
from core.domain.reader import Reader
from core.domain.report import Sections
from core.domain.study import Study
from core.models import registry
from dashboard.services import writers
from dashboard.services.fetch_model import shelf
from dashboard.services.request_draft import (
    Made,
    again,
    comparison_key,
    is_of,
    key_of,
    made_with,
    outdated,
)
from dashboard.workspace import Workspace
from storage.unit_of_work import UnitOfWork

logger = logging.getLogger(__name__)

LEAST, MOST = 2, 4
"""How many models stand side by side."""


class ColumnState(StrEnum):
    MISSING = "missing"
    WAITING = "waiting"
    FAILED = "failed"
    STOPPED = "stopped"
    WITHHELD = "withheld"
    DRAFTED = "drafted"


@dataclass(frozen=True)
class Candidate:
    """A model that can draft now, or one that has drafted this study and cannot any more."""

    name: str
    title: str
    ready: bool
    drafted: bool


@dataclass(frozen=True)
class Column:
    """One model's part.

    Attributes
    ----------
    draft : Draft or None
        Its newest draft, where that is finished; one with a refusal says why it names nothing.
    so_far : str
        What a model that writes has written of the draft that is awaited.
    outdated : bool
        Whether films, context, model or settings have changed since it was drafted.
    """

    model: str
    state: ColumnState
    job: Job | None = None
    draft: Draft | None = None
    so_far: str = ""
    outdated: bool = False

    @property
    def written(self) -> bool:
        """Whether a language model wrote the text."""
        return self.draft is not None and "prompt" in self.draft.versions

    @property
    def peak_memory_bytes(self) -> int | None:
        """The most memory while this draft was made; ``None`` where it was not measured."""
        return self._measured("peak_memory_bytes")

    @property
    def peak_gpu_memory_bytes(self) -> int | None:
        """The same on the GPU; ``None`` where there was none."""
        return self._measured("peak_gpu_memory_bytes")

    def _measured(self, name: str) -> int | None:
        said = self.draft.versions.get(name, "") if self.draft else ""
        return int(said) if said.isdecimal() else None


@dataclass(frozen=True)
class Compared:
    """A study with a column for each model, and the reader's own text, signed or not."""

    study: Study
    report: Sections
    language: str
    signed: bool
    columns: tuple[Column, ...]

    @property
    def waiting(self) -> bool:
        return any(column.state is ColumnState.WAITING for column in self.columns)

    @property
    def drafts(self) -> dict[str, Draft]:
        """The drafts that name something, by model."""
        return {
            column.model: column.draft
            for column in self.columns
            if column.draft is not None and column.state is ColumnState.DRAFTED
        }

    def to_ask(self, ready: Sequence[str]) -> tuple[str, ...]:
        """The models whose draft is not there, or no longer of this study as it is."""
        settled = (ColumnState.WAITING, ColumnState.DRAFTED, ColumnState.WITHHELD)
        return tuple(
            column.model
            for column in self.columns
            if column.model in ready and (column.state not in settled or column.outdated)
        )


def ready_models(place: Workspace) -> dict[str, str]:
    """Titles of the models that can draft now by their names, the one of the settings first.

    Stand-ins are there where the model of the settings is one.
    """
    stand_ins = (place.settings.model, registry.FAKE_SECOND) if writers.developing(place) else ()
    ready = dict.fromkeys(
        (*stand_ins, *writers.ready_classifiers(place), *writers.ready_writers(place))
    )
    ordered = sorted(ready, key=lambda name: name != place.settings.model)
    titles = {source.name: source.title for source in shelf(place).sources}
    return {name: titles.get(name, name) for name in ordered}


def candidates(place: Workspace, study_id: int, ready: Mapping[str, str]) -> tuple[Candidate, ...]:
    """Every model that can be compared on a study: those with a draft of it first.

    Parameters
    ----------
    ready : mapping of str to str
        From `ready_models`.

    Raises
    ------
    NotFoundError
    """
    with place.look() as look:
        look.studies.get(study_id)
        drafted = [name for name in look.drafts.models(study_id) if _shown(place, name)]
    return tuple(
        Candidate(name, ready.get(name, name), name in ready, name in drafted)
        for name in dict.fromkeys((*drafted, *ready))
    )


def _shown(place: Workspace, name: str) -> bool:
    """Drafts of stand-ins are not shown beside those of models."""
    return writers.developing(place) or not registry.stands_in(name)


def compared(place: Workspace, study_id: int, models: Sequence[str]) -> Compared:
    """The drafts of a study by these models, read in one transaction.

    Raises
    ------
    NotFoundError
    """
    with place.look() as look:
        study = look.studies.get(study_id)
        signed = look.signed.versions(study_id)
        own = signed[0] if signed else look.reports.get(study_id)
        columns = tuple(_column(place, look, study, model) for model in models)
    return Compared(study, own.sections, own.language, bool(signed), columns)


def _column(place: Workspace, look: UnitOfWork, study: Study, model: str) -> Column:
    job = look.jobs.latest(study.id, model, comparisons=True)
    if job is None:
        return Column(model, ColumnState.MISSING)
    if job.state.open:
        return Column(model, ColumnState.WAITING, job, so_far=look.jobs.written(job.id))
    if job.state is not JobState.DONE:
        failed = job.state is JobState.FAILED
        return Column(model, ColumnState.FAILED if failed else ColumnState.STOPPED, job)
    draft = look.drafts.of_job(job.id)
    if draft is None:
        return Column(model, ColumnState.MISSING)
    state = ColumnState.WITHHELD if draft.refusal else ColumnState.DRAFTED
    return Column(model, state, job, draft, outdated=outdated(place, study, job))


def request_comparison(
    place: Workspace,
    study_id: int,
    models: Sequence[str],
    *,
    reader: Reader,
    override_gate: bool = False,
) -> dict[str, OverreadError]:
    """Queue a draft by each model, for comparison alone; asking twice runs once.

    A draft that was made for the report, or is being made, serves here as well.

    Parameters
    ----------
    override_gate : bool
        Draft also a film that the film check refused; the act is stored with the reader's name.

    Returns
    -------
    dict of str to OverreadError
        Why a model could not be asked; the others go on.

    Raises
    ------
    NotFoundError
    """
    refused: dict[str, OverreadError] = {}
    for model in models:
        try:
            _request(place, study_id, model, reader, override_gate)
        except ModelError as error:
            refused[model] = error
    return refused


def _request(
    place: Workspace, study_id: int, model: str, reader: Reader, override_gate: bool
) -> None:
    logger.info("reader %d compares drafts of study %d", reader.id, study_id)
    made = made_with(place, model)
    with place.work() as work:
        study = work.studies.get(study_id)
        # One request at a time for a study, so that two at once find one job.
        work.reports.get(study_id, lock=True)
        if override_gate and not _refused(work, study_id, model):
            raise NothingToOverrideError()
        newest = work.jobs.latest(study_id, model, comparisons=True)
        if newest is not None and _serves(newest, study, made, override_gate):
            return
        key = comparison_key(key_of(study, made, override_gate=override_gate))
        before = work.jobs.of_key(key)
        if newest is not None and before is not None and before.state is JobState.DONE:
            # The newest is shown: an older one that is wanted again is made anew.
            key = again(key, f"after {newest.id}")
        job = work.jobs.request(
            study_id,
            key,
            model,
            JobPriority.READER,
            override_gate=override_gate,
            kind=JobKind.COMPARISON,
        )
        if override_gate:
            work.overrides.add(study_id, job.id, reader)


def _serves(job: Job, study: Study, made: Made, override_gate: bool) -> bool:
    there = job.state.open or job.state is JobState.DONE
    return there and is_of(job, study, made) and (job.override_gate or not override_gate)


def _refused(work: UnitOfWork, study_id: int, model: str) -> bool:
    job = work.jobs.latest(study_id, model, comparisons=True)
    draft = work.drafts.of_job(job.id) if job is not None else None
    return draft is not None and draft.refusal is Refusal.FILM
