"""How cases and sessions are told to the teacher, in one line each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from core.domain.errors import N_
from core.domain.teaching import Pace, TeachingCase, TrueFinding
from dashboard.components.teaching import blind_read_words
from dashboard.language import translate as _

PACES = {Pace.OWN: N_("each at their own pace"), Pace.STEP: N_("in step with the teacher")}


def finding_words(finding: TrueFinding) -> str:
    """A finding of a reference with its side."""
    side = blind_read_words.side(finding.laterality)
    return f"{_(finding.name)} ({side})" if side else _(finding.name)


def present_words(findings: Iterable[TrueFinding]) -> str:
    """What a reference says is there, in one line; *normal* where nothing is."""
    present = [finding_words(finding) for finding in findings if finding.present]
    return ", ".join(present) or _("normal")


def reference_words(case: TeachingCase) -> str:
    words = blind_read_words.reference(case.reference)
    return words if case.scored else _("{reference}, not scored").format(reference=words)


def day(when: dt.datetime) -> str:
    return f"{when.astimezone():%Y-%m-%d}"


def moment(when: dt.datetime) -> str:
    """A time as this machine's clock has it."""
    return f"{when.astimezone():%Y-%m-%d %H:%M}"
