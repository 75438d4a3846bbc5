"""Errors of archives and of folder imports; part of the tree in :mod:`core.domain.errors`."""

from __future__ import annotations

from typing import Any

from core.domain.errors import N_, IntakeError, OverreadError


def recorded(code: str, facts: dict[str, Any]) -> OverreadError:
    """The error that a row keeps as its code and facts; a code of another version is the base."""
    kind = _kinds(OverreadError).get(code, IntakeError)
    try:
        return kind(**facts)
    except KeyError:
        return OverreadError(**facts)


def _kinds(kind: type[OverreadError]) -> dict[str, type[OverreadError]]:
    found = {kind.code: kind}
    for child in kind.__subclasses__():
        found |= _kinds(child)
    return found


# --- files out of archives and folders ----------------------------------------------------------


class DamagedArchiveError(IntakeError):
    code = "damaged_archive"
    sentence = N_("{file} is an archive that cannot be read: {reason}.")
    remedy = N_("It may be damaged or cut short; make it again, or send the films by themselves.")


class UnsafeArchiveError(IntakeError):
    code = "unsafe_archive"
    sentence = N_("{file} was not unpacked: {reason}.")
    remedy = N_("Send the films by themselves, or in several smaller archives.")


class EmptyArchiveError(IntakeError):
    code = "empty_archive"
    sentence = N_("{file} is an archive without any file in it.")
    remedy = N_("Make the archive again with the films in it.")


class NestedArchiveError(IntakeError):
    code = "nested_archive"
    sentence = N_("{file} is an archive inside an archive.")
    remedy = N_("Unpack it and send what is in it.")


class UnsafeNameError(IntakeError):
    code = "unsafe_name"
    sentence = N_("{file} names a place outside its archive.")
    remedy = N_("Ask who made this archive; the other files in it were read.")


class LockedFileError(IntakeError):
    code = "locked_file"
    sentence = N_("{file} is locked with a password.")
    remedy = N_("Unpack the archive with its password and send the films.")


class UnsupportedCompressionError(IntakeError):
    code = "unsupported_compression"
    sentence = N_("{file} is compressed by a method that is not read here ({method}).")
    remedy = N_("Make the archive again as an ordinary ZIP file.")


class DamagedMemberError(IntakeError):
    code = "damaged_member"
    sentence = N_("{file} is damaged inside its archive.")
    remedy = N_("Make the archive again, or send this film by itself.")


class OutsideLinkError(IntakeError):
    code = "outside_link"
    sentence = N_("{file} is a link that leads out of the import folder.")
    remedy = N_("Put the film itself into the folder.")


class UnopenedFileError(IntakeError):
    code = "unopened_file"
    sentence = N_("{file} cannot be opened.")
    remedy = N_("Check that it is there and may be read, then import the folder again.")


# --- folder import ------------------------------------------------------------------------------


class ImportsOffError(OverreadError):
    code = "imports_off"
    sentence = N_("Folder import is not set up on this server.")
    remedy = N_("Set OVERREAD_IMPORT_ROOT to the folder that holds the films and start again.")


class FolderOutsideError(OverreadError):
    code = "folder_outside"
    sentence = N_("{folder} is not a folder below the import folder.")
    remedy = N_("Choose one that lies below it.")


class FolderUnreadableError(OverreadError):
    code = "folder_unreadable"
    sentence = N_("The folder cannot be read.")
    remedy = N_("Check that it is there and may be read, then start the import again.")


class ImportFaultError(OverreadError):
    code = "import_fault"
    sentence = N_("The import met an unexpected fault of the server and was ended.")
    remedy = N_("What it has taken in is kept. Look into the server's log, then start it again.")
