"""What the model drafted for a study, as it is kept with a case."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from core.domain.draft import Draft
from core.domain.finding import Finding
from core.domain.report import Sections
from core.domain.study import Instance
from core.domain.teaching import CaseDraft, CaseMap
from core.reporting.translation import in_language
from dashboard.services.teaching.case_words import Search
from dashboard.workspace import Workspace


def draft_of(
    place: Workspace, study_id: int, film: Instance, language: str, search: Search
) -> CaseDraft | None:
    """The newest draft of a study with its maps over one film; ``None`` where there is none.

    A section in which somebody is recognised is left empty: nobody may rewrite a model's words.
    """
    with place.look() as look:
        latest = look.drafts.latest(study_id)
        if latest is None or latest.refusal is not None:
            return None
        draft = in_language(latest, language)
        maps = tuple(
            CaseMap(
                key=secrets.token_urlsafe(32),
                finding=drawn.finding,
                validated=drawn.validated,
                blob_digest=look.drafts.evidence_blob(drawn.id),
            )
            for drawn in draft.maps
            if drawn.instance_id == film.id and drawn.id is not None
        )
    return CaseDraft(
        model=draft.model.name,
        findings=tuple(_values(finding) for finding in draft.findings),
        sections=_sections(draft, search),
        maps=maps,
    )


def _sections(draft: Draft, search: Search) -> Sections:
    """Findings and impression; the other sections are of the request, not of the model."""
    words = {"findings": draft.sections.findings, "impression": draft.sections.impression}
    named = search.among(words)
    return replace(Sections(), **{name: "" if name in named else words[name] for name in words})


def _values(finding: Finding) -> dict[str, Any]:
    return {
        "name": finding.name,
        "certainty": finding.certainty.value,
        "laterality": finding.laterality.value if finding.laterality else None,
        "value": finding.shown,
        "probability": finding.probability is not None,
    }
