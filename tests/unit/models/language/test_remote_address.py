"""A model behind a server: the way there, and its settings."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from core.domain.errors import ModelUnavailableError
from core.domain.model_errors import RemoteModelError, RemoteModelOffError
from core.models.drafter import Ending
from core.models.language import remote
from core.models.language.catalogue import sources
from core.models.language.remote import RemoteDrafter, open_remote
from core.settings import Settings
from tests.model_server import model_server
from tests.remote_drafters import (
    KEY,
    drafter,
    good,
    write,
)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of 127.0.0.1 in one file, signed by nobody."""
    folder = tmp_path_factory.mktemp("certificate")
    key, signed, both = folder / "key", folder / "signed", folder / "both.pem"
    subprocess.run(
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 "
        f"-addext subjectAltName=IP:127.0.0.1 -keyout {key} -out {signed}",
        shell=True,
        check=True,
        capture_output=True,
    )
    both.write_bytes(key.read_bytes() + signed.read_bytes())
    return both


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: Path) -> None:
    with model_server(good, certificate=certificate) as server:
        with pytest.raises(RemoteModelError, match="its certificate cannot be verified"):
            write(drafter(server))
        assert not server.requests


def test_a_certificate_of_the_house_is_taken(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with model_server(good, certificate=certificate) as server:
        assert write(drafter(server)).ending is Ending.COMPLETE


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://model.example/v1", "plain http"),
        ("http://192.168.1.7:8000/v1", "plain http"),
        ("ftp://127.0.0.1/v1", "https"),
        ("model.example/v1", "https"),
        ("https:///v1", "no host"),
        ("https://reader:hunter2@model.example/v1", "name or password"),
        ("https://model.example/v1?key=hunter2", "only host, port and path"),
        ("https://model.example:port/v1", "no address"),
    ],
)
def test_an_address_that_would_show_a_film_to_others_is_refused(url: str, reason: str) -> None:
    with pytest.raises(ModelUnavailableError, match=reason) as caught:
        RemoteDrafter("remote", url, "served")
    assert "hunter2" not in str(caught.value)


def test_plain_http_elsewhere_is_a_setting() -> None:
    RemoteDrafter("remote", "http://gpu.ward.example:8000/v1", "served", plain_http=True)


def test_the_model_is_known_by_its_server_and_its_name_there() -> None:
    one = RemoteDrafter("remote", "https://a.example/v1", "served").identity
    assert one == RemoteDrafter("remote", "https://a.example/v1/", "served").identity
    assert one.name == "remote" and len(one.digest) == 64
    others = [("https://b.example/v1", "served"), ("https://a.example/v1", "other")]
    assert one.digest not in {RemoteDrafter("remote", *other).identity.digest for other in others}


def settings(monkeypatch: pytest.MonkeyPatch, **given: str) -> Settings:
    for name, value in given.items():
        monkeypatch.setenv(f"OVERREAD_REMOTE_{name}", value)
    return Settings()


def test_a_drafter_from_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    with model_server(good) as server:
        given = settings(monkeypatch, MODEL_URL=server.url, MODEL="served", MODEL_KEY=KEY)
        assert KEY not in repr(given)
        model = open_remote(given)
        assert write(model).text and model.converses and model.identity.name == remote.NAME
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"


def test_its_name_is_that_of_the_catalogue() -> None:
    """A draft is found by the name of its job's model."""
    assert [source.name for source in sources() if source.kind == "remote"] == [remote.NAME]


def test_off_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    with model_server(good) as server:
        given = settings(monkeypatch, MODEL_URL=server.url, MODEL="m", MODELS_OFF="true")
        with pytest.raises(RemoteModelOffError):
            open_remote(given)


def test_without_an_address_there_is_no_remote_model() -> None:
    with pytest.raises(ModelUnavailableError, match="OVERREAD_REMOTE_MODEL_URL"):
        open_remote(Settings())
