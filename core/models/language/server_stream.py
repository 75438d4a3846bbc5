"""The way to a model server and back: one request, its answer in chunks, its faults in a sentence.

No redirect is followed, no proxy of the environment is used, TLS is verified against the
certificates of the machine, and of the headers only what a request needs is sent.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
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
    from openai import AsyncOpenAI

_NEEDED = ("host", "accept", "accept-encoding", "connection", "content-length", "content-type")


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
        take: Callable[[object], None],
        plainly: Callable[[], None],
    ) -> None:
        """Ask, and hand on each chunk of the answer until it ends.

        Cancelling closes the connection, whereupon the server stops writing.

        Parameters
        ----------
        asked : mapping
            From `core.models.language.sending.request`.
        plainly : callable
            Told where the server refuses what is beyond the protocol and is asked without it.

        Raises
        ------
        RemoteModelError
        """
        import openai

        begun = False
        try:
            async with self._client() as client:
                async for chunk in await _answer(client, asked, plainly):
                    begun = True
                    take(chunk)
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
            event_hooks={"request": [self._bare]},
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
) -> AsyncIterator[object]:
    import openai

    create = client.chat.completions.create
    plain = without_additions(asked)
    try:
        return cast("AsyncIterator[object]", await create(**asked))
    except (openai.BadRequestError, openai.UnprocessableEntityError):
        if plain == asked:
            raise
    plainly()
    return cast("AsyncIterator[object]", await create(**plain))


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
