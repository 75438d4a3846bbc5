"""Every error that Overread raises, in one tree.

Each class carries a stable ``code`` (for the API), a ``sentence`` that says what happened and a
``remedy`` that says what to do. Both are templates filled from the keyword facts of the instance,
so that the interface can translate the template first and fill it afterwards.
"""

from __future__ import annotations

from typing import Any, ClassVar


def N_(sentence: str) -> str:
    """Mark a sentence for translation; gettext looks it up where it is shown."""
    return sentence


class OverreadError(Exception):
    """Something the reader can be told in one sentence and act on.

    Parameters
    ----------
    **facts
        Values of the placeholders in ``sentence`` and ``remedy``. They may reach the screen, never
        a log.
    """

    code: ClassVar[str] = "error"
    sentence: ClassVar[str] = N_("The request could not be carried out.")
    remedy: ClassVar[str] = N_("Try again; if it happens again, look into the server's log.")

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(self.sentence.format(**facts))

    def __reduce__(self) -> tuple[Any, ...]:
        # Exceptions cross from the worker to the server; keyword facts need their own way back.
        return _rebuild, (type(self), self.facts)


def _rebuild(kind: type[OverreadError], facts: dict[str, Any]) -> OverreadError:
    return kind(**facts)


# --- intake -------------------------------------------------------------------------------------


class IntakeError(OverreadError):
    """A file was refused; nothing of it was stored."""

    code = "file_refused"
    sentence = N_("{file} was refused.")
    remedy = N_("Check the file and send it again.")


class NotAnImageError(IntakeError):
    code = "not_an_image"
    sentence = N_("{file} is not a DICOM, PNG or JPEG file.")
    remedy = N_("Export the study as DICOM, or the film as PNG or JPEG.")


class UnreadableFileError(IntakeError):
    code = "unreadable_file"
    sentence = N_("{file} cannot be read: {reason}.")
    remedy = N_("The file may be damaged or cut short; export it again from its source.")


class NoPixelsError(IntakeError):
    code = "no_pixels"
    sentence = N_("{file} holds no image ({kind}).")
    remedy = N_("Send the images of the study, not its reports, plans or directories.")


class NotARadiographError(IntakeError):
    code = "not_a_radiograph"
    sentence = N_("{file} is not a projection radiograph (modality {modality}).")
    remedy = N_("Overread reads radiographs of modality CR, DX, RG or RF, or plain images of them.")


class UnsupportedEncodingError(IntakeError):
    code = "unsupported_encoding"
    sentence = N_("{file} is encoded in a way that cannot be decoded here ({encoding}).")
    remedy = N_("Export it uncompressed or as lossless JPEG.")


class FileTooLargeError(IntakeError):
    code = "file_too_large"
    sentence = N_("{file} is larger than the limit of {limit}.")
    remedy = N_("Send a smaller export of the same film.")


class NoRoomError(IntakeError):
    code = "no_room"
    sentence = N_("There is no room for {file} beside the films that wait for an answer.")
    remedy = N_("Store those or leave them out, then send it again.")


class ConflictingInstanceError(IntakeError):
    code = "conflicting_instance"
    sentence = N_("{file} has the identifier of a film already stored, but other pixels.")
    remedy = N_("The stored film was kept. Ask the source which of the two is right.")


class ConflictingPatientError(IntakeError):
    code = "conflicting_patient"
    sentence = N_("{file} belongs to a stored study, but names another patient.")
    remedy = N_("Nothing was merged. Ask the source whose film it is.")


class InvalidPatientError(OverreadError):
    code = "invalid_patient"
    sentence = N_("The patient cannot be kept: {reason}.")
    remedy = N_("Correct it and save again.")


class StatedPatientError(ConflictingPatientError):
    code = "stated_patient"
    sentence = N_("{file} names another patient than a person stated for its study.")
    remedy = N_("If the file is right, correct the patient on the review page and send it again.")


class StalePatientError(OverreadError):
    code = "stale_patient"
    sentence = N_("The patient was stated elsewhere meanwhile.")
    remedy = N_("Look at it again; nothing of yours was kept.")


class IdentityFromFileError(OverreadError):
    code = "identity_from_file"
    sentence = N_("The files of this study state the {what} themselves.")
    remedy = N_("Ask the source to correct the files and send them again.")


# --- finding things -----------------------------------------------------------------------------


class NotFoundError(OverreadError):
    code = "not_found"
    sentence = N_("There is no {what} with this number.")
    remedy = N_("Open it from the worklist.")


# --- report -------------------------------------------------------------------------------------


class ReportError(OverreadError):
    code = "report_error"


class InvalidReportError(ReportError):
    code = "invalid_report"
    sentence = N_("The report cannot be kept: {reason}.")
    remedy = N_("Correct the text and save again.")


class StaleReportError(ReportError):
    """Somebody else saved first; ``facts`` carry both texts for the conflict view."""

    code = "stale_report"
    sentence = N_("The report was changed elsewhere since version {version}.")
    remedy = N_("Compare the two texts and choose what to keep.")


class ReportSignedError(ReportError):
    code = "report_signed"
    sentence = N_("This report is signed and cannot be changed.")
    remedy = N_("Write an addendum.")


class DraftHiddenError(ReportError):
    code = "draft_hidden"
    sentence = N_("The draft of this study is hidden until its reader reveals it.")
    remedy = N_("Reveal it on the review page, with R.")


class FilmsChangedError(ReportError):
    code = "films_changed"
    sentence = N_("A film of this study arrived while you were reading.")
    remedy = N_("Look at it, then approve again.")


class ReportNotSignedError(ReportError):
    code = "report_not_signed"
    sentence = N_("This report is not signed yet.")
    remedy = N_("Sign the report first; until then it can simply be edited.")


class OpenChecksError(ReportError):
    """Signing waits for the reader's answer to each check in ``facts['checks']``."""

    code = "open_checks"
    sentence = N_("{count} checks are open.")
    remedy = N_("Correct the text, or give a reason for each.")


class SignedRecordBrokenError(ReportError):
    code = "signed_record_broken"
    sentence = N_("The chain of signed reports is broken: {where}.")
    remedy = N_("Stop signing, keep this folder as it is, and restore the last sound backup.")


# --- models and jobs ----------------------------------------------------------------------------


class ModelError(OverreadError):
    code = "model_error"


class ModelUnavailableError(ModelError):
    code = "model_unavailable"
    sentence = N_("The model {model} cannot be used: {reason}.")
    remedy = N_("Write the report by hand, or choose another model.")


class DraftFailedError(ModelError):
    code = "draft_failed"
    sentence = N_("The draft could not be made: {reason}.")
    remedy = N_("Try again, or write the report by hand.")


class NothingToOverrideError(ModelError):
    code = "nothing_to_override"
    sentence = N_("The film check has refused no film of this study: there is nothing to override.")
    remedy = N_("Ask for a plain draft. What is known of age and projection is never overridden.")


class DraftCancelledError(ModelError):
    code = "draft_cancelled"
    sentence = N_("The draft was stopped.")
    remedy = N_("Start it again when it is wanted.")


class FeatureError(ModelError):
    code = "invalid_film"
    sentence = N_("The film cannot be given to the model: {reason}.")
    remedy = N_("Write the report by hand.")


# --- settings and requests ----------------------------------------------------------------------


class SettingsError(OverreadError):
    code = "invalid_settings"
    sentence = N_("The settings cannot be used: {reason}.")
    remedy = N_("Correct the OVERREAD_ variables or the .env file and start again.")


class DatabaseUnavailableError(OverreadError):
    code = "database_unavailable"
    sentence = N_("The database does not answer.")
    remedy = N_("Your text stays on the screen; it is saved as soon as the database is back.")


class StorageUnavailableError(OverreadError):
    """The folder of films, or the file of the database, refuses to be read or written."""

    code = "storage_unavailable"
    sentence = N_("A folder or a file of Overread cannot be read or written: {reason}.")
    remedy = N_("Check the disk, and who may write there, then try again.")


class StorageFullError(StorageUnavailableError):
    code = "storage_full"
    sentence = N_("The disk is full.")
    remedy = N_("Nothing was stored by halves. Free some space on the server, then try again.")


class ServerRunningError(OverreadError):
    code = "server_running"
    sentence = N_("An Overread server is using this folder.")
    remedy = N_("Stop the server, then try again.")


class BackupError(OverreadError):
    """No backup was made; a former one in the same folder is as it was."""

    code = "backup_failed"
    sentence = N_("The backup could not be made: {reason}.")
    remedy = N_("A former backup in this folder is still whole. Put this right and try again.")


class RestoreError(OverreadError):
    """Nothing was restored, and nothing is left behind."""

    code = "restore_refused"
    sentence = N_("The backup was not restored: {reason}.")
    remedy = N_("Nothing was changed. Put this right, or choose another backup.")


class ForeignRequestError(OverreadError):
    code = "foreign_request"
    sentence = N_("This request comes from another site and was refused.")
    remedy = N_("Open Overread under its own address.")


class TrainingError(OverreadError):
    code = "training_error"
    sentence = N_("Training cannot run: {reason}.")
    remedy = N_("Check the paths and arguments of the command.")
