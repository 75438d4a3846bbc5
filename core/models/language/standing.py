"""Whether a model can run on this machine, and why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from core.domain.errors import N_
from core.models.language.catalogue import LanguageSource
from core.models.language.hub import PART
from core.models.language.precision import Choice, gigabytes
from core.models.language.record import Record


class State(StrEnum):
    """As the API says it."""

    READY = "ready"
    NEEDS_DOWNLOAD = "needs download"
    NEEDS_MEMORY = "needs memory"
    NEEDS_GPU = "needs GPU"
    UNAVAILABLE = "unavailable"


PICKLED = N_(
    "it is published as a pickled file, which is never opened; convert it as the guide says and "
    "name the folder"
)
_OBSTACLES = {"memory": State.NEEDS_MEMORY, "gpu": State.NEEDS_GPU}


@dataclass(frozen=True)
class Standing:
    """One model on this machine.

    Attributes
    ----------
    source : LanguageSource
        The entry, with what the files say themselves where they are here.
    sentence, facts
        Why it is not ready, as a template for the translators and what fills it.
    folder : Path or None
        Where its files lie or would lie; ``None`` for a server.
    here : bool
        Whether its files are all here.
    revision : str
        The commit of its files, or the one that would be fetched; empty where neither is known.
    digest : str
        Empty until its files were read once.
    choice : Choice or None
        What it would be loaded in; ``None`` for a server.
    """

    source: LanguageSource
    state: State
    sentence: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    here: bool = False
    revision: str = ""
    digest: str = ""
    choice: Choice | None = None

    @property
    def reason(self) -> str:
        return self.sentence.format(**self.facts)


@dataclass(frozen=True)
class Server:
    """What the settings say of a model server."""

    named: bool = False
    off: bool = False


def of_server(source: LanguageSource, server: Server) -> Standing:
    if server.off:
        sentence = N_("remote models are switched off by OVERREAD_REMOTE_MODELS_OFF")
        return Standing(source, State.UNAVAILABLE, sentence)
    if not server.named:
        return Standing(source, State.UNAVAILABLE, N_("OVERREAD_REMOTE_MODEL_URL names no server"))
    return Standing(source, State.READY, here=True)


def against_memory(standing: Standing) -> Standing:
    """Hold a model against the memory at hand."""
    choice = standing.choice
    if choice is None or not choice.obstacle:
        return standing
    return replace(
        standing,
        state=_OBSTACLES[choice.obstacle],
        sentence=choice.sentence,
        facts=choice.facts,
    )


def without_base(standing: Standing, base: str) -> Standing:
    """An adapter whose own model is not here, or not all of it."""
    sentence = N_("the model that it sits on, {base}, is not here")
    return replace(standing, state=State.UNAVAILABLE, sentence=sentence, facts={"base": base})


def unfinished(
    source: LanguageSource, folder: Path, record: Record | None
) -> tuple[str, dict[str, str]] | None:
    """Say what is missing of a fetched model; ``None`` where nothing is, or nobody fetched it."""
    if record is None:
        return None
    if not record.complete:
        done = sum(file.size for file in record.files.values())
        done += sum(path.stat().st_size for path in folder.glob(f"*{PART}"))
        sentence = N_("{done} of {total} are here; a fetch goes on from there")
        return sentence, {"done": gigabytes(done), "total": gigabytes(record.size_bytes)}
    if source.revision not in ("", record.revision):
        return N_("its files are of another revision than the entry names"), {}
    return None
