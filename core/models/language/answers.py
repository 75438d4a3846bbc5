"""Reading the streamed answer of a model server, which may hold anything."""

from __future__ import annotations

from collections.abc import Callable

from core.domain.errors import N_
from core.domain.model_errors import RemoteModelError
from core.models.drafter import Ending

LETTERS_A_TOKEN = 32
"""A text longer than this many characters a token asked for comes from a server that runs on."""

NOT_UNDERSTOOD = N_("its answer could not be understood")
BROKEN_OFF = N_("its answer broke off before the end")
FAILED = N_("it failed")
FAILED_MEANWHILE = N_("it failed while it answered")
UNREACHED = N_("it cannot be reached")
UNVERIFIED = N_("its certificate cannot be verified")
SILENT = N_("it sent nothing for {seconds} seconds")
_EMPTY = N_("its answer was empty")
_DECLINED = N_("it declined to answer")
_POINTED = N_("it pointed to another address, which is not followed")
_REFUSED = N_("it refused the request")
_TOO_MUCH = N_("it refused the request; it may take no images, or not as many words")
_KEY = N_("it refused the key")
_STATUS = {
    400: _TOO_MUCH,
    401: _KEY,
    403: _KEY,
    404: N_("it knows no such address or model"),
    413: _TOO_MUCH,
    422: _TOO_MUCH,
    429: N_("it is busy"),
}


def failure(model: str, template: str, **named: str) -> RemoteModelError:
    """Return the error of a server, with its reason both in English and as a template."""
    reason = template.format(**named)
    return RemoteModelError(model=model, reason=reason, template=template, named=named)


class SpoiltAnswerError(Exception):
    """An answer that is no report; ``reason`` is in our words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def reason_of_status(status: int) -> str:
    """Say in one clause why a server answered with an HTTP status that is no success."""
    if status in _STATUS:
        return _STATUS[status]
    if 300 <= status < 400:
        return _POINTED
    return FAILED if status >= 500 else _REFUSED


class Listening:
    """The text so far, and why it ended; ``ending`` stays ``None`` until it did.

    ``served`` is what the server calls its model, ``plainly`` whether it had to be asked in the
    words of the protocol alone.

    Parameters
    ----------
    on_text, stop : callable
        Of `core.models.drafter.ReportDrafter.write`.
    limit : int
        Tokens asked for.
    """

    def __init__(
        self, on_text: Callable[[str], None], stop: Callable[[], bool], *, limit: int
    ) -> None:
        self._on_text, self._stop = on_text, stop
        self._limit = limit * LETTERS_A_TOKEN
        self.text, self.served = "", ""
        self.plainly = False
        self.ending: Ending | None = None

    def stopped(self) -> bool:
        """Whether the reader wants no more."""
        if self._stop():
            self.ending = Ending.STOPPED
        return self.ending is Ending.STOPPED

    def asked_plainly(self) -> None:
        self.plainly = True

    def take(self, chunk: object) -> bool:
        """Hear one chunk of a stream; false where no more is wanted.

        Raises
        ------
        SpoiltAnswerError
            If the chunk holds no text where text should be.
        """
        served = getattr(chunk, "model", None)
        if isinstance(served, str) and not self.served:
            self.served = served
        choice = _first_choice(chunk)
        if choice is None:
            return True
        if not self._hear(getattr(choice, "delta", None)):
            self.ending = Ending.LENGTH
            return False
        self._finish(getattr(choice, "finish_reason", None))
        return True

    def close(self) -> None:
        """The stream is over.

        Raises
        ------
        SpoiltAnswerError
            If it ended before the text did, or without a word.
        """
        if self.ending is None:
            raise SpoiltAnswerError(BROKEN_OFF)
        if not self.text.strip():
            raise SpoiltAnswerError(_EMPTY)

    def _hear(self, delta: object) -> bool:
        """Hand on what a piece holds up to the limit; false where it holds more."""
        content = getattr(delta, "content", None)
        readable = delta is None or hasattr(delta, "model_fields_set")
        if not readable or not (content is None or isinstance(content, str)):
            raise SpoiltAnswerError(NOT_UNDERSTOOD)
        left = self._limit - len(self.text)
        if content and left:
            self.text += content[:left]
            self._on_text(content[:left])
        return len(content or "") <= left

    def _finish(self, reason: object) -> None:
        if reason == "content_filter":
            raise SpoiltAnswerError(_DECLINED)
        if isinstance(reason, str) and reason:
            self.ending = Ending.LENGTH if reason == "length" else Ending.COMPLETE


def _first_choice(chunk: object) -> object | None:
    choices = getattr(chunk, "choices", None)
    if not isinstance(choices, list):
        raise SpoiltAnswerError(NOT_UNDERSTOOD)
    if not choices:
        return None  # the last chunk of some servers counts tokens
    if choices[0] is None:
        raise SpoiltAnswerError(NOT_UNDERSTOOD)
    return choices[0]  # type: ignore[no-any-return]
