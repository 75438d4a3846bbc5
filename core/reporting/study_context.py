"""What a conversation may know: one study, without the patient's identity, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.domain.draft import Draft, EvidenceMap
from core.domain.finding import Certainty, Finding
from core.domain.report import ENGLISH, Sections
from core.models.measured import Measured
from core.reporting.drafting import in_reading_order


@dataclass(frozen=True)
class StudyContext:
    """All that an answer may rest on.

    Attributes
    ----------
    sections : Sections
        The working text, or the signed one.
    addenda : tuple of str
        Signed additions, oldest first.
    report_language : str
        Code of the language that the report is written in.
    measured : Measured or None
        Figures of the very weights that made the draft.
    """

    sections: Sections
    signed: bool = False
    addenda: tuple[str, ...] = ()
    report_language: str = ENGLISH
    draft: Draft | None = None
    measured: Measured | None = None
    has_prior: bool = False

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Findings of the draft as they are read: present first, then by urgency."""
        return in_reading_order(self.draft.findings) if self.draft else ()

    @property
    def shown(self) -> tuple[Finding, ...]:
        """Findings that are called present or uncertain."""
        return tuple(item for item in self.findings if item.certainty is not Certainty.ABSENT)

    @property
    def maps(self) -> Mapping[str, EvidenceMap]:
        """The first map of each finding."""
        drawn = self.draft.maps if self.draft else ()
        return {item.finding: item for item in reversed(drawn)}

    def finding(self, name: str) -> Finding | None:
        return next((item for item in self.findings if item.name == name), None)
