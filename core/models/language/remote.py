"""A model behind an OpenAI-compatible server (vLLM, SGLang, Ollama): a film out, text streamed in.

Nothing that the server writes reaches an error or a log: it could repeat a prompt or a key.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import re
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any

from pydantic import SecretStr

from core.domain.draft import ModelIdentity
from core.domain.errors import ModelUnavailableError
from core.domain.model_errors import ModelTimeoutError, RemoteModelOffError
from core.models.base import Grey
from core.models.drafter import Ending, Prompt, Sampling, WrittenText
from core.models.language.answers import Listening, SpoiltAnswerError, failure
from core.models.language.sending import request, what_leaves
from core.models.language.server_stream import (
    PATIENT,
    ModelServer,
    Patience,
    import_client,
)
from core.settings import Settings, server_refusal

NAME = "openai-compatible"
"""Name of the catalogue's entry for the server of the settings."""
RETRIES = 3
PIECES = 16
"""Held at most while the listener is busy; the server waits then."""
POLL_S = 0.1
"""How often one who stops is listened to while the server says nothing."""

_KEY = re.compile(r"[!-~]+")
_PLAIN_NAME = re.compile(r"[\w./:+-]{1,128}", re.ASCII)


class RemoteDrafter:
    """A `core.models.drafter.ReportDrafter` whose weights are elsewhere.

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
        patience: Patience = PATIENT,
        retries: int = RETRIES,
    ) -> None:
        refused = server_refusal(url, plain_http=plain_http)
        if refused:
            raise ModelUnavailableError(model=name, reason=f"the address of its server {refused}")
        if key is not None and not _KEY.fullmatch(key.get_secret_value()):
            raise ModelUnavailableError(model=name, reason="its key holds what no header can hold")
        self._server = ModelServer(name, url.rstrip("/"), key, patience, retries)
        self._model = model

    @property
    def identity(self) -> ModelIdentity:
        """The weights cannot be seen: the digest is of the server's address and the name there."""
        known = f"{self._server.url}\n{self._model}".encode()
        return ModelIdentity(self._server.name, hashlib.sha256(known).hexdigest())

    @property
    def converses(self) -> bool:
        return True

    def write(
        self,
        film: Grey | None,
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
        import_client()
        started = time.perf_counter()
        leaving = what_leaves(prompt, film)
        heard = Listening(on_text, stop, limit=sampling.max_new_tokens)
        try:
            asked = request(self._model, leaving, sampling)
            asyncio.run(self._ask(asked, heard, sampling.max_seconds))
        except SpoiltAnswerError as error:
            raise failure(self._server.name, error.reason) from None
        return WrittenText(
            text=heard.text,
            ending=heard.ending or Ending.STOPPED,
            seconds=time.perf_counter() - started,
            versions=self._versions(leaving.film, heard),
        )

    async def _ask(self, asked: Mapping[str, Any], heard: Listening, limit: float | None) -> None:
        """Listen until the answer ends, the reader wants no more, or time is up."""
        ends = math.inf if limit is None else time.monotonic() + limit
        if heard.stopped():
            return
        chunks: asyncio.Queue[object] = asyncio.Queue(PIECES)
        reading = asyncio.create_task(self._server.read(asked, chunks.put, heard.asked_plainly))
        next_one = asyncio.create_task(chunks.get())
        try:
            while not heard.stopped():
                if time.monotonic() > ends:
                    raise ModelTimeoutError(model=self._server.name, seconds=limit)
                await asyncio.wait(
                    (next_one, reading), timeout=POLL_S, return_when=asyncio.FIRST_COMPLETED
                )
                if next_one.done():
                    if not heard.take(next_one.result()):
                        return
                    next_one = asyncio.create_task(chunks.get())
                elif reading.done() and chunks.empty():
                    await reading
                    heard.close()
                    return
        finally:
            reading.cancel()
            next_one.cancel()
            await asyncio.gather(reading, next_one, return_exceptions=True)

    def _versions(self, film: str, heard: Listening) -> Mapping[str, str]:
        said = {
            "film": film,
            "model at the server": self._model,
            "openai": version("openai"),
        }
        # A name, or nothing: what else a server puts there is not for keeping.
        if _PLAIN_NAME.fullmatch(heard.served):
            said["model as the server names it"] = heard.served
        if heard.plainly:
            said["min_p"] = "not taken by the server"
        return said


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
