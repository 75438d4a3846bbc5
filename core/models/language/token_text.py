"""Tokens to text, piece by piece, with the characters that each token wrote."""

from __future__ import annotations

from collections.abc import Callable, Sequence

UNFINISHED = "\ufffd"
"""What decoders give for bytes that are not yet a whole character."""


class TokenText:
    """Text that grows token by token. What was given out is never taken back.

    A character may need several tokens (Tamil letters and emoji often do). It is given out once it
    is whole, and counts as written by each of them; one that never becomes whole is left out.

    Parameters
    ----------
    decode : callable
        All tokens so far to their text, special tokens left out.
    on_text : callable
        Given each new piece; the pieces joined are `text`.
    """

    def __init__(
        self, decode: Callable[[Sequence[int]], str], on_text: Callable[[str], None]
    ) -> None:
        self._decode = decode
        self._on_text = on_text
        self._tokens: list[int] = []
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._open: list[int] = []
        self.text = ""

    def __len__(self) -> int:
        return len(self._tokens)

    def add(self, token: int) -> None:
        """Take the next token, and give out what it made whole."""
        self._tokens.append(token)
        decoded = self._decode(self._tokens)
        self._starts.append(len(self.text))
        # By length, not by comparing: a decoder that changes what it said can add, never unsay.
        piece = decoded.rstrip(UNFINISHED)[len(self.text) :]
        self._ends.append(len(self.text) + len(piece))
        if piece:
            self._finish()
            self.text += piece
            self._on_text(piece)
        if decoded.endswith(UNFINISHED):
            self._open.append(len(self._ends) - 1)

    def _finish(self) -> None:
        """The character that some tokens began is the first one that now comes out."""
        for token in self._open:
            self._ends[token] = len(self.text) + 1
        self._open.clear()

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """First character and the one after the last of each token; empty for special ones."""
        return tuple(zip(self._starts, self._ends, strict=True))
