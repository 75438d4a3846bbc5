"""Errors that a row keeps: what comes back says the same."""

from __future__ import annotations

import pytest

from core.domain import errors
from core.domain.errors import IntakeError, OverreadError
from core.domain.import_errors import UnsafeArchiveError, recorded


@pytest.mark.parametrize(
    "error",
    [
        errors.UnreadableFileError(file="a.dcm", reason="it is empty"),
        errors.FileTooLargeError(file="a.dcm", limit="100 MB"),
        errors.StorageFullError(),
        UnsafeArchiveError(file="cd.zip", reason="its files overlap"),
    ],
)
def test_an_error_comes_back_from_its_code_and_facts(error: OverreadError) -> None:
    back = recorded(error.code, error.facts)
    assert type(back) is type(error) and str(back) == str(error)


def test_a_code_that_is_no_longer_known_is_a_refusal() -> None:
    back = recorded("of_another_version", {"file": "a.dcm", "extra": "x"})
    assert type(back) is IntakeError and str(back) == "a.dcm was refused."


def test_facts_that_are_missing_leave_the_base() -> None:
    back = recorded("file_too_large", {"file": "a.dcm"})
    assert type(back) is OverreadError and str(back) == OverreadError.sentence
