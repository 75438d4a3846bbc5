"""What the reference states: which findings are present, on which side, and which are absent."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.domain.finding import Laterality
from core.domain.teaching import TrueFinding
from dashboard.components.teaching.view_words import finding_words, present_words
from dashboard.language import translate as _
from dashboard.services.teaching.cases import findings_offered


def ask(proposed: Sequence[TrueFinding], key: str) -> tuple[TrueFinding, ...]:
    """Two lists of the findings that every case offers; what is in neither is left open."""
    present = {_name(finding): finding for finding in _choices()}
    stated = [_name(finding) for finding in proposed if finding.present]
    absent = [finding.name for finding in proposed if not finding.present]
    there = st.multiselect(
        _("Present, by the reference"), list(present), stated, key=f"{key}_present",
        format_func=lambda name: finding_words(present[name]),
    )  # fmt: skip
    missing = st.multiselect(
        _("Absent, by the reference"), list(findings_offered()), absent, format_func=_,
        key=f"{key}_absent", help=_("What stands in neither list is not scored, unless nothing is"
                                    " present: then all of it counts as absent."),
    )  # fmt: skip
    return (
        *(present[name] for name in there),
        *(TrueFinding(name, False) for name in missing),
    )


def title_of(findings: Sequence[TrueFinding]) -> str:
    """What is there, as a title to begin with."""
    words = present_words(findings)
    return words[:1].upper() + words[1:]


def _choices() -> list[TrueFinding]:
    """Every finding with each side that it can have."""
    return [
        TrueFinding(name, True, side)
        for name, sided in findings_offered().items()
        for side in ((None, *Laterality) if sided else (None,))
    ]


def _name(finding: TrueFinding) -> str:
    return f"{finding.name}/{finding.laterality or ''}"
