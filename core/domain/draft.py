"""What a model drafted for a study: findings, sentences, sections, warnings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.domain.finding import Finding
from core.domain.report import Sections


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
    """A finished draft. ``measured`` names the figures file that its limits came from."""

    model: ModelIdentity
    seconds: float
    findings: tuple[Finding, ...]
    sentences: tuple[DraftSentence, ...]
    sections: Sections
    warnings: tuple[DraftWarning, ...] = ()
    maps: tuple[EvidenceMap, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    id: int | None = None
