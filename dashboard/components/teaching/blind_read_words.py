"""Words of blind reads: steps of certainty, levels, references, sides, outcomes."""

from __future__ import annotations

from core.domain.teaching import Reference
from dashboard.language import translate as _

STEPS = (0.2, 0.4, 0.6, 0.8, 1.0)
"""What a trainee may say of a finding that is picked; what is not picked counts as 0.

The steps are even, so that none lies on the line between present and absent.
"""


def step_names() -> dict[float, str]:
    return dict(
        zip(
            STEPS,
            (_("doubtful"), _("possible"), _("probable"), _("very likely"), _("certain")),
            strict=True,
        )
    )


def certainty(value: float) -> str:
    """A certainty in words with its value; a value between two steps takes the nearer one's."""
    names = step_names()
    nearest = min(STEPS, key=lambda step: abs(step - value))
    return f"{names[nearest]} {round(100 * value)} %"


def level(name: str) -> str:
    return {
        "basic": _("basic"),
        "intermediate": _("intermediate"),
        "advanced": _("advanced"),
    }.get(name, name)


def reference(kind: Reference) -> str:
    return {
        Reference.CT: _("CT"),
        Reference.CONSENSUS: _("consensus of readers"),
        Reference.FOLLOW_UP: _("follow-up"),
        Reference.PHANTOM: _("what was drawn into the phantom"),
        Reference.SIGNED: _("signed report alone"),
    }[kind]


def side(laterality: str | None) -> str:
    """The patient's side in a word; nothing where there is none."""
    return {
        "left": _("left"),
        "right": _("right"),
        "bilateral": _("both sides"),
    }.get(laterality or "", "")


def sides() -> dict[str, dict[str, str]]:
    """Letter and word of each side, for the browser."""
    letters = {"left": _("L"), "right": _("R"), "bilateral": _("B")}
    return {name: {"letter": letter, "word": side(name)} for name, letter in letters.items()}


def outcome(name: str) -> str:
    return {
        "hit": _("seen"),
        "missed": _("missed"),
        "false": _("not there"),
        "rejected": _("rightly not called"),
        "open": _("not judged"),
    }.get(name, name)
