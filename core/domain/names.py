"""File names as they may be shown: what a stranger called a file must not bend a sentence."""

from __future__ import annotations

import unicodedata

NAME_LIMIT = 120

# Zero-width joiners belong to the spelling of many scripts; other format characters, those that
# turn the direction of writing among them, belong to no name (Unicode TR 36).
_JOINERS = "\u200c\u200d"
_UNSHOWN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def shown_name(name: str, limit: int = NAME_LIMIT) -> str:
    """A name on one line, without control characters, shortened in its middle to ``limit``."""
    # A normal name is short: whoever sends megabytes gets no work out of it.
    kept = name if len(name) <= 16 * limit else name[: 8 * limit] + name[-8 * limit :]
    shown = "".join(char for char in kept if _shown(char))
    shown = " ".join(shown.split()) or "?"
    if len(shown) <= limit:
        return shown
    head = limit // 2
    return f"{shown[:head]}…{shown[head + 1 - limit :]}"


def _shown(char: str) -> bool:
    return char in _JOINERS or unicodedata.category(char) not in _UNSHOWN
