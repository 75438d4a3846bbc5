"""Errors of the conversation beside a study; part of the tree in :mod:`core.domain.errors`."""

from __future__ import annotations

from core.domain.errors import N_, OverreadError


class ConversationError(OverreadError):
    code = "conversation_error"


class InvalidQuestionError(ConversationError):
    code = "invalid_question"
    sentence = N_("The question cannot be kept: {reason}.")
    remedy = N_("Correct it and ask again.")


class NotForPatientsYetError(ConversationError):
    code = "not_signed_for_patient"
    sentence = N_("A report is explained to the patient only after it is signed.")
    remedy = N_("Sign the report first, then ask again.")


class FilmNotForModelError(ConversationError):
    code = "film_not_for_model"
    sentence = N_("No language model is asked about this study: {reason}.")
    remedy = N_("Ask the embedded assistant.")


class AnswerPendingError(ConversationError):
    code = "answer_pending"
    sentence = N_("An answer about this study is still being written.")
    remedy = N_("Wait for it, or stop it, then ask again.")


class UnknownLanguageError(ConversationError):
    code = "unknown_language"
    sentence = N_("There is no glossary in the language {language}.")
    remedy = N_("Choose one of the languages that the conversation offers.")


class AnswerFailedError(ConversationError):
    code = "answer_failed"
    sentence = N_("The answer could not be written: {reason}.")
    remedy = N_("Ask again, or choose another model.")
