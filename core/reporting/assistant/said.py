"""An answer while it is put together: sentences, and what each of them rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from core.domain.conversation import Evidence, Ground
from core.domain.finding import digits_apart
from core.models.base import Interval


@dataclass(frozen=True)
class Answer:
    """What the assistant says. ``known`` is false where it says that it does not know."""

    text: str
    evidence: tuple[Evidence, ...] = ()
    known: bool = True


@dataclass
class Said:
    """Collects sentences from the templates of a language; a paragraph is one line."""

    templates: Mapping[str, str]
    lines: list[list[str]] = field(default_factory=lambda: [[]])
    used: dict[Evidence, None] = field(default_factory=dict)

    def say(self, template: str, **facts: object) -> None:
        self.quote(self.templates[template].format(**facts))

    def quote(self, sentence: str) -> None:
        self.lines[-1].append(sentence)

    def paragraph(self) -> None:
        if self.lines[-1]:
            self.lines.append([])

    def cite(self, ground: Ground, reference: str, map_id: int | None = None) -> None:
        self.used[Evidence(ground, reference, map_id)] = None

    def answer(self, *, known: bool = True) -> Answer:
        text = "\n".join(" ".join(line) for line in self.lines if line)
        return Answer(text, tuple(self.used), known)


def number(value: float, against: float | None = None) -> str:
    """Return a number in two decimals, or in more where it would read like its unlike limit."""
    return f"{value:.{digits_apart(value, value if against is None else against)}f}"


def interval(found: Interval | None, to: str) -> str:
    """Return a figure with its interval, ``0.83 (0.79 to 0.87)``; a dash where there is none."""
    if found is None:
        return "–"
    return f"{found.value:.2f} ({found.low:.2f} {to} {found.high:.2f})"


def listed(items: Iterable[str]) -> str:
    return ", ".join(items)
