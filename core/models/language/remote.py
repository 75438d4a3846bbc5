"""A model behind an OpenAI-compatible server (vLLM, SGLang, Ollama): a film out, text streamed in.

Nothing that the server writes reaches an error or a log: it could repeat a prompt or a key.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import math
import re
import ssl
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from core.domain.draft import ModelIdentity
from core.domain.errors import ModelUnavailableError
from core.domain.model_errors import ModelTimeoutError, RemoteModelError, RemoteModelOffError
from core.models.base import Grey
from core.models.drafter import Ending, Prompt, Sampling, WrittenText
from core.models.language.answers import (
    BROKEN_OFF,
    FAILED_MEANWHILE,
    NOT_UNDERSTOOD,
    SILENT,
    UNREACHED,
    UNVERIFIED,
    Listening,
    SpoiltAnswerError,
    failure,
    reason_of_status,
)
from core.models.language.sending import request, what_leaves
from core.settings import VERSION, Settings, server_refusal

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI

NAME = "openai-compatible"
"""Name of the catalogue's entry for the server of the settings."""
RETRIES = 3
POLL_S = 0.1
"""How often one who stops is listened to while the server says nothing."""

_NEEDED = ("host", "accept", "accept-encoding", "connection", "content-length", "content-type")
_KEY = re.compile(r"[!-~]+")
_PLAIN_NAME = re.compile(r"[\w./:+-]{1,128}", re.ASCII)


@dataclass(frozen=True)
class Patience:
    """Seconds to wait: for a connection, and for the next piece."""

    connect_s: float = 10.0
    silence_s: float = 120.0


class RemoteDrafter:
    """A `core.models.drafter.ReportDrafter` whose weights are elsewhere.

    The client's own means make a request again after 408, 409, 429, 5xx and lost connections, each
    time after a longer wait. No redirect is followed, no proxy of the environment is used, and TLS
    is verified against the certificates of the machine.

    Parameters
    ----------
    url : str
        Up to and with the version, as "https://gpu.example:8000/v1".
    model : str
        The name by which the server knows the model.
    plain_http : bool
        Whether http may be spoken to other machines than this one.

    Raises
    ------
    ModelUnavailableError
        If the address or the key cannot be used.
    """

    def __init__(
        self,
        name: str,
        url: str,
        model: str,
        key: SecretStr | None = None,
        *,
        plain_http: bool = False,
        patience: Patience = Patience(),
        retries: int = RETRIES,
    ) -> None:
        refused = server_refusal(url, plain_http=plain_http)
        if refused:
            raise ModelUnavailableError(model=name, reason=f"the address of its server {refused}")
        if key is not None and not _KEY.fullmatch(key.get_secret_value()):
            raise ModelUnavailableError(model=name, reason="its key holds what no header can hold")
        self._name, self._url, self._model, self._key = name, url.rstrip("/"), model, key
        self._patience, self._retries = patience, retries

    @property
    def identity(self) -> ModelIdentity:
        """The weights cannot be seen: the digest is of the server's address and the name there."""
        known = f"{self._url}\n{self._model}".encode()
        return ModelIdentity(self._name, hashlib.sha256(known).hexdigest())

    @property
    def converses(self) -> bool:
        return True

    def write(
        self,
        film: Grey,
        prompt: Prompt,
        sampling: Sampling,
        on_text: Callable[[str], None],
        stop: Callable[[], bool],
    ) -> WrittenText:
        """Answer the last turn; see `core.models.drafter.ReportDrafter.write`.

        ``stop`` is asked before each piece, and ten times a second while there is none.

        Raises
        ------
        RemoteModelError
            If the server refuses, fails, breaks off, or answers what cannot be understood.
        ModelTimeoutError
            If the text is not whole after ``sampling.max_seconds``.
        """
        import openai  # noqa: F401  (a second or two, in which nobody can be stopped)

        # At level debug the client's log would tell of requests.
        logging.getLogger("openai").setLevel(logging.WARNING)
        started = time.perf_counter()
        leaving = what_leaves(prompt, film)
        heard = Listening(on_text, stop, limit=sampling.max_new_tokens)
        asked = request(self._model, leaving, sampling)
        asyncio.run(self._ask(asked, heard, sampling.max_seconds))
        return WrittenText(
            text=heard.text,
            ending=heard.ending or Ending.STOPPED,
            seconds=time.perf_counter() - started,
            versions=self._versions(leaving.film, heard.served),
        )

    def _versions(self, film: str, served: str) -> Mapping[str, str]:
        said = {
            "film": film,
            "model at the server": self._model,
            "openai": version("openai"),
        }
        # A name, or nothing: what else a server puts there is not for keeping.
        if _PLAIN_NAME.fullmatch(served):
            said["model as the server names it"] = served
        return said

    # --- asking ---------------------------------------------------------------------------------

    async def _ask(self, asked: Mapping[str, Any], heard: Listening, limit: float | None) -> None:
        """Read until the answer ends, the reader wants no more, or time is up."""
        ends = math.inf if limit is None else time.monotonic() + limit
        if heard.stop():
            return
        reading = asyncio.create_task(self._read(asked, heard))
        try:
            while not reading.done():
                await asyncio.wait((reading,), timeout=POLL_S)
                if heard.stop():
                    return
                if time.monotonic() > ends and not reading.done():
                    raise ModelTimeoutError(model=self._name, seconds=limit)
            reading.result()
        finally:
            # Cancelling closes the stream and the connection: the server stops writing.
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _read(self, asked: Mapping[str, Any], heard: Listening) -> None:
        try:
            async with aclosing(self._chunks(asked, heard)) as chunks:
                async for chunk in chunks:
                    if not heard.take(chunk):
                        return
            heard.close()
        except SpoiltAnswerError as error:
            raise failure(self._name, error.reason) from None

    async def _chunks(self, asked: Mapping[str, Any], heard: Listening) -> AsyncGenerator[object]:
        import openai

        try:
            async with self._client() as client:
                async for chunk in await client.chat.completions.create(**asked):
                    yield chunk
            return
        except openai.APIStatusError as error:
            failed = failure(self._name, reason_of_status(error.status_code))
        except openai.APITimeoutError as error:
            failed = self._out_of_patience(error)
        except openai.APIConnectionError as error:
            failed = failure(self._name, _reason_of_connection(error, heard))
        except openai.APIError:
            failed = failure(self._name, FAILED_MEANWHILE)
        # The client reads events without checking them: what is no JSON, no text or no chunk
        # comes out as one of these.
        except (ValueError, TypeError, AttributeError, KeyError, openai.OpenAIError):
            failed = failure(self._name, NOT_UNDERSTOOD)
        raise failed from None

    def _client(self) -> AsyncOpenAI:
        import httpx2
        from openai import AsyncOpenAI

        patience = self._patience
        http = httpx2.AsyncClient(
            verify=ssl.create_default_context(),
            trust_env=False,
            follow_redirects=False,
            event_hooks={"request": [self._bare]},
        )
        return AsyncOpenAI(
            # Never empty, or the client would look for one in the environment.
            api_key="none",
            base_url=self._url,
            timeout=httpx2.Timeout(patience.silence_s, connect=patience.connect_s),
            max_retries=self._retries,
            http_client=http,
        )

    async def _bare(self, sent: httpx2.Request) -> None:
        """Leave of the headers what a request needs: the client tells of machine and accounts."""
        for name in list(sent.headers):
            if name.lower() not in _NEEDED:
                del sent.headers[name]
        sent.headers["User-Agent"] = f"Overread/{VERSION}"
        if self._key is not None:
            sent.headers["Authorization"] = f"Bearer {self._key.get_secret_value()}"

    def _out_of_patience(self, error: Exception) -> RemoteModelError:
        import httpx2

        if isinstance(error.__cause__, httpx2.ConnectTimeout):
            return failure(self._name, UNREACHED)
        return failure(self._name, SILENT, seconds=f"{self._patience.silence_s:.0f}")


def _reason_of_connection(error: Exception, heard: Listening) -> str:
    import httpx2

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return UNVERIFIED
        if isinstance(cause, httpx2.RemoteProtocolError | httpx2.ReadError):
            return BROKEN_OFF
        cause = cause.__cause__ or cause.__context__
    return BROKEN_OFF if heard.text else UNREACHED


def open_remote(settings: Settings) -> RemoteDrafter:
    """Return the remote model of the settings.

    Whoever asks it first sees to the reader's consent: `dashboard.services.remote_consent`.

    Raises
    ------
    RemoteModelOffError
        If the settings let nothing leave this machine.
    ModelUnavailableError
        If they name no server, or one that cannot be used.
    """
    if settings.remote_models_off:
        raise RemoteModelOffError()
    if not settings.remote_model_url:
        raise ModelUnavailableError(model=NAME, reason="OVERREAD_REMOTE_MODEL_URL is not set")
    key = settings.remote_model_key
    return RemoteDrafter(
        NAME,
        settings.remote_model_url,
        settings.remote_model,
        key if key.get_secret_value() else None,
        plain_http=settings.remote_model_http,
    )
