"""How a report came to be signed: what kind of corrections, why, how long, and what came before."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from core.domain.report import Sections


class Nature(StrEnum):
    """What a correction sets right. A finding may have several; a sentence that changes no finding
    is style only."""

    MISSED = "missed"
    FALSE = "false"
    SIDE = "side"
    ZONE = "zone"
    SEVERITY = "severity"
    CERTAINTY = "certainty"
    STYLE = "style"


class Reason(StrEnum):
    """Why a reader changed a draft, from a short closed list; free text may say more."""

    UNSTATED = ""
    SEEN = "seen_on_the_film"
    OTHER_STUDY = "other_study"
    CLINICAL = "clinical_information"
    WORDING = "wording"
    FILM = "film_quality"
    OTHER = "other"


@dataclass(frozen=True)
class Reading:
    """One signature against a draft.

    ``seconds_editing`` is the time in which the reader typed, as the saves tell;
    ``seconds_reading`` the rest between opening and signature. ``before_reveal`` is the text as it
    stood when the reader revealed the draft, ``None`` where the draft was never hidden.
    """

    sequence: int
    study_id: int
    phantom: bool
    reader: str
    model: str
    model_digest: str
    seconds_reading: float | None
    seconds_editing: float | None
    reason: Reason
    reason_text: str
    before_reveal: Sections | None
    created_at: dt.datetime
