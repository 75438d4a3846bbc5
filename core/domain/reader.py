"""The person who acts: every use case takes one, and none comes from a client."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reader:
    """``confirmed`` once a person has set the name; before that it is the account's name."""

    id: int
    name: str
    confirmed: bool
