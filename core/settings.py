"""One typed settings object: environment variables with the prefix OVERREAD_ and a .env file."""

from __future__ import annotations

import ipaddress
from functools import cache
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.domain.errors import SettingsError
from core.models.language.precision import Precision

VERSION = "0.1.0"


class Settings(BaseSettings):
    """Where things lie and how the server answers. Nothing is read at import time."""

    # An empty variable is an unset one: an empty path would be the folder one starts from.
    model_config = SettingsConfigDict(
        env_prefix="OVERREAD_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    home: Path = Field(
        default_factory=lambda: user_data_path("overread", appauthor=False),
        description="The one folder to keep: database, films and the key of the chain.",
    )
    address: str = Field(
        default="127.0.0.1",
        description="Address to listen on; only a loopback address is accepted.",
    )
    port: int = Field(default=8501, ge=1, le=65535, description="Port to listen on.")
    # Secret, since it may hold a password.
    database_url: SecretStr = Field(
        default=SecretStr(""),
        description="SQLAlchemy URL; empty means SQLite in `OVERREAD_HOME`.",
    )
    model: str = Field(
        default="overread-embedded-3",
        description="Name of the model that drafts; `fake` is a deterministic stand-in for tests.",
    )
    precision: Precision | None = Field(
        default=None,
        description="Precision of language models on this machine: `nf4`, `int8`, `bf16` or "
        "`fp32`; unset chooses from the memory at hand.",
    )
    candidates: int = Field(
        default=1,
        ge=1,
        le=8,
        description="Texts that a language model writes for a draft; of several, the one that "
        "agrees best with the others and with the classifier is kept.",
    )
    writing_seconds: float = Field(
        default=240.0,
        ge=5.0,
        le=3600.0,
        description="Longest time for each text of a language model, in seconds.",
    )
    import_root: Path | None = Field(
        default=None,
        description="Folder on the server whose folders can be imported; unset turns that off.",
    )
    films: Path | None = Field(
        default=None,
        description="Folder with a `manifest.csv` and the films that a model was measured on, for "
        "thumbnails on the Models page; unset shows none.",
    )
    reader: str = Field(
        default="",
        description="Name under signed reports on first start; empty takes the account's name.",
    )
    institution: str = Field(default="", description="Line at the head of the PDF.")
    remote_model_url: str = Field(
        default="",
        description="Address of an OpenAI-compatible model server, with its version: "
        "`https://gpu.example:8000/v1`; empty means none.",
    )
    remote_model: str = Field(default="", description="Name of the model at that server.")
    remote_model_key: SecretStr = Field(
        default=SecretStr(""), description="Key that the server asks for, if any."
    )
    remote_model_http: bool = Field(
        default=False,
        description="Whether plain http may be spoken to a model server on another machine; "
        "anybody in between can then see films.",
    )
    remote_models_off: bool = Field(
        default=False,
        description="Whether remote models are off for good: no film and no word leaves the "
        "machine, whatever a reader agreed to.",
    )
    language: str = Field(
        default="en", description="Language of the interface and of new reports, such as `ta`."
    )

    classroom_address: str = Field(
        default="127.0.0.1",
        description="Address on which the classroom listens once its door is open; another than "
        "this machine's own lets trainees of the network in, to the teaching pages alone.",
    )
    classroom_port: int = Field(
        default=8502, ge=1, le=65535, description="Port on which the classroom listens."
    )
    training_consent: Literal["study", "site"] = Field(
        default="study",
        description="What lets signed reports train models: `study` asks for a consent marked on "
        "each study; `site` says that the institution's own basis covers all but those that are "
        "marked as not to train.",
    )

    @property
    def models(self) -> Path:
        """Folder of the models that were fetched or added, and of a user's own entries."""
        return self.home / "models"

    @property
    def corpora(self) -> Path:
        """Where corpora are imported to unless a command says otherwise."""
        return self.home / "corpora"

    @property
    def runs(self) -> Path:
        """Where training runs lie unless a command says otherwise."""
        return self.home / "runs"

    @property
    def evaluations(self) -> Path:
        """Where evaluations of drafts lie unless a command says otherwise."""
        return self.home / "evaluations"

    @property
    def engine_url(self) -> str:
        return self.database_url.get_secret_value() or f"sqlite:///{self.home / 'overread.db'}"


def loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def server_refusal(url: str, *, plain_http: bool) -> str:
    """Say in one clause why films may not be sent to an address; empty where they may.

    The address itself is not repeated: it could hold a password.

    Parameters
    ----------
    plain_http : bool
        Whether http may be spoken to other machines than this one.
    """
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return "is no address"
    if parts.scheme not in ("http", "https"):
        return "does not start with https://"
    if not host:
        return "names no host"
    if "@" in parts.netloc:
        return "must not hold a name or password"
    if parts.query or parts.fragment:
        return "may hold only host, port and path"
    if parts.scheme == "http" and not (plain_http or loopback(host)):
        return (
            "would carry films over plain http, where others can see them; use https, or set "
            "OVERREAD_REMOTE_MODEL_HTTP"
        )
    return ""


@cache
def load_settings() -> Settings:
    """Read the settings once.

    Raises
    ------
    SettingsError
        If a variable has a value that cannot be used, a model server is named by half, or the
        address is not a loopback address: without accounts, whoever reaches the port is the reader.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(reason=f"OVERREAD_{name}: {first['msg']}") from None
    if not loopback(settings.address):
        raise SettingsError(
            reason=f"OVERREAD_ADDRESS is {settings.address}, and without accounts only a loopback "
            "address such as 127.0.0.1 is safe"
        )
    _check_remote(settings)
    return settings


def _check_remote(settings: Settings) -> None:
    url = settings.remote_model_url
    if not url:
        return
    if refused := server_refusal(url, plain_http=settings.remote_model_http):
        raise SettingsError(reason=f"OVERREAD_REMOTE_MODEL_URL {refused}")
    if not settings.remote_model:
        raise SettingsError(reason="OVERREAD_REMOTE_MODEL must name the model at the server")
