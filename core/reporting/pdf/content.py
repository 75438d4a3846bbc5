"""What a report shows on paper, gathered before anything is laid out."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from core.domain.errors import InvalidReportError
from core.domain.finding import Finding
from core.domain.report import ReportStatus, Sections
from core.domain.study import Study

SIGNED = frozenset({ReportStatus.FINAL, ReportStatus.ADDENDUM, ReportStatus.CORRECTED})


@dataclass(frozen=True, eq=False)
class KeyImage:
    """One film as it is printed.

    Parameters
    ----------
    grey : ndarray, shape (rows, columns), uint8
        Windowed, dense tissue bright.
    label : str
        Caption, such as ``PA, 2026-11-20``.
    spacing_mm : tuple of float, optional
        Distance of rows and of columns (0028,0030), in millimetres; films that all have it are
        printed at one scale.
    """

    grey: npt.NDArray[np.uint8]
    label: str
    spacing_mm: tuple[float, float] | None = None


@dataclass(frozen=True, eq=False)
class EvidencePanel:
    """A map over one key image.

    Parameters
    ----------
    finding : str
        The finding that the map belongs to, with its side where there is one.
    title : str
        What the map is, such as ``model attention, not location``.
    heat : ndarray, shape (rows, columns), float32 in [0, 1]
        In the geometry of the film; any resolution of the same aspect.
    film : int
        Place of the film in ``ReportContent.key_images``.
    """

    finding: str
    title: str
    heat: npt.NDArray[np.float32]
    film: int


@dataclass(frozen=True)
class Addendum:
    number: int
    text: str
    signed_by: str
    signed_at: dt.datetime


@dataclass(frozen=True, eq=False)
class ReportContent:
    """A report ready for paper; text is plain and comes from outside.

    ``findings``, ``evidence`` and ``warnings`` belong to drafts alone: a signed sheet carries what
    the reader confirmed, and no figures of the model beside it. ``translation`` says what a
    translation of a signed report is; its ``signed_by``, ``signed_at`` and ``digest`` are those of
    the text that was signed.

    Raises
    ------
    InvalidReportError
        For a translation of what is not signed; for a signed status without signature, with
        findings, evidence or warnings; for a time without an offset; for evidence over a film that
        is not among the key images.
    """

    study: Study
    status: ReportStatus
    sections: Sections
    version: int = 1
    addenda: tuple[Addendum, ...] = ()
    signed_by: str | None = None
    signed_at: dt.datetime | None = None
    digest: str | None = None
    key_images: tuple[KeyImage, ...] = ()
    findings: tuple[Finding, ...] = ()
    evidence: tuple[EvidencePanel, ...] = ()
    warnings: tuple[str, ...] = ()
    provenance: str = ""
    translation: str = ""
    institution: str = ""
    logo: bytes | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        reason = self._contradiction()
        if reason:
            raise InvalidReportError(reason=reason)

    @property
    def signed(self) -> bool:
        return self.status in SIGNED

    def _contradiction(self) -> str:
        if self.signed and not (self.signed_by and self.signed_at and self.digest):
            return "a signed report needs its signature"
        if self.signed and (self.findings or self.evidence):
            return "a signed report carries no figures and no maps of the model"
        if self.signed and self.warnings:
            return "a signed report carries no warnings of its draft"
        if self.translation and not self.signed:
            return "only a signed report is translated"
        if not self.signed and (self.signed_by or self.signed_at or self.digest or self.addenda):
            return "a draft carries no signature and no addendum"
        times = [item.signed_at for item in self.addenda]
        if any(time.utcoffset() is None for time in [*times, self.signed_at] if time):
            return "a signature needs a time with an offset"
        if any(not 0 <= panel.film < len(self.key_images) for panel in self.evidence):
            return "a map needs its film"
        return ""
