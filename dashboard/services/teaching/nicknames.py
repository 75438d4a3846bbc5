"""Nicknames of trainees, and the secrets with which they come back.

References
----------
Unicode TR 36 (characters that change how others read), UAX 15 (normal forms); RFC 7914 (scrypt).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata

from core.domain.errors import N_
from core.domain.teaching_errors import NotAdmittedError

NICKNAME_LIMIT = 30
# Without I, L, O, 0 and 1, which read alike on a board.
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 8
RETURN_LENGTH = 12  # 59 bits
TOKEN_LIMIT = 64

# Zero-width joiners belong to the spelling of Tamil and many other scripts.
_JOINERS = "\u200c\u200d"
_UNSHOWN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
# Return words are asked for a few times a day: 4 MiB and some ten milliseconds each.
_SCRYPT = {"n": 2**12, "r": 8, "p": 1, "dklen": 32}


def nickname_of(typed: str) -> str:
    """A nickname as it is kept: in normal form, on one line.

    Raises
    ------
    NotAdmittedError
    """
    if len(typed) > 8 * NICKNAME_LIMIT:
        raise NotAdmittedError(reason=N_("the nickname is too long"))
    nickname = " ".join(unicodedata.normalize("NFC", typed).split())
    if not any(char.isalnum() for char in nickname):
        raise NotAdmittedError(reason=N_("a nickname needs a letter or a digit"))
    if len(nickname) > NICKNAME_LIMIT:
        raise NotAdmittedError(reason=N_("the nickname is too long"))
    if shown(nickname) != nickname:
        raise NotAdmittedError(reason=N_("the nickname holds a character that cannot be shown"))
    return nickname


def folded(nickname: str) -> str:
    """A nickname without what may not tell two trainees apart: capitals, widths, joiners."""
    plain = "".join(char for char in nickname if char not in _JOINERS)
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", plain).casefold())


def fresh_code(length: int = CODE_LENGTH) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(length))


def fresh_return_words() -> str:
    """Three groups of four letters, to be written down."""
    code = fresh_code(RETURN_LENGTH)
    return "-".join(code[start : start + 4] for start in range(0, RETURN_LENGTH, 4))


def typed_code(typed: str) -> str:
    """A code or return words as made, whatever was typed between the letters."""
    return "".join(char for char in typed[: 8 * RETURN_LENGTH].upper() if char in LETTERS)


def token_digest(token: str) -> str:
    """SHA-256 of a token, which has 256 bits by itself."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def return_digest(words: str, cohort: str, folded_nickname: str) -> str:
    """Scrypt of return words; the salt is cohort and nickname, which no two trainees share."""
    salt = "\x00".join((cohort, folded_nickname)).encode("utf-8", "replace")
    return hashlib.scrypt(typed_code(words).encode("ascii"), salt=salt, **_SCRYPT).hex()


def same(digest: str, other: str) -> bool:
    """Compare two digests in a time that does not depend on where they differ."""
    return hmac.compare_digest(digest, other)


def shown(words: str) -> str:
    """Words without characters that nobody sees; spaces of any kind stay."""
    return "".join(
        char
        for char in words
        if char in _JOINERS or char.isspace() or unicodedata.category(char) not in _UNSHOWN
    )
