"""Streamed text on its way from a worker to a page, in pieces that are worth a row each."""

from __future__ import annotations

import time

from dashboard.workspace import Workspace

PIECE_SECONDS = 0.25
"""So often the text that has come is handed on, at most."""


class Stream:
    """Hands on what a model writes as events of its job.

    Parameters
    ----------
    progress : float
        How far the job is while text comes, 0 to 1.
    shown : bool
        Whether a reader sees it come; of several texts only the first is shown.
    """

    def __init__(
        self, place: Workspace, job_id: int, progress: float = 0.5, *, shown: bool = True
    ) -> None:
        self._place, self._job_id, self._progress = place, job_id, progress
        self._shown = shown
        self._waiting: list[str] = []
        self._last = time.monotonic()
        self.text = ""

    def take(self, piece: str) -> None:
        """Note a piece of text; it is handed on with those that come soon after."""
        self.text += piece
        self._waiting.append(piece)
        if time.monotonic() - self._last >= PIECE_SECONDS:
            self._hand_on()

    def _hand_on(self) -> None:
        with self._place.work() as work:
            piece = "".join(self._waiting) if self._shown else ""
            work.jobs.advance(self._job_id, self._progress, "writing", piece)
        self._waiting.clear()
        self._last = time.monotonic()
