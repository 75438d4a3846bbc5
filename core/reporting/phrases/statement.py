"""What a sentence of a draft says, whatever language it says it in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.domain.finding import Certainty, Laterality, Mention
from core.domain.study import Projection


class Form(StrEnum):
    """How a finding is put: each form is a table of whole sentences in a language's file."""

    SEEN = "seen"
    """Stated in the findings section: "There is a left nodule."."""
    NAMED = "named"
    """Named in the impression: "Left nodule."."""
    LIKELY = "likely"
    POSSIBLE = "possible"
    EXPLAINED = "explained"
    """A lung opacity together with what it is."""
    DENIED = "denied"


_CERTAINTY = {
    Form.LIKELY: Certainty.UNCERTAIN,
    Form.POSSIBLE: Certainty.UNCERTAIN,
    Form.DENIED: Certainty.ABSENT,
}


@dataclass(frozen=True)
class Statement:
    """One or more findings, stated or denied in one sentence.

    ``names`` has one name, for ``EXPLAINED`` the opacity and its kind, for ``DENIED`` any number.
    ``open_side`` says that a side belongs to the finding and has not been earned: the sentence
    holds a placeholder for it.
    """

    form: Form
    names: tuple[str, ...]
    side: Laterality | None = None
    open_side: bool = False

    def mentions(self, sentence: int = 0) -> tuple[Mention, ...]:
        """What the sentence states, as a labeller would give it back.

        Parameters
        ----------
        sentence : int
            Place of the sentence in its text.
        """
        certainty = _CERTAINTY.get(self.form, Certainty.PRESENT)
        return tuple(Mention(name, certainty, self.side, sentence) for name in self.names)


@dataclass(frozen=True)
class Taken:
    """The technique: the projections that were taken, in the order of the enumeration."""

    films: tuple[Projection, ...]


@dataclass(frozen=True)
class Compared:
    """What the film is compared with: nothing, or a study of ``date`` that no model looked at."""

    date: str = ""


Said = Statement | Taken | Compared
