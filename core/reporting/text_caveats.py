"""What must be known of a text that a language model wrote, one sentence each.

Each sentence holds without the findings or words that a warning names beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from core.domain.draft import Draft, DraftWarning
from core.domain.errors import N_

# --- text and classifier ------------------------------------------------------------------------

SCORED_NOT_STATED = DraftWarning(
    "scored_but_not_stated",
    N_("The classifier scores above its operating point what the text does not mention."),
)
SCORED_BUT_DENIED = DraftWarning(
    "scored_but_denied",
    N_("The classifier scores above its operating point what the text denies."),
)
STATED_NOT_SCORED = DraftWarning(
    "stated_but_scored_absent", N_("The text states what the classifier scores as absent.")
)
SIDES_DIFFER = DraftWarning("sides_differ", N_("The text and the classifier name different sides."))

# --- words that nothing has earned --------------------------------------------------------------

SIDE_NOT_EARNED = DraftWarning(
    "side_not_earned", N_("The text names a side; how often its sides are right is not measured.")
)
NEGATIVE_NOT_EARNED = DraftWarning(
    "negative_not_earned",
    N_("The text denies findings; how few of them are missed is not measured."),
)
CALLED_NORMAL = DraftWarning(
    "called_normal", N_("The text calls the film normal; no model here has earned that word.")
)
HEART_STATED = DraftWarning(
    "heart_size_stated",
    N_("The text judges the size of the heart, but the projection is AP or not known."),
)
DIAGNOSIS_WORDED = DraftWarning(
    "diagnosis_worded", N_("The text names a diagnosis that a film alone cannot give.")
)

# --- facts that nobody gave ---------------------------------------------------------------------

COMPARED_WITHOUT_PRIOR = DraftWarning(
    "comparison_without_prior",
    N_("The text compares with an earlier film, but there is none."),
)
COMPARED_UNSEEN = DraftWarning(
    "comparison_not_seen",
    N_("The text compares with an earlier film, which the model has not seen."),
)
MEASUREMENT = DraftWarning(
    "measurement_not_given", N_("The text holds a measurement; the model cannot measure.")
)
DATE = DraftWarning("date_not_given", N_("The text holds a date or time that nobody gave."))
PERSON = DraftWarning(
    "person_not_given", N_("The text tells of a person, a talk or an age that nobody gave.")
)
MASKED = DraftWarning(
    "masked_words",
    N_("The text holds marks of removed words, learned from the reports it was trained on."),
)

# --- the text itself ----------------------------------------------------------------------------

STOPPED = DraftWarning(
    "stopped_early", N_("The text was stopped before its end; what had been written is kept.")
)
ENDED_AT_MEMORY = DraftWarning(
    "ended_at_memory",
    N_("Memory ran out while the model wrote; the text ends there, perhaps within a sentence."),
)
SMALLER_FILM = DraftWarning(
    "smaller_film",
    N_("Memory ran out at first; the text was written from a film of half the width and height."),
)
ENDED_AT_LENGTH = DraftWarning(
    "ended_at_length", N_("The model reached its longest text; the last sentence may be cut.")
)
CUT_AT_REPEAT = DraftWarning(
    "cut_at_repeat", N_("The model repeated itself; the text was cut at the repeat.")
)
CUT_AT_MARK = DraftWarning(
    "cut_at_control_token", N_("The text held control tokens; only what they enclose was kept.")
)
CUT_AT_LENGTH = DraftWarning(
    "cut_at_length", N_("The text was longer than a report may be; the rest was left out.")
)
BEFORE_HEADING = DraftWarning(
    "before_first_heading", N_("What stood before the first heading was put into the findings.")
)
OWN_SECTIONS = DraftWarning(
    "own_sections",
    N_(
        "The model wrote an indication, comparison or technique of its own; the report keeps what "
        "the files say."
    ),
)


def cut_short(draft: Draft) -> bool:
    """Whether a text ends where a reader or the memory ended it, and asking again is of use."""
    codes = {STOPPED.code, ENDED_AT_MEMORY.code}
    return any(warning.code in codes for warning in draft.warnings)


def about(
    warning: DraftWarning, findings: Sequence[str] = (), words: str = ""
) -> tuple[DraftWarning, ...]:
    """The warning for these findings or words; nothing where there are none of either."""
    if not findings and not words:
        return ()
    return (replace(warning, findings=tuple(dict.fromkeys(findings)), words=words),)


def in_words(warning: DraftWarning, translate: Callable[[str], str]) -> str:
    """A warning as one sentence in the language of the interface, with what it is about."""
    message = translate(warning.message)
    named = ", ".join(translate(name) for name in warning.findings)
    quoted = f'"{warning.words}"' if warning.words else ""
    what = ", ".join(part for part in (named, quoted) if part)
    return f"{message.removesuffix('.')}: {what}." if what else message
