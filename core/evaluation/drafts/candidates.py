"""Who can be evaluated, by a name or a folder, and how each answers a sample.

A name is that of a model on the shelf, of a classifier of the registry (whose reading the app puts
into sentences), of a run in OVERREAD_HOME/runs, or ``fake-writer``; a folder is that of a run or of
a checkpoint. Nothing is loaded before `Candidate.open` is called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NoReturn

from core.domain.errors import N_
from core.domain.training_errors import EvaluationError
from core.evaluation.drafts.measured import DRAFTING, TEMPLATE, Role
from core.evaluation.drafts.texts import Asked, Writer
from core.models import registry
from core.models.base import Grey
from core.models.drafter import Prompt, ReportDrafter, Sampling, Speaker, Turn
from core.models.fake_writer import NAME as FAKE_WRITER
from core.models.fake_writer import FakeWriter
from core.models.language.catalogue import prompt_text
from core.models.language.checkpoint import Checkpoint
from core.models.language.memory import memory_at_hand
from core.models.language.precision import Precision, choose
from core.models.language.shelf import Shelf

_NOTES = ("picture", "retry", "memory")
"""What a text says of itself, not of its model."""


@dataclass(frozen=True)
class Answer:
    """``tokens`` is ``None`` where the model does not tell."""

    text: str
    tokens: int | None = None
    versions: Mapping[str, str] = field(default_factory=dict)


Answers = Callable[[Grey, Asked], Answer]


@dataclass(frozen=True)
class Candidate:
    """A system to be evaluated; ``open`` loads it."""

    writer: Writer
    open: Callable[[], Answers]


@dataclass(frozen=True)
class Place:
    """Where names are looked up, and how models are loaded and write.

    Attributes
    ----------
    runs : Path
        Folder of training runs.
    precision : Precision or None
        ``None`` chooses from the memory at hand.
    """

    shelf: Shelf
    runs: Path
    precision: Precision | None = None
    sampling: Sampling = field(default_factory=Sampling)


def candidate(name: str, place: Place) -> Candidate:
    """Find a system by a name or a folder.

    Raises
    ------
    EvaluationError
        If there is none of this name, or it cannot be evaluated here.
    ModelError
        If its files cannot be used.
    RunError
    """
    if name == FAKE_WRITER:
        return _fake()
    if name in registry.names():
        return _classifier(name)
    folder = Path(name).expanduser()
    if not folder.is_dir() and (place.runs / name).is_dir():
        folder = place.runs / name
    if folder.is_dir():
        from core.evaluation.drafts.folders import of_folder

        written, found = of_folder(folder, place.shelf)
        return _local(written, found, place)
    source = next((each for each in place.shelf.sources if each.name == name), None)
    if source is None:
        _refuse(N_("there is no model, run or folder {name}"), name=name)
    if source.kind == "remote":
        _refuse(N_("{name} runs on a server, and the films of a corpus stay here"), name=name)
    if source.kind == "classifier":
        return _classifier(name)
    found = place.shelf.open(name)
    written = Writer(name, source.title, Role.MODEL, found.digest, {})
    return _local(written, found, place)


def _local(writer: Writer, checkpoint: Checkpoint, place: Place) -> Candidate:
    source = checkpoint.source
    choice = choose(source, checkpoint.bytes, memory_at_hand(), place.precision)
    if choice.obstacle:
        named = {"name": writer.system, "why": choice.reason}
        _refuse(N_("{name} cannot run on this machine: {why}"), **named)
    chosen = {"chosen precision": choice.precision.value}
    writer = replace(writer, versions={**writer.versions, **chosen})
    beginning = prompt_text(source.prompt, source.beside)

    def load() -> Answers:
        from core.models.language.loading import load_drafter

        drafter = load_drafter(checkpoint, choice.precision, choice.device)
        return _speaking(drafter, beginning, place.sampling)

    return Candidate(writer, load)


def _speaking(drafter: ReportDrafter, beginning: str, sampling: Sampling) -> Answers:
    """Put each sample's question to a model; one that takes no questions gets its beginning."""

    def answer(film: Grey, asked: Asked) -> Answer:
        words = asked.question if drafter.converses else beginning
        prompt = Prompt((Turn(Speaker.READER, words),))
        written = drafter.write(film, prompt, sampling, lambda _piece: None, lambda: False)
        tokens = len(written.attention.spans) if written.attention else None
        versions = {key: each for key, each in written.versions.items() if key not in _NOTES}
        return Answer(written.text.strip(), tokens, versions)

    return answer


def _fake() -> Candidate:
    drafter = FakeWriter(pause_s=0.0)
    writer = Writer(FAKE_WRITER, FAKE_WRITER, Role.MODEL, drafter.identity.digest, {})
    return Candidate(writer, lambda: _speaking(drafter, "", Sampling()))


def _classifier(name: str) -> Candidate:
    def load() -> Answers:
        from core.evaluation.drafts.template import template_answers

        return template_answers(registry.load(name))

    entry = registry.entry(name)
    digest = entry.digest
    if not digest:
        # A stand-in has no weights; its identity comes with it.
        digest = registry.load(name).identity.digest
    writer = Writer(name, name, Role.MODEL, digest, {DRAFTING: TEMPLATE})
    return Candidate(writer, load)


def _refuse(template: str, **named: str) -> NoReturn:
    raise EvaluationError(reason=template.format(**named), template=template, named=named)
