"""The way to a model server and back: one request, its answer in chunks, its faults in a sentence.

No redirect is followed, no proxy of the environment is used, TLS is verified against the
certificates of the machine, and of the headers only what a request needs is sent.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from pydantic import SecretStr

from core.domain.model_errors import RemoteModelError
from core.models.language.answers import (
    BROKEN_OFF,
    FAILED_MEANWHILE,
    NOT_UNDERSTOOD,
    SILENT,
    UNREACHED,
    UNVERIFIED,
    failure,
    reason_of_status,
)
from core.models.language.sending import without_additions
from core.settings import VERSION

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI, AsyncStream

_NEEDED = ("host", "accept", "accept-encoding", "connection", "content-length", "content-type")


EVENT_BYTES = 2**17
"""The most of one event, which the client gathers whole before it hands it on."""
_EVENT_ENDS = (b"\n\n", b"\r\r", b"\r\n\r\n")


@dataclass(frozen=True)
class Patience:
    """Seconds to wait: for a connection, and for the next piece."""

    connect_s: float = 10.0
    silence_s: float = 120.0


PATIENT = Patience()


def import_client() -> None:
    """Load the client beforehand: that takes seconds in which nobody can be listened to."""
    import openai  # noqa: F401

    # At level debug its log would tell of requests.
    logging.getLogger("openai").setLevel(logging.WARNING)


@dataclass(frozen=True)
class ModelServer:
    """Where a model is served, and how it is spoken to.

    The client's own means make a request again after 408, 409, 429, 5xx and lost connections,
    ``retries`` times, each time after a longer wait. ``name`` is what errors call it.
    """

    name: str
    url: str
    key: SecretStr | None
    patience: Patience
    retries: int

    async def read(
        self,
        asked: Mapping[str, Any],
        take: Callable[[object], Awaitable[None]],
        plainly: Callable[[], None],
    ) -> None:
        """Ask, and hand on each chunk of the answer until it ends.

        Cancelling closes the connection, whereupon the server stops writing.

        Parameters
        ----------
        asked : mapping
            From `core.models.language.sending.request`.
        take : callable
            Awaited, so that a server that is faster than its reader is not read ahead of.
        plainly : callable
            Told where the server refuses what is beyond the protocol and is asked without it.

        Raises
        ------
        RemoteModelError
        """
        import openai

        begun = False
        try:
            async with (
                self._client() as client,
                # Closed in good order where the reader stops while a piece waits to be taken.
                aclosing(await _answer(client, asked, plainly)) as answer,
            ):
                async for chunk in answer:
                    begun = True
                    await take(chunk)
            return
        except openai.APIStatusError as error:
            failed = failure(self.name, reason_of_status(error.status_code))
        except openai.APITimeoutError as error:
            failed = self._out_of_patience(error)
        except openai.APIConnectionError as error:
            failed = failure(self.name, _reason_of_connection(error, begun=begun))
        except openai.APIError:
            failed = failure(self.name, FAILED_MEANWHILE)
        # The client reads events without checking them: what is no JSON, no text or no chunk
        # comes out as one of these.
        except (ValueError, TypeError, AttributeError, KeyError, openai.OpenAIError):
            failed = failure(self.name, NOT_UNDERSTOOD)
        # What the server wrote stands in the former error, and must not be told.
        raise failed from None

    def _client(self) -> AsyncOpenAI:
        import httpx2
        from openai import AsyncOpenAI

        http = httpx2.AsyncClient(
            verify=ssl.create_default_context(),
            trust_env=False,
            follow_redirects=False,
            event_hooks={"request": [self._bare], "response": [_bounded]},
        )
        return AsyncOpenAI(
            # Never empty, or the client would look for one in the environment.
            api_key="none",
            base_url=self.url,
            timeout=httpx2.Timeout(self.patience.silence_s, connect=self.patience.connect_s),
            max_retries=self.retries,
            http_client=http,
        )

    async def _bare(self, sent: httpx2.Request) -> None:
        """Leave of the headers what a request needs: the client tells of machine and accounts."""
        for name in list(sent.headers):
            if name.lower() not in _NEEDED:
                del sent.headers[name]
        sent.headers["Accept-Encoding"] = "identity"
        sent.headers["User-Agent"] = f"Overread/{VERSION}"
        if self.key is not None:
            sent.headers["Authorization"] = f"Bearer {self.key.get_secret_value()}"

    def _out_of_patience(self, error: Exception) -> RemoteModelError:
        import httpx2

        if isinstance(error.__cause__, httpx2.ConnectTimeout):
            return failure(self.name, UNREACHED)
        return failure(self.name, SILENT, seconds=f"{self.patience.silence_s:.0f}")


async def _answer(
    client: AsyncOpenAI, asked: Mapping[str, Any], plainly: Callable[[], None]
) -> AsyncStream[Any]:
    import openai

    create = client.chat.completions.create
    plain = without_additions(asked)
    try:
        return cast("AsyncStream[Any]", await create(**asked))
    except (openai.BadRequestError, openai.UnprocessableEntityError):
        if plain == asked:
            raise
    plainly()
    return cast("AsyncStream[Any]", await create(**plain))


async def _bounded(answer: httpx2.Response) -> None:
    """Hold each event of an answer against the most that is gathered of one."""
    import httpx2

    class Bounded(httpx2.AsyncByteStream):
        def __init__(self, stream: httpx2.AsyncByteStream) -> None:
            self._stream = stream

        async def __aiter__(self) -> AsyncIterator[bytes]:
            if answer.headers.get("Content-Encoding", "identity") != "identity":
                # Not asked for; unpacked, it could be of any size.
                raise ValueError("a packed answer")
            gathered, tail = 0, b""
            async for block in self._stream:
                held = tail + block
                ends = [held.rfind(end) + len(end) for end in _EVENT_ENDS if end in held]
                gathered = len(held) - max(ends) if ends else gathered + len(block)
                if gathered > EVENT_BYTES:
                    raise ValueError("an event without an end")
                tail = held[-3:]
                yield block

        async def aclose(self) -> None:
            await self._stream.aclose()

    answer.stream = Bounded(cast("httpx2.AsyncByteStream", answer.stream))


def _reason_of_connection(error: Exception, *, begun: bool) -> str:
    import httpx2

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return UNVERIFIED
        if isinstance(cause, httpx2.RemoteProtocolError | httpx2.ReadError):
            return BROKEN_OFF
        cause = cause.__cause__ or cause.__context__
    return BROKEN_OFF if begun else UNREACHED
