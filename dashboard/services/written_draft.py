"""A draft whose words a language model writes, beside what a classifier scores."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from core.domain.draft import Draft, DraftWarning, EvidenceMap, ModelIdentity, SentenceMap
from core.domain.errors import DraftCancelledError
from core.domain.finding import Finding
from core.domain.model_errors import ModelTimeoutError
from core.domain.study import Instance, Projection, Study
from core.explain.map_png import map_png
from core.findings.labeller import label, stated
from core.models.base import FindingFigures, Grey
from core.models.drafter import Ending, Prompt, ReportDrafter, Sampling, WrittenText
from core.models.film_standing import FilmStanding, film_map, upright
from core.processes import peak_gpu_memory_bytes, peak_memory_bytes
from core.reporting import refine, text_caveats
from core.reporting.conversation_prompt import prompt_digest
from core.reporting.draft_prompt import draft_prompt
from core.reporting.text_draft import TextDraft, draft_of_text, report_words
from dashboard.services.text_stream import Stream
from dashboard.workspace import Workspace

VARIED = 0.7
"""Temperature at which several candidates are drawn; one alone takes the likeliest words."""
_ENDINGS: Mapping[Ending, DraftWarning] = {
    Ending.STOPPED: text_caveats.STOPPED,
    Ending.LENGTH: text_caveats.ENDED_AT_LENGTH,
    Ending.MEMORY: text_caveats.ENDED_AT_MEMORY,
}
_BEGUN, _WRITING = 0.4, 0.5
"""Where writing begins on the bar of a job, and how much of the bar it is."""


@dataclass(frozen=True)
class Writer:
    """A model that writes, and how it is asked.

    Attributes
    ----------
    asked : str
        The prompt of its catalogue entry.
    stop : callable
        Asked between words; once it says true, the text ends where it is.
    candidates : int
        Texts to draw; the one that is borne out best is kept.
    seconds : float
        Bound of each of them.
    versions : mapping of str to str
        What the draft names beside the digest of the model.
    notes : tuple of DraftWarning
        What must be known of the model itself.
    """

    drafter: ReportDrafter
    asked: str
    stop: Callable[[], bool]
    candidates: int = 1
    seconds: float = 240.0
    versions: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[DraftWarning, ...] = ()


@dataclass(frozen=True)
class Beside:
    """What is known of a film before a word is written: how it lies, and what was scored."""

    film: Instance
    grey: Grey
    standing: FilmStanding
    classifier: ModelIdentity
    findings: tuple[Finding, ...]
    figures: Mapping[str, FindingFigures]
    maps: tuple[EvidenceMap, ...]
    notes: tuple[DraftWarning, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)


def written_draft(
    place: Workspace,
    job_id: int,
    study: Study,
    beside: Beside,
    writer: Writer,
    *,
    prior: str,
    started: float,
) -> Draft:
    """Let a model write about a film and put its text beside the classifier's findings.

    A text that a reader stopped is kept as far as it came.

    Parameters
    ----------
    prior : str
        What the study is compared with, as the comparison section shall say it.
    started : float
        When the draft was begun, by `time.perf_counter`.

    Raises
    ------
    DraftCancelledError
        If it was stopped before the first word.
    ModelError
    """
    film, drafter = beside.film, writer.drafter
    prompt = draft_prompt(writer.asked, study, film.projection, converses=drafter.converses)
    written = _best(place, job_id, beside, prompt, writer)
    laterals = (view for view in study.chest_projections if view is Projection.LATERAL)
    text = draft_of_text(
        written.text,
        study=study,
        films=(film.projection, *laterals),
        prior=prior,
        given=prompt.turns[-1].text,
        findings=beside.findings,
        figures=beside.figures,
    )
    return Draft(
        model=drafter.identity,
        seconds=time.perf_counter() - started,
        findings=text.findings,
        sentences=text.sentences,
        sections=text.sections,
        warnings=(*beside.notes, *writer.notes, *_of_writing(written), *text.warnings),
        maps=beside.maps,
        attention=_attention(beside, written, text),
        versions={
            **written.versions,
            **writer.versions,
            "prompt": prompt_digest(prompt),
            "candidates": str(writer.candidates),
            **scored_by(beside.classifier),
            **beside.versions,
            **memory_held(),
        },
    )


def _of_writing(written: WrittenText) -> tuple[DraftWarning, ...]:
    """What became of the text while it was written."""
    ended = _ENDINGS.get(written.ending)
    smaller = (text_caveats.SMALLER_FILM,) if "retry" in written.versions else ()
    return (*smaller, *((ended,) if ended else ()))


def scored_by(classifier: ModelIdentity) -> dict[str, str]:
    """The entries of a draft's versions that say whose scores stand beside its words."""
    return {"classifier": classifier.name, "classifier_digest": classifier.digest}


def memory_held() -> dict[str, str]:
    """The entries of a draft's versions that say what memory its making took, where known."""
    peaks = {
        "peak_memory_bytes": peak_memory_bytes(),
        "peak_gpu_memory_bytes": peak_gpu_memory_bytes(),
    }
    return {name: str(peak) for name, peak in peaks.items() if peak is not None}


def _best(
    place: Workspace, job_id: int, beside: Beside, prompt: Prompt, writer: Writer
) -> WrittenText:
    """Write as often as asked; of several texts, the one that is borne out best.

    A stop ends all writing: what it cut short is kept only where nothing was finished.
    """
    film = upright(beside.grey, beside.standing)
    finished: list[WrittenText] = []
    for number in range(writer.candidates):
        begun = _BEGUN + _WRITING * number / writer.candidates
        stream = Stream(place, job_id, begun, shown=number == 0)
        sampling = Sampling(
            temperature=VARIED if writer.candidates > 1 else 0.0,
            seed=Sampling.seed + number,
            max_seconds=writer.seconds,
        )
        try:
            written = writer.drafter.write(film, prompt, sampling, stream.take, writer.stop)
        except ModelTimeoutError:
            if not finished:
                raise
            break
        written = _told(written, sampling)
        if written.ending is Ending.STOPPED:
            if finished:
                break
            if not written.text.strip():
                raise DraftCancelledError()
            return written
        finished.append(written)
    return finished[_borne_out(finished, beside.findings)]


def _told(written: WrittenText, sampling: Sampling) -> WrittenText:
    """A text with how its words were chosen."""
    chosen = {"temperature": f"{sampling.temperature:g}", "seed": str(sampling.seed)}
    return replace(written, versions={**written.versions, **chosen})


def _borne_out(texts: Sequence[WrittenText], findings: Sequence[Finding]) -> int:
    if len(texts) == 1:
        return 0
    return refine.best([stated(label(report_words(each.text))) for each in texts], findings)


def _attention(beside: Beside, written: WrittenText, text: TextDraft) -> tuple[SentenceMap, ...]:
    """Where the model looked while it wrote each sentence, on the film as it lies."""
    if written.attention is None:
        return ()
    film = beside.film
    maps = []
    for number, (start, end) in enumerate(text.spans):
        seen = written.attention.over(start, end)
        if seen.any():
            picture = map_png(film_map(seen, beside.standing), film.rows, film.columns)
            maps.append(SentenceMap(sentence=number, instance_id=film.id, png=picture))
    return tuple(maps)
