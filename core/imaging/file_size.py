"""How large a file may be; apart from what decodes, so that asking loads no decoder."""

from __future__ import annotations

from core.domain.errors import FileTooLargeError

FILE_LIMIT_MB = 100


def check_size(name: str, size: int) -> None:
    """Refuse a file over the limit before anything is done with it; ``size`` is in bytes.

    Raises
    ------
    FileTooLargeError
    """
    if size > FILE_LIMIT_MB * 1024 * 1024:
        raise FileTooLargeError(file=name, limit=f"{FILE_LIMIT_MB} MB")
