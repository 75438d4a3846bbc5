"""What a model drafted for a study: findings, sentences, sections, warnings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from core.domain.finding import Finding
from core.domain.report import ENGLISH, Sections


@dataclass(frozen=True)
class ModelIdentity:
    """Which weights spoke. ``digest`` is the SHA-256 of the weights file.

    The weights of a model behind a server cannot be seen: its digest is of address and name there.
    """

    name: str
    digest: str


@dataclass(frozen=True)
class DraftSentence:
    """One drafted sentence and the findings that it states.

    ``evidence`` is the sentence's own map where the model that wrote it gave one, else the map of
    one of its findings.
    """

    text: str
    section: str
    findings: tuple[str, ...] = ()
    evidence: int | None = None


@dataclass(frozen=True)
class DraftWarning:
    """What a reader must know of a draft.

    ``message`` is one sentence that holds by itself. ``findings`` are those it is about, where it
    is about some, and ``words`` the first words of the text that it is about.
    """

    code: str
    message: str
    findings: tuple[str, ...] = ()
    words: str = ""


class Refusal(StrEnum):
    """Why a draft names nothing. A reader may overrule what the film check says of a film alone."""

    UNDER_16 = "under_16"
    NO_FRONTAL = "no_frontal"
    FILM = "film"


@dataclass(frozen=True)
class EvidenceMap:
    """A map over one film that belongs to one finding; the PNG lies in the blob store.

    ``validated`` is true only where localisation of this finding was measured on films; else the
    map is titled as the model's attention.
    """

    finding: str
    instance_id: int
    png: bytes
    validated: bool
    id: int | None = None


@dataclass(frozen=True)
class SentenceMap:
    """Where a model looked while it wrote one sentence; the PNG lies in the blob store.

    ``sentence`` counts into the sentences of the draft. Such a map is attention, never a location:
    no measurement stands behind it.
    """

    sentence: int
    instance_id: int
    png: bytes
    id: int | None = None


@dataclass(frozen=True)
class Draft:
    """A finished draft. One with a ``refusal`` has no findings; its warning says why in words."""

    model: ModelIdentity
    seconds: float
    findings: tuple[Finding, ...]
    sentences: tuple[DraftSentence, ...]
    sections: Sections
    warnings: tuple[DraftWarning, ...] = ()
    maps: tuple[EvidenceMap, ...] = ()
    attention: tuple[SentenceMap, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    refusal: Refusal | None = None
    language: str = ENGLISH
    id: int | None = None

    @property
    def scorer(self) -> ModelIdentity:
        """Whose numbers the findings carry: the model's, or those of the classifier beside it."""
        name = self.versions.get("classifier", "")
        return ModelIdentity(name, self.versions["classifier_digest"]) if name else self.model
