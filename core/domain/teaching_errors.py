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


class CommittedBeforeError(AnswerRefusedError):
    code = "committed_before"
    sentence = N_("This read was committed before.")
    remedy = N_("What was committed does not change; load the page again to go on.")


class ReadClosedError(AnswerRefusedError):
    """Its session was closed before the commit."""

    code = "read_closed"
    sentence = N_("The read cannot be committed any more: the session is closed.")
    remedy = N_("What you answered is kept; ask the teacher for another session.")


class AnswerNotKeptError(TeachingError):
    """An answer on its way, which nobody commits yet; what was kept before stays."""

    code = "answer_not_kept"
    sentence = N_("The answer is not kept: {reason}.")
    remedy = N_("Change this; it is kept again by itself.")


class ChangedElsewhereError(TeachingError):
    """Another window of the same trainee kept something else; ``theirs`` and its ``version``."""

    code = "changed_elsewhere"
    sentence = N_("This read was changed in another window.")
    remedy = N_("Take over what was written there, or keep what stands here.")


class AnotherTraineeError(TeachingError):
    """A page of one trainee in a browser in which another one joined."""

    code = "another_trainee"
    sentence = N_("Somebody else joined in this browser; what you type here is not kept.")
    remedy = N_("Join again under your own nickname.")


class NotCommittedError(TeachingError):
    """Somebody asks for an answer before the commit."""

    code = "not_committed"
    sentence = N_("The answer is shown after the commit.")
    remedy = N_("Commit your read first.")
