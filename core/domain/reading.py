"""How a report came to be signed: what kind of corrections, why, how long, and what came before."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from core.domain.report import ENGLISH, Sections


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


FIRST_SAVE_SECONDS = 2.0
"""What the first save of a text counts: the editor saves within two seconds of the first key."""
LONGEST_GAP_SECONDS = 15.0
"""Up to here the time between two saves counts as typing; what is beyond was reading."""
REASON_LIMIT = 2_000


def typed_seconds(since_last_save: float | None) -> float:
    """What one save adds to the seconds of editing.

    Parameters
    ----------
    since_last_save : float or None
        Seconds since the reader's last save, ``None`` for the first.
    """
    if since_last_save is None:
        return FIRST_SAVE_SECONDS
    return min(max(since_last_save, 0.0), LONGEST_GAP_SECONDS)


@dataclass(frozen=True)
class ReadingTimes:
    """When a report was first opened and how long a person typed in it; ``None`` is unknown."""

    opened_at: dt.datetime | None
    seconds_editing: float | None

    def seconds_open(self, until: dt.datetime) -> float | None:
        return (until - self.opened_at).total_seconds() if self.opened_at else None

    def seconds_reading(self, until: dt.datetime) -> float | None:
        """All between opening and ``until`` that was not typing."""
        if self.opened_at is None or self.seconds_editing is None:
            return None
        return max(0.0, (until - self.opened_at).total_seconds() - self.seconds_editing)


@dataclass(frozen=True)
class Reading:
    """One signature against a draft.

    ``seconds_editing`` is the time in which the reader typed, as the saves tell (`typed_seconds`);
    ``seconds_reading`` the rest between opening and signature, pauses and other work included.
    ``before_reveal`` is the text as it stood when the reader revealed the draft, the signed text
    where it was never revealed, ``None`` where the draft was never hidden; ``before_language`` its
    language.
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
    before_language: str = ENGLISH

    @property
    def before_in_english(self) -> Sections | None:
        """The text before the reveal, where the labeller can read it."""
        return self.before_reveal if self.before_language == ENGLISH else None
