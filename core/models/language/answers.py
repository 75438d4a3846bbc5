"""Reading the streamed answer of a model server, which may hold anything."""

from __future__ import annotations

from collections.abc import Callable

from core.models.drafter import Ending

LETTERS_A_TOKEN = 32
"""A text longer than this many characters a token asked for comes from a server that runs on."""

NOT_UNDERSTOOD = "its answer could not be understood"
BROKEN_OFF = "its answer broke off before the end"
_REFUSED = "it refused the request; it may take no images, or not as many words"
_STATUS = {
    400: _REFUSED,
    401: "it refused the key",
    403: "it refused the key",
    404: "it knows no such address or model",
    413: _REFUSED,
    422: _REFUSED,
    429: "it is busy",
}


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
        return "it pointed to another address, which is not followed"
    return "it failed" if status >= 500 else "it refused the request"


class Listening:
    """The text so far, and why it ended; ``ending`` stays ``None`` until it did.

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
        self._on_text, self.stop = on_text, stop
        self._limit = limit * LETTERS_A_TOKEN
        self.text, self.served = "", ""
        self.ending: Ending | None = None

    def take(self, chunk: object) -> bool:
        """Hear one chunk of a stream; false where no more is wanted.

        Raises
        ------
        SpoiltAnswerError
            If the chunk holds no text where text should be.
        """
        if self.stop():
            self.ending = Ending.STOPPED
            return False
        served = getattr(chunk, "model", None)
        if isinstance(served, str) and not self.served:
            self.served = served
        choice = _first_choice(chunk)
        if choice is None:
            return True
        self._hear(getattr(choice, "delta", None))
        self._finish(getattr(choice, "finish_reason", None))
        if len(self.text) > self._limit:
            self.ending = Ending.LENGTH
            return False
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
            raise SpoiltAnswerError("its answer was empty")

    def _hear(self, delta: object) -> None:
        content = getattr(delta, "content", None)
        readable = delta is None or hasattr(delta, "model_fields_set")
        if not readable or not (content is None or isinstance(content, str)):
            raise SpoiltAnswerError(NOT_UNDERSTOOD)
        if content:
            self.text += content
            self._on_text(content)

    def _finish(self, reason: object) -> None:
        if reason == "content_filter":
            raise SpoiltAnswerError("it declined to answer")
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
