"""What a draft says about its own limits, one sentence each."""

from __future__ import annotations

from core.domain.draft import Draft, DraftWarning
from core.domain.errors import N_

UNDER_16 = DraftWarning(
    "under_16", N_("The patient is under 16 years old; the model drafts for adults only.")
)
AGE_UNKNOWN = DraftWarning(
    "age_unknown",
    N_("The age of the patient is not known; the draft holds for patients of 16 years and more."),
)
NOT_FRONTAL = DraftWarning(
    "not_a_frontal_chest_film",
    N_("There is no frontal chest film in this study; the model reads frontal films only."),
)
NOT_A_CHEST_FILM = DraftWarning(
    NOT_FRONTAL.code,
    N_("The film does not look like a frontal chest film; nothing was drafted."),
)
GATE_OVERRIDDEN = DraftWarning(
    "gate_overridden",
    N_("The film does not look like a frontal chest film; it was drafted at a reader's request."),
)
WRITTEN_BY = N_("Text by {writer}, numbers by {classifier}.")
OVERRIDDEN_BY = N_(
    "The film does not look like a frontal chest film; it was drafted at a reader's request: "
    "{reader}, {time}."
)
"""GATE_OVERRIDDEN where it is known who asked, and when."""
READ_TURNED = DraftWarning(
    "read_turned", N_("The film does not stand upright; it was read turned upright.")
)
READ_INVERTED = DraftWarning(
    "read_inverted", N_("The film shows dense tissue dark; it was read with dense tissue bright.")
)
NOTHING_ABOVE = DraftWarning(
    "nothing_above_operating_point",
    N_("No finding scored above its operating point; the model does not call a film normal."),
)
HEART_SIZE = DraftWarning(
    "heart_size_not_drafted",
    N_("Heart size is not drafted: the projection is AP or not known."),
)
NOT_WORDED = DraftWarning(
    "scored_but_not_worded",
    N_("A diagnosis that a film alone cannot give was scored; it is not drafted as words."),
)


PROJECTION_UNKNOWN = DraftWarning(
    "projection_not_stated",
    N_("The file does not say how the film was taken; it is read as a frontal chest film."),
)
NOT_EARNED = DraftWarning(
    "scored_but_not_earned",
    N_("A finding above its threshold was measured on too few films to be drafted as words."),
)


def against_gate(draft: Draft) -> bool:
    """Whether a draft was made of a film that the film check refuses."""
    return any(warning.code == GATE_OVERRIDDEN.code for warning in draft.warnings)
