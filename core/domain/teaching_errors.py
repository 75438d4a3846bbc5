"""Errors of the teaching room; part of the tree in :mod:`core.domain.errors`."""

from __future__ import annotations

from core.domain.errors import N_, OverreadError


class TeachingError(OverreadError):
    code = "teaching_error"


class CaseRefusedError(TeachingError):
    """A study cannot become a teaching case, or not in this way; ``reason`` says why."""

    code = "case_refused"
    sentence = N_("The teaching case cannot be made: {reason}.")
    remedy = N_("Put this right and make the case again; nothing was stored.")


class SessionRefusedError(TeachingError):
    code = "session_refused"
    sentence = N_("The session cannot be changed: {reason}.")
    remedy = N_("Look at the session again.")


class NotAdmittedError(TeachingError):
    """A code that opens no session, or a nickname that belongs to somebody else."""

    code = "not_admitted"
    sentence = N_("You cannot join: {reason}.")
    remedy = N_("Ask the teacher for the code of the session.")


class AnswerRefusedError(TeachingError):
    """A read that cannot be kept or committed; what was kept before stays."""

    code = "answer_refused"
    sentence = N_("The read cannot be committed: {reason}.")
    remedy = N_("Your answer is kept; put this right and commit again.")


class NotCommittedError(TeachingError):
    """Somebody asks for an answer before the commit."""

    code = "not_committed"
    sentence = N_("The answer is shown after the commit.")
    remedy = N_("Commit your read first.")
