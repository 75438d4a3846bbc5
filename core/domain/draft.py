"""What a model drafted for a study: findings, sentences, sections, warnings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from core.domain.finding import Finding
from core.domain.report import ENGLISH, Sections


@dataclass(frozen=True)
class ModelIdentity:
    """Which weights spoke. ``digest`` is the SHA-256 of the weights file."""

    name: str
    digest: str


@dataclass(frozen=True)
class DraftSentence:
    """One drafted sentence and the findings that it states."""

    text: str
    section: str
    findings: tuple[str, ...] = ()
    evidence: int | None = None


@dataclass(frozen=True)
class DraftWarning:
    code: str
    message: str


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
class Draft:
    """A finished draft. One with a ``refusal`` has no findings; its warning says why in words."""

    model: ModelIdentity
    seconds: float
    findings: tuple[Finding, ...]
    sentences: tuple[DraftSentence, ...]
    sections: Sections
    warnings: tuple[DraftWarning, ...] = ()
    maps: tuple[EvidenceMap, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    refusal: Refusal | None = None
    language: str = ENGLISH
    id: int | None = None
